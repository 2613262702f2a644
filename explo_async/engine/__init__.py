"""One run over the list: what to ask for next, what came, and how it ends."""
