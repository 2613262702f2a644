"""What the package calls public."""

from __future__ import annotations

import importlib
import importlib.metadata
import re
import types

import pytest

import explo_async
from explo_async.errors import ExploError

INTEGRATIONS = ["integrations.dlt", "integrations.otel", "integrations.spark"]


def test_exports() -> None:
    """`__all__` is sorted and holds every public name of the package, once."""
    public = {
        name
        for name in dir(explo_async)
        if not name.startswith("_")
        and name not in {"Any", "TYPE_CHECKING", "import_module"}
        and not isinstance(getattr(explo_async, name), types.ModuleType)
    }
    assert explo_async.__all__ == sorted(public)


def test_public_modules() -> None:
    """The package says which of its modules are public; all of them are there, and have names of their own."""
    named = re.findall(r"`([a-z_.]+)`", explo_async.__doc__ or "")
    emulator = ["emulator", "emulator.faults", "emulator.thread"]
    names = ["arrow", "diff", *emulator, *INTEGRATIONS, "mirror", "pytest_plugin", "reconcile", "snapshot", "watch"]
    assert named == names
    # Those of the integrations need their tools: their own tests import them.
    for name in set(named) - set(INTEGRATIONS):
        module = importlib.import_module(f"explo_async.{name}")
        assert [own for own in vars(module).values() if getattr(own, "__module__", "").startswith(module.__name__)]


def test_exported_exceptions() -> None:
    """Every exported exception descends from the one root."""
    exported = [getattr(explo_async, name) for name in explo_async.__all__]
    kinds = [kind for kind in exported if isinstance(kind, type) and issubclass(kind, BaseException)]
    assert len(kinds) > 1
    assert [kind for kind in kinds if not issubclass(kind, ExploError)] == []


def test_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """The version is the installed package's, looked up when asked for; other names are unknown as usual."""
    monkeypatch.setattr(importlib.metadata, "version", {"explo-async": "1.2.3"}.__getitem__)
    assert explo_async.__version__ == "1.2.3"
    with pytest.raises(AttributeError, match=r"^module 'explo_async' has no attribute 'version'$"):
        _ = explo_async.version
