"""A frozen attrs class whose own instances are msgspec Structs. Pure.

msgspec decodes straight into a Struct, at half the cost of anything else, and the garbage collector never looks at one:
what a list of millions is made of. A Struct cannot be an attrs class for a subclass, though: attrs and msgspec would
both lay out its slots and write its constructor. So there are two classes with one name, the attrs class as written and
a Struct with all that attrs gave to it. Users see the Struct; a subclass of it is made from the attrs class.
"""

from __future__ import annotations

from abc import ABCMeta
from inspect import Signature, signature
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

ClassT = TypeVar("ClassT")

_LEFT_OUT = ("__slots__", "__init__", "__getstate__", "__setstate__", "__match_args__")
"""What a Struct has by itself, or has not at all."""
_OVERRIDDEN = ("__setattr__", "__delattr__")
"""What msgspec makes anew, so that it must be given afterwards: attrs' own raise attrs' own error."""

_construct = msgspec.StructMeta.__call__


class _StructMeta(msgspec.StructMeta, ABCMeta):
    """The class of such Structs; of ABCMeta, so that the attrs class counts as a subclass."""

    __attrs_class__: type[Any]
    """The attrs class."""

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any) -> type[Any]:
        if not any(isinstance(base, cls) for base in bases):
            return super().__new__(cls, name, bases, namespace, **options)
        bases = tuple(base.__attrs_class__ if isinstance(base, cls) else base for base in bases)
        return type(name, bases, namespace, **options)

    def __call__(cls, *arguments: Any, **named: Any) -> Any:
        try:
            return _construct(cls, *arguments, **named)
        except TypeError:
            pass
        # Wrong arguments: this one's constructor says so in Python's own words.
        return cls.__attrs_class__(*arguments, **named)

    @property
    def __signature__(cls) -> Signature:
        return signature(cls.__attrs_class__)


def struct_class(attrs_class: type[ClassT]) -> type[ClassT]:
    """Make it of a frozen attrs class with slots, whose fields are given by name alone."""
    written: Any = attrs_class
    namespace = {name: value for name, value in vars(written).items() if name not in _LEFT_OUT}
    overridden = {name: namespace.pop(name) for name in _OVERRIDDEN}
    for field in attrs.fields(written):
        del namespace[field.name]
        if field.default is not attrs.NOTHING:
            namespace[field.name] = _default(field.default)
    namespace["__rich_repr__"] = _shown
    made: Any = _StructMeta(written.__name__, (msgspec.Struct,), namespace, frozen=True, gc=False, kw_only=True)
    for name, value in overridden.items():
        setattr(made, name, value)
    made.__attrs_class__ = written
    made.register(written)
    return made  # type: ignore[no-any-return]


def _default(default: Any) -> Any:
    return msgspec.field(default_factory=default.factory) if isinstance(default, attrs.Factory) else default  # type: ignore[arg-type]


def _shown(value: attrs.AttrsInstance) -> Iterator[tuple[str, Any]]:
    """Show rich what `repr` shows: a Struct's own would show every field."""
    return ((field.name, getattr(value, field.name)) for field in attrs.fields(type(value)) if field.repr)
