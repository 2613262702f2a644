"""What docs.explo.co says of the list of customers: its limits, each with the page that says so. Values only."""

from __future__ import annotations

DEFAULT_PAGE_SIZE = 20
"""Rows a page when no size is understood ("List Customers (v2)": "default 20")."""

MAX_PAGE_SIZE = 1000
"""Rows a page that the server gives at most ("List Customers (v2)"); larger requests are clamped."""
