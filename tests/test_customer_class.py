"""A customer is an attrs class to whoever uses it: to attrs, cattrs, copies, pickles, patterns, printers and checkers."""

from __future__ import annotations

import copy
import gc
import inspect
import operator
import pickle
import sys
import typing
from collections.abc import Mapping
from pprint import pformat
from types import MappingProxyType
from typing import Any

import attrs
import cattrs
import msgspec
import pytest
from cattrs.preconf.json import make_converter
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.pretty import pretty_repr

from explo_async.decode.page import decode_page
from explo_async.models import FIELDS, Customer
from tests.helpers.generators import page_body
from tests.test_models import FULL

SHOWN = (
    "Customer(provided_id='acme', name='Acme', is_demo_group=True, emails=('a@acme.example',), group_tags=('x',), "
    "properties={'a': 1}, computed_properties={'a': 1, 'b': [2]}, access_group='default', "
    "parent_schema_datasource_mapping={'1': '2'}, computed_parent_schema_datasource_mapping={'1': '2'}, "
    "hierarchy_level='Region', extra={'new': None})"
)
MAPPINGS = tuple(name for name, value in attrs.asdict(FULL).items() if isinstance(value, dict))


class FrozenMapping(dict[str, Any]):
    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(self.items()))


def test_attrs_knows_it() -> None:
    """attrs tells its fields, with what each is by default and whether it is shown."""
    fields = attrs.fields(Customer)
    assert attrs.has(Customer)
    assert tuple(field.name for field in fields) == (*FIELDS, "extra")
    assert all(field.kw_only and field.init and field.eq for field in fields)
    assert [field.name for field in fields if not field.repr] == ["token"]
    assert [field.name for field in fields if field.default is attrs.NOTHING] == ["provided_id"]
    factories = [field.name for field in fields if isinstance(field.default, attrs.Factory)]  # type: ignore[arg-type]
    assert tuple(factories) == MAPPINGS
    assert attrs.fields_dict(Customer)["emails"].default == ()
    assert attrs.resolve_types(Customer) is Customer
    assert attrs.fields(Customer).emails.type == tuple[str, ...]
    assert attrs.astuple(FULL, recurse=False) == tuple(getattr(FULL, field.name) for field in fields)
    attrs.validate(FULL)


def test_type_hints() -> None:
    """The annotations are those of the source, for whatever reads them."""
    hints = typing.get_type_hints(Customer, include_extras=True)
    assert tuple(hints) == (*FIELDS, "extra")
    assert hints["provided_id"] is str
    assert hints["properties"] == hints["extra"] == Mapping[str, Any]
    assert inspect.get_annotations(Customer)["name"] == "str | None"


def test_signature_and_source() -> None:
    """Help and editors see a constructor by name, the docstring and the source."""
    signature = inspect.signature(Customer)
    assert {parameter.kind for parameter in signature.parameters.values()} == {inspect.Parameter.KEYWORD_ONLY}
    assert str(signature).startswith("(*, provided_id: 'str', name: 'str | None' = None, token: ")
    assert str(signature).endswith("extra: 'Mapping[str, Any]' = NOTHING) -> None")
    assert (Customer.__module__, Customer.__qualname__) == ("explo_async.models", "Customer")
    assert str(inspect.getdoc(Customer)).startswith("One customer (tenant) of the team")
    assert "class Customer:" in inspect.getsource(Customer)
    assert str(inspect.getdoc(Customer.to_dict)).startswith("Return the fields as JSON has them")


@pytest.mark.parametrize(
    ("arguments", "named", "message"),
    [
        ((), {}, r"Customer.__init__\(\) missing 1 required keyword-only argument: 'provided_id'"),
        ((), {"provided_id": "a", "nme": 1}, r"Customer.__init__\(\) got an unexpected keyword argument 'nme'"),
        (("a",), {}, r"Customer.__init__\(\) takes 1 positional argument but 2 were given"),
    ],
)
def test_wrong_arguments(arguments: tuple[Any, ...], named: dict[str, Any], message: str) -> None:
    """Wrong arguments are named as Python names them, and nothing else stands beside the error."""
    with pytest.raises(TypeError, match=message) as raised:
        Customer(*arguments, **named)
    assert raised.value.__context__ is None


def test_any_value_is_taken() -> None:
    """The constructor checks no types: what is in a customer is up to whoever makes it."""
    odd: dict[str, Any] = {"provided_id": "", "name": 1, "properties": MappingProxyType({})}
    assert attrs.asdict(Customer(**odd), recurse=False).items() > odd.items()


@pytest.mark.parametrize("name", ["provided_id", "extra", "surprise"])
def test_setting_and_deleting_raise(name: str) -> None:
    """The error is attrs' own, which is an AttributeError."""
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(FULL, name, 1)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        delattr(FULL, name)
    assert FULL.provided_id == "acme"


