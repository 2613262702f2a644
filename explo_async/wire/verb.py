"""The endpoints beside the list as they are called: whether twice, and what their answers have. Values only."""

from __future__ import annotations

from attrs import frozen

from explo_async import endpoint
from explo_async.endpoint import Endpoint  # noqa: TC001 -- attrs shows it


@frozen
class Verb:
    """An endpoint that takes one JSON object and answers with one."""

    endpoint: Endpoint
    is_repeatable: bool = True
    """Whether a second request does what the first did: what gets no answer is sent again then."""
    has_success: bool = True
    """Whether `success` is documented to be in its answer."""

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return self.endpoint.verb


GET_CUSTOMER = Verb(endpoint.GET_CUSTOMER)
CREATE_CUSTOMER = Verb(endpoint.CREATE_CUSTOMER)
UPDATE_CUSTOMER = Verb(endpoint.UPDATE_CUSTOMER)
RENAME_CUSTOMER = Verb(endpoint.UPDATE_CUSTOMER, is_repeatable=False)
"""The same with `new_provided_id`: the second time there is no such customer any more."""
DELETE_CUSTOMER = Verb(endpoint.DELETE_CUSTOMER, is_repeatable=False)
REFRESH_TOKEN = Verb(endpoint.REFRESH_CUSTOMER_TOKEN, is_repeatable=False)
CONFIGURE_PORTAL = Verb(endpoint.CONFIGURE_CUSTOMER_PORTAL)
GENERATE_JWT = Verb(endpoint.GENERATE_JWT, has_success=False)
LIST_GROUP_TAGS = Verb(endpoint.LIST_GROUP_TAGS)
CREATE_GROUP_TAG = Verb(endpoint.CREATE_GROUP_TAG, is_repeatable=False)
RENAME_GROUP_TAG = Verb(endpoint.RENAME_GROUP_TAG, is_repeatable=False)
DELETE_GROUP_TAG = Verb(endpoint.DELETE_GROUP_TAG, is_repeatable=False)
