"""Classes of a user's own that have a customer's fields and more."""

from __future__ import annotations

import copy
import functools
import gc
import pickle
from abc import ABC, abstractmethod
from typing import Any, Generic, TypeVar

import attrs
import cattrs
import pytest
from rich.pretty import pretty_repr

from explo_async.models import FIELDS, Customer
from tests.test_models import FULL

T = TypeVar("T")


def lower(text: str) -> str:
    return text.lower()


@attrs.define(kw_only=True)
class Defined(Customer):
    region: str = "eu"
    notes: list[str] = attrs.field(factory=list)

    @property
    def label(self) -> str:
        return f"{self.name} ({self.region})"

    def to_dict(self, *, with_tokens: bool = False) -> dict[str, Any]:
        return super().to_dict(with_tokens=with_tokens) | {"region": self.region}


@attrs.define(kw_only=True, slots=False)
class WithDict(Customer):
    region: str = "eu"


@attrs.frozen(kw_only=True)
class Frozen(Customer):
    region: str = attrs.field(default="eu", validator=attrs.validators.instance_of(str), converter=lower)


class Bare(Customer):
    region = "eu"


class Mixin:
    __slots__ = ()
    region = "eu"


@attrs.frozen(kw_only=True)
class Mixed(Mixin, Customer, Generic[T]):
    value: T | None = None


@attrs.frozen(kw_only=True)
class Further(Defined):
    size: int = 0


Made = attrs.make_class("Made", {"region": attrs.field(default="eu", kw_only=True)}, bases=(Customer,))
Made.__module__ = __name__

KINDS: list[Any] = [Defined, WithDict, Frozen, Bare, Mixed, Further, Made]
kinds = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
FIELDS_OF_FULL = {name: getattr(FULL, name) for name in (*FIELDS, "extra")}


@kinds
def test_a_subclass_is_a_customer(kind: Any) -> None:
    """Its instances are customers to `isinstance` and to patterns, have its fields, and are equal to their like."""
    made = kind(**FIELDS_OF_FULL)
    is_customer: bool = isinstance(made, Customer)
    assert issubclass(kind, Customer)
    assert is_customer
    assert not isinstance(FULL, kind)
    assert not issubclass(Customer, kind)
    assert (made.provided_id, made.region, made.extra) == ("acme", "eu", {"new": None})
    assert made == kind(**FIELDS_OF_FULL)
    assert made != FULL
    assert FULL.__eq__(made) is NotImplemented
    match made:
        case Customer(provided_id=matched):
            assert matched == "acme"
        case _:
            pytest.fail("no match")


# attrs' own ways to pickle leave out what a class without slots adds to one with slots.
@pytest.mark.parametrize("kind", [Defined, Frozen, Bare, Mixed, Further], ids=lambda kind: kind.__name__)
def test_a_subclass_is_copied_and_pickled(kind: Any) -> None:
    """As a customer is."""
    made = kind(**FIELDS_OF_FULL)
    for again in (copy.copy(made), copy.deepcopy(made), *(pickle.loads(pickle.dumps(made, n)) for n in range(2, 6))):
        assert again == made
        assert type(again) is kind


@kinds
def test_changed_copies_of_a_subclass(kind: Any) -> None:
    """attrs makes them, of the same class."""
    made = kind(**FIELDS_OF_FULL)
    changed = attrs.evolve(made, name="New")
    assert (type(changed), changed.name, changed.token, changed.region) == (kind, "New", "s3cr3t", "eu")


@kinds
def test_a_subclass_shows_its_name_and_no_token(kind: Any) -> None:
    """Also to rich."""
    made = kind(**FIELDS_OF_FULL)
    for shown in (repr(made), pretty_repr(made)):
        assert shown.startswith(f"{kind.__name__}(")
        assert "acme" in shown
        assert "s3cr3t" not in shown
        assert "token" not in shown


@kinds
def test_a_subclass_is_frozen(kind: Any) -> None:
    """What is a customer's cannot be set."""
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        kind(provided_id="a").provided_id = "b"


@pytest.mark.parametrize("kind", [Defined, WithDict, Frozen, Further, Made], ids=lambda kind: kind.__name__)
def test_fields_of_a_subclass(kind: Any) -> None:
    """attrs and cattrs know all of them, those of a customer first."""
    names = [field.name for field in attrs.fields(kind)]
    assert names[:14] == [*FIELDS, "extra", "region"]
    made = kind(**FIELDS_OF_FULL, region="us")
    assert attrs.asdict(made) == attrs.asdict(FULL) | {name: getattr(made, name) for name in names[13:]}
    if kind is not Made:
        assert cattrs.structure(cattrs.unstructure(made), kind) == made
    with pytest.raises(TypeError, match=r"missing 1 required keyword-only argument: 'provided_id'"):
        kind()


def test_methods_of_a_subclass() -> None:
    """They reach those of the customer by `super`, and its class by its name."""
    made = Defined(**FIELDS_OF_FULL)
    assert made.label == "Acme (eu)"
    assert made.to_dict() == FULL.to_dict() | {"region": "eu"}
    assert Customer.to_dict(made) == FULL.to_dict()


def test_checks_of_a_subclass() -> None:
    """Validators, converters and the hook after the constructor do their work."""
    assert Frozen(provided_id="a", region="US").region == "us"
    seen: list[str] = []

    @attrs.frozen(kw_only=True)
    class Hooked(Customer):
        def __attrs_post_init__(self) -> None:
            seen.append(self.provided_id)

    Hooked(provided_id="a")
    assert seen == ["a"]


def test_abstract_subclasses() -> None:
    """An abstract class may have a customer's fields."""

    class Rated(Customer, ABC):
        @abstractmethod
        def rate(self) -> int:
            """Return a rate."""

    class Fixed(Rated):
        def rate(self) -> int:
            return 1

    assert Fixed(provided_id="a").rate() == 1
    assert isinstance(Fixed(provided_id="a"), Customer)
    with pytest.raises(TypeError, match="abstract"):
        Rated(provided_id="a")  # type: ignore[abstract]


def test_a_subclass_may_hear_of_its_own() -> None:
    """`__init_subclass__` has the keywords of the class statement."""
    heard: list[str] = []

    class Listening:
        def __init_subclass__(cls, *, word: str = "") -> None:
            heard.append(word)

    class Told(Listening, Customer, word="told"):
        pass

    assert heard == ["told"]
    assert issubclass(Told, Customer)


def test_single_dispatch() -> None:
    """A function for customers takes those of a subclass."""

    @functools.singledispatch
    def name(value: object) -> str:
        return str(value)

    name.register(Customer, lambda customer: customer.name)
    assert (name(FULL), name(Defined(**FIELDS_OF_FULL)), name(1)) == ("Acme", "Acme", "1")


def test_subclasses_may_be_in_cycles() -> None:
    """What a subclass holds is seen by the garbage collector."""
    made = Defined(provided_id="a")
    assert gc.is_tracked(made)