def test_equality() -> None:
    """Equal are customers of one class alone; there is no order."""
    assert Customer(provided_id="a") == Customer(provided_id="a") != Customer(provided_id="b")
    assert Customer(provided_id="a").__eq__("a") is NotImplemented
    assert Customer(provided_id="a").__ne__("a") is NotImplemented
    with pytest.raises(TypeError, match="'<' not supported"):
        operator.lt(FULL, FULL)


def test_hash() -> None:
    """A customer is as hashable as its mappings are; dicts are not."""
    with pytest.raises(TypeError, match="unhashable type: 'dict'"):
        hash(FULL)
    hashable: dict[str, Any] = dict.fromkeys(MAPPINGS, FrozenMapping(a=1))
    one, other = attrs.evolve(FULL, **hashable), attrs.evolve(FULL, **hashable)
    assert hash(one) == hash(other) != hash(attrs.evolve(one, name="other"))


def test_patterns() -> None:
    """A class pattern matches by name, and knows no places."""
    match FULL:
        case Customer(provided_id="acme", group_tags=(tag,)):
            assert tag == "x"
        case _:
            pytest.fail("no match")
    assert Customer.__match_args__ == ()


def test_evolve_and_replace() -> None:
    """A changed copy shares what is not changed; names that are none are refused."""
    changed = attrs.evolve(FULL, name="New")
    assert (changed.name, changed.token) == ("New", "s3cr3t")
    assert changed.properties is FULL.properties
    with pytest.raises(TypeError, match="unexpected keyword argument 'nme'"):
        attrs.evolve(FULL, nme="New")  # type: ignore[call-arg]
    if sys.version_info >= (3, 13):
        assert copy.replace(FULL, name="New") == changed
        with pytest.raises(TypeError, match="unexpected keyword argument 'nme'"):
            copy.replace(FULL, nme="New")


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickles(protocol: int) -> None:
    """Every protocol gives an equal customer of the same class."""
    again = pickle.loads(pickle.dumps([FULL, FULL], protocol))
    assert again == [FULL, FULL]
    assert again[0] is again[1]
    assert type(again[0]) is Customer
    assert not hasattr(FULL, "__setstate__"), "which would change a customer"


def test_copies() -> None:
    """A copy shares the mappings, a deep copy does not, however deep a body may be nested."""
    deep: Any = 1
    for _ in range(128):
        deep = [deep]
    customer = attrs.evolve(FULL, properties={"deep": deep})
    shallow, whole = copy.copy(customer), copy.deepcopy(customer)
    assert shallow == whole == customer
    assert shallow.properties is customer.properties
    assert whole.properties is not customer.properties
    assert whole.properties["deep"] is not deep


def test_cattrs() -> None:
    """cattrs structures and unstructures it, with its global converter and one of its own."""
    raw = cattrs.unstructure(FULL)
    assert raw == FULL.to_dict(with_tokens=True)
    assert cattrs.structure(raw, Customer) == FULL
    strict = cattrs.Converter(forbid_extra_keys=True)
    assert strict.structure(raw, Customer) == FULL
    with pytest.raises(cattrs.ClassValidationError):
        strict.structure(raw | {"more": 1}, Customer)
    json = make_converter()
    assert json.loads(json.dumps(FULL), Customer) == FULL


def test_msgspec_reads_and_writes_it() -> None:
    """msgspec writes every field under its name, the token too, as `attrs.asdict` gives them, and reads them again."""
    assert msgspec.json.decode(msgspec.json.encode(FULL), type=Customer) == FULL
    assert msgspec.convert({"provided_id": "a", "more": 1}, Customer) == Customer(provided_id="a")
    assert msgspec.json.decode(msgspec.json.encode(FULL)) == FULL.to_dict(with_tokens=True)
    assert msgspec.to_builtins(FULL) == FULL.to_dict(with_tokens=True) | {"emails": FULL.emails, "group_tags": ("x",)}


@given(st.builds(Customer))
def test_hypothesis_builds_it(customer: Customer) -> None:
    """hypothesis finds out what the constructor needs."""
    assert customer == Customer(provided_id=customer.provided_id)


def test_shown_without_the_token() -> None:
    """Neither Python's printers nor rich's show the token."""
    assert repr(FULL) == pformat(FULL, width=1000) == pretty_repr(FULL, max_width=1000) == SHOWN
    assert "provided_id='acme',\n" in pretty_repr(FULL, max_width=40)
    with (console := Console(width=1000)).capture() as captured:
        console.print(FULL)
    assert captured.get().strip() == SHOWN


def test_nothing_but_its_fields() -> None:
    """A customer has no dictionary of its own."""
    assert not hasattr(FULL, "__dict__")
    with pytest.raises(TypeError):
        vars(FULL)


def test_decoded_customers() -> None:
    """What a page gives is a customer as the constructor makes it, each with mappings of its own."""
    one, other = decode_page(page_body([{"provided_id": "a"}, {"provided_id": "b"}]), page=1).rows
    assert one == Customer(provided_id="a")
    assert [name for name in MAPPINGS if getattr(one, name) is getattr(other, name)] == []
    assert type(one) is Customer
    assert not gc.is_tracked(one)
