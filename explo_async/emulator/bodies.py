"""Which keys the body of each endpoint has, and what they may hold. Pure.

The pages of https://docs.explo.co/api-reference/customer-api/ and .../group-tag-api/ list them; what is required is
marked on few of them, and otherwise follows from their wording.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from attrs import field, frozen

from explo_async.emulator.failures import Refused
from explo_async.endpoint import (
    CONFIGURE_CUSTOMER_PORTAL,
    CREATE_CUSTOMER,
    CREATE_GROUP_TAG,
    DELETE_CUSTOMER,
    DELETE_GROUP_TAG,
    GENERATE_JWT,
    GET_CUSTOMER,
    REFRESH_CUSTOMER_TOKEN,
    RENAME_GROUP_TAG,
    UPDATE_CUSTOMER,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explo_async.emulator.behaviour import Behaviour

Body = dict[str, Any]

_TEXT, _FLAG, _LIST, _OBJECT = "a string", "true or false", "a list of strings", "an object"
_PARENT = "parent_provided_id"
_KINDS = {
    "is_demo_group": _FLAG,
    "disable_editable_section_editing": _FLAG,
    "emails": _LIST,
    "group_tags": _LIST,
    "rb_allowed_features": _LIST,
    "mapping": _OBJECT,
    "properties": _OBJECT,
}
"""What a key holds; all others hold a string."""
_CLEARED: dict[str, Any] = {_FLAG: False, _LIST: [], _OBJECT: {}, _TEXT: None}


@frozen
class Shape:
    """The keys of one body."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    nullable: bool = field(default=False, kw_only=True)
    """Null is documented, and is the same as no key."""


_FIELDS = ("name", "mapping", "is_demo_group", "emails", "group_tags", "hierarchy_level_name", _PARENT, "properties")
_JWT = ("key_id", "expiration", "chart_id", "rb_allowed_features", "disable_editable_section_editing", "embed_origin")
SHAPES = {
    GET_CUSTOMER.verb: Shape(("provided_id",)),
    CREATE_CUSTOMER.verb: Shape(("provided_id",), _FIELDS),
    UPDATE_CUSTOMER.verb: Shape(("provided_id",), (*_FIELDS, "new_provided_id")),
    DELETE_CUSTOMER.verb: Shape(("current_token",)),
    REFRESH_CUSTOMER_TOKEN.verb: Shape(("current_token",)),
    CONFIGURE_CUSTOMER_PORTAL.verb: Shape(("dashboard_embed_id", "provided_id", "emails")),
    GENERATE_JWT.verb: Shape(("provided_id", "embed_id"), _JWT, nullable=True),
    CREATE_GROUP_TAG.verb: Shape(("name",)),
    RENAME_GROUP_TAG.verb: Shape(("name", "new_name")),
    DELETE_GROUP_TAG.verb: Shape(("name",)),
}


def decode(content: bytes, content_type: str) -> Body:
    """Return the object that a request has sent; Refused when there is none."""
    if content_type != "application/json":
        msg = f'Unsupported media type "{content_type}" in request.'
        raise Refused(msg, "media")
    try:
        return msgspec.json.decode(content, type=Body)
    except msgspec.MsgspecError as error:
        msg = f"JSON parse error - {error}"
        raise Refused(msg) from error


def check(body: Mapping[str, Any], shape: Shape, behaviour: Behaviour) -> Body:
    """Return the keys that count, with what they say; Refused for a body that does not have this shape."""
    unknown = [key for key in body if key not in {*shape.required, *shape.optional}]
    if unknown and behaviour.unknown_keys == "rejected":
        msg = f"{unknown[0]}: This field is not known."
        raise Refused(msg)
    for key in shape.required:
        if body.get(key) in (None, ""):
            msg = f"{key}: This field is required."
            raise Refused(msg)
    counting: Body = {}
    for key in (*shape.required, *shape.optional):
        if key in body and _counts(key, body[key], behaviour, nullable=shape.nullable):
            counting[key] = _read(key, body[key])
    return counting


def _counts(key: str, value: Any, behaviour: Behaviour, *, nullable: bool) -> bool:
    """Tell whether a key does not stand for nothing; Refused for one that may not hold that."""
    if key == _PARENT and value in (None, ""):
        setting = {"detaches": "clears"}.get(behaviour.no_parent, behaviour.no_parent)
    elif value is None:
        setting = "ignored" if nullable else behaviour.null
    else:
        return True
    if setting == "rejected":
        msg = f"{key}: This field may not be null."
        raise Refused(msg)
    return setting == "clears"


def _read(key: str, value: Any) -> Any:
    kind = _KINDS.get(key, _TEXT)
    if value is None or (key == _PARENT and value == ""):
        return _CLEARED[kind]
    if kind == _LIST:
        fits = isinstance(value, list) and all(isinstance(item, str) for item in value)
    else:
        fits = isinstance(value, {_TEXT: str, _FLAG: bool, _OBJECT: dict}[kind])
    if not fits:
        msg = f"{key}: This field has to be {kind}."
        raise Refused(msg)
    return value
