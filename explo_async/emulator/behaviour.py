"""What Explo's documentation leaves open of its writes, each as a switch: nobody outside knows how the service decides.

The first setting of a switch is the default: what is documented, or else what is most likely.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self, get_args, get_type_hints

from attrs import field, fields, frozen, validators

if TYPE_CHECKING:
    from collections.abc import Iterable


def _switch(*settings: str) -> Any:
    return field(default=settings[0], validator=validators.in_(settings))


@frozen(kw_only=True)
class Behaviour:
    """How an emulated deployment behaves where the documentation is silent, or contradicts itself."""

    delete_with_children: Literal["refuse", "cascade"] = _switch("refuse", "cascade")
    """A customer that has children is not deleted, or all below it are deleted with it."""
    failures: Literal["detail", "success_0", "status_200"] = _switch("detail", "success_0", "status_200")
    """A 400 with `detail`, a 400 with `success: 0`, or a 200 with `success: 0`."""
    unknown_customer: Literal["404", "400", "200"] = _switch("404", "400", "200")
    """The status for an id or a customer's token that is not there; 200 with `success: 0`."""
    bad_token: Literal["401", "403"] = _switch("401", "403")
    read_only_jwt: Literal["allowed", "forbidden"] = _switch("allowed", "forbidden")
    """Whether a read-only token may have a JWT made; what else writes is a 403 for it."""
    missing_slash: Literal["405", "301", "works"] = _switch("405", "301", "works")
    """A path without its last slash: not allowed, redirected, or as good as with it."""
    create_existing: Literal["untouched", "applied"] = _switch("untouched", "applied")
    """What get-or-create does with the fields of a request for a customer that is there."""
    create_foreign: Literal["error", "second", "returned"] = _switch("error", "second", "returned")
    """Get-or-create of an id of another visibility group: refused, made once more, or the other group's is returned."""
    null: Literal["rejected", "ignored", "clears"] = _switch("rejected", "ignored", "clears")
    """What null as a value does, that of a parent apart."""
    no_parent: Literal["detaches", "rejected", "ignored"] = _switch("detaches", "rejected", "ignored")
    """What null or "" as `parent_provided_id` does."""
    objects: Literal["replace", "merge"] = _switch("replace", "merge")
    """What an update does with `properties` and `mapping`."""
    emails: Literal["replace", "append"] = _switch("replace", "append")
    """What an update, and a portal, does with `emails`; nothing is appended twice."""
    group_tags: Literal["own", "inherited"] = _switch("own", "inherited")
    """Whether answers show the tags of the customers above as well."""
    default_mapping: Literal["empty", "filled"] = _switch("empty", "filled")
    """The mapping of a customer that is created without one."""
    own_source_ids: Literal["number", "as_sent", "rejected"] = _switch("number", "as_sent", "rejected")
    """How a data source that `mapping` names by the team's own id is shown."""
    unknown_keys: Literal["ignored", "rejected"] = _switch("ignored", "rejected")
    """What keys of a body do that the documentation does not name."""
    refresh_answer: Literal["full", "partial"] = _switch("full", "partial")
    """Whether it shows `group_tags`, `access_group` and `hierarchy_level`; the documented example has none of them."""
    old_token: Literal["dead", "grace"] = _switch("dead", "grace")
    """Whether a customer's token works for `grace` seconds after it was refreshed."""
    grace: float = field(default=60.0, validator=validators.ge(0.0))
    unknown_filter: Literal["ignored", "400"] = _switch("ignored", "400")
    """What a filter of the list does that is spelled in the way that the dialect does not honour."""
    list_after_write: Literal["immediate", "delayed"] = _switch("immediate", "delayed")
    """Whether the lists are `lag` seconds behind every change; get_customer never is."""
    lag: float = field(default=1.0, validator=validators.ge(0.0))
    parent_filter: Literal["children", "descendants"] = _switch("children", "descendants")
    """Whom the list shows for a parent."""

    @classmethod
    def settings(cls) -> dict[str, tuple[str, ...]]:
        """List each switch with its settings, the default first."""
        hints = get_type_hints(cls)
        return {each.name: get_args(hints[each.name]) for each in fields(cls) if get_args(hints[each.name])}

    @classmethod
    def parse(cls, words: Iterable[str]) -> Self:
        """Read words such as `objects=merge` and `lag=2.5`; ValueError for what is no switch, or no setting of it."""
        switches, given = cls.settings(), {}
        for word in words:
            name, _, value = word.partition("=")
            if name in switches and value in switches[name]:
                given[name] = value
            elif name in {"grace", "lag"}:
                given[name] = float(value)  # type: ignore[assignment]
            else:
                known = ", ".join(f"{each}={'|'.join(values)}" for each, values in switches.items())
                msg = f"{word!r} is no switch: {known}, grace=SECONDS, lag=SECONDS"
                raise ValueError(msg)
        return cls(**given)  # type: ignore[arg-type]
