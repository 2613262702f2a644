"""The contestants, one file each.

A file has `keep(job, meter)`, which returns all customers, or `stream(job, meter)`, which goes through them and returns
how many there were, or both; coroutine functions or plain ones. `with meter:` encloses the work.
"""
