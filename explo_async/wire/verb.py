"""The endpoints beside the list: how each is called, and whether it may be called twice. Values only."""

from __future__ import annotations

from attrs import frozen


@frozen
class Verb:
    """An endpoint that takes one JSON object and answers with one."""

    name: str
    method: str
    path: str
    is_repeatable: bool = True
    """Whether a second request does what the first did: what gets no answer is sent again then."""
    has_success: bool = True
    """Whether `success` is documented to be in its answer."""


GET_CUSTOMER = Verb("get_customer", "POST", "/api/get_customer/")
CREATE_CUSTOMER = Verb("create_customer", "POST", "/api/create_customer/")
UPDATE_CUSTOMER = Verb("update_customer", "POST", "/api/update_customer/")
RENAME_CUSTOMER = Verb("update_customer", "POST", "/api/update_customer/", is_repeatable=False)
"""The same with `new_provided_id`: the second time there is no such customer any more."""
DELETE_CUSTOMER = Verb("delete_customer", "DELETE", "/api/delete_customer/", is_repeatable=False)
REFRESH_TOKEN = Verb("refresh_customer_token", "POST", "/api/refresh_customer_token/", is_repeatable=False)
CONFIGURE_PORTAL = Verb("configure_customer_portal", "POST", "/api/configure_customer_portal/")
GENERATE_JWT = Verb("generate_jwt", "POST", "/api/generate_jwt/", has_success=False)
LIST_GROUP_TAGS = Verb("group_tags", "GET", "/api/group_tags/")
CREATE_GROUP_TAG = Verb("create_group_tag", "POST", "/api/create_group_tag/", is_repeatable=False)
RENAME_GROUP_TAG = Verb("rename_group_tag", "POST", "/api/rename_group_tag/", is_repeatable=False)
DELETE_GROUP_TAG = Verb("delete_group_tag", "POST", "/api/delete_group_tag/", is_repeatable=False)
