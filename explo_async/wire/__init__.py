"""From one page to ask for to one page decoded: spelling, sending, attempts, and what the answer says."""
