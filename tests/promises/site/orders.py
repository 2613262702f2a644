"""The orders that the list is offered in."""

from __future__ import annotations

ORDERS = {"by-id": ("id",), "newest": ("-id",), "by-name": ("name",), "unordered": ()}
"""For Django's `order_by`. Fifty names are shared by all customers, so that `by-name` has ties."""
UNIQUE_ORDERS = ("by-id", "newest")
"""Those in which customers who stay keep their places."""
SERVERS = ("gunicorn", "uvicorn")
