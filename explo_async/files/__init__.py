"""The formats of a file of customers: writing and reading each, with no need of a client."""
