"""Processes that share a quota, as they are run by the tests, the trials of `nox --sessions fleet` and the benchmark."""
