"""When a request may be sent: the quota, the pause after a 429, and whether a failure is worth another attempt."""
