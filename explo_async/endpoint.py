"""What Explo says of its API, each fact with the page that says it. Values only.

The documentation, https://docs.explo.co, contradicts itself in places; what then counts is in `wire/dialect.py`.
"""

from __future__ import annotations

from attrs import frozen


@frozen
class Endpoint:
    """One endpoint of the Customer API or the Group Tag API, the list apart."""

    verb: str
    """The last part of its path."""
    method: str
    writes: bool
    """Whether it may change what Explo keeps. A token that is read-only may not use it then ("Authentication")."""

    @property
    def path(self) -> str:
        """Where it is, with the slash that it needs ("Overview": without it, 'Method not allowed')."""
        return f"/api/{self.verb}/"


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

# https://docs.explo.co/api-reference/customer-api/, the page that is named behind each.
GET_CUSTOMER = Endpoint("get_customer", "POST", writes=False)  # get: a POST that reads
CREATE_CUSTOMER = Endpoint("create_customer", "POST", writes=True)  # get-or-create
UPDATE_CUSTOMER = Endpoint("update_customer", "POST", writes=True)  # update
DELETE_CUSTOMER = Endpoint("delete_customer", "DELETE", writes=True)  # delete: with a JSON body
REFRESH_CUSTOMER_TOKEN = Endpoint("refresh_customer_token", "POST", writes=True)  # refresh-token
CONFIGURE_CUSTOMER_PORTAL = Endpoint("configure_customer_portal", "POST", writes=True)  # configure-portal
GENERATE_JWT = Endpoint("generate_jwt", "POST", writes=True)  # generate-jwt: without a key_id Explo makes a key
LIST_AT_ONCE = Endpoint("customers", "GET", writes=False)  # customers: the deprecated list, without pages

# https://docs.explo.co/api-reference/group-tag-api/
LIST_GROUP_TAGS = Endpoint("group_tags", "GET", writes=False)  # group-tags
CREATE_GROUP_TAG = Endpoint("create_group_tag", "POST", writes=True)  # create
RENAME_GROUP_TAG = Endpoint("rename_group_tag", "POST", writes=True)  # rename
DELETE_GROUP_TAG = Endpoint("delete_group_tag", "POST", writes=True)  # delete: a POST, other than that of customers

ENDPOINTS = (
    GET_CUSTOMER,
    CREATE_CUSTOMER,
    UPDATE_CUSTOMER,
    DELETE_CUSTOMER,
    REFRESH_CUSTOMER_TOKEN,
    CONFIGURE_CUSTOMER_PORTAL,
    GENERATE_JWT,
    LIST_AT_ONCE,
    LIST_GROUP_TAGS,
    CREATE_GROUP_TAG,
    RENAME_GROUP_TAG,
    DELETE_GROUP_TAG,
)
"""All of them."""

MAX_LEVELS = 3
"""Levels that a hierarchy has at most (https://docs.explo.co/customers/customer-hierarchy)."""
