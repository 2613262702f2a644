"""A real site: Django REST framework on PostgreSQL behind gunicorn or uvicorn, whose list changes while it is read.

`python -m tests.promises.site` runs it and changes its table on command; `running.Site` is that process from outside. What is
changed, and when, is known exactly, so that a list that was fetched meanwhile can be judged (`history`).
`python -m tests.promises.site.trials` fetches many lists and counts.

Nothing here makes paging safer than it is by default: the total and the rows are two queries, each with a moment of its
own (https://docs.djangoproject.com/en/5.2/topics/db/transactions/#autocommit,
https://www.postgresql.org/docs/15/transaction-iso.html#XACT-READ-COMMITTED).
"""
