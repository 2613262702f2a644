"""What Explo says of its list of customers, each fact with the page that says it. Values only.

The documentation, https://docs.explo.co, contradicts itself in places; what then counts is in `wire/dialect.py`.
"""

from __future__ import annotations

DEFAULT_BASE_URL = "https://api.explo.co"
"""Where the API is ("List Customers (v2)", its curl line)."""

PATHS = ("/v2/api/customers/", "/api/v2/customers/")
"""Today's documented path and the earlier one. The trailing slash is part of both: without it the API answers
'Method not allowed' ("List Customers (v2)")."""

PAGE_SIZE_NAMES = ("page_size", "pageSize")
"""Both documented spellings ("List Customers (v2)"): that of the table of parameters, then that of the curl line."""

CAMEL_FILTERS = {"parent_provided_id": "parentProvidedId", "hierarchy_level_name": "hierarchyLevelName"}
"""The filters, and how the earlier form of the page with camelCase keys spelled them ("List Customers (v2)")."""

DEFAULT_PAGE_SIZE = 20
"""Rows a page when no size is understood ("List Customers (v2)": "default 20")."""

MAX_PAGE_SIZE = 1000
"""Rows a page that the server gives at most ("List Customers (v2)"); larger requests are clamped."""

QUOTA_REQUESTS, QUOTA_SECONDS = 180, 60.0
"""Requests that each address may send in so many seconds ("Rate limits")."""

INVALID_PAGE = "invalid page"
"""How the 404 for a page past the end is worded, in any case of letters: by Django REST framework's paginators
(https://www.django-rest-framework.org/api-guide/pagination/)."""

DEFAULT_MAX_CONCURRENCY = 16
"""Requests under way at once, unless told otherwise. The documentation names no limit; this is ours."""
