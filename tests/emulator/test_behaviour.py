"""The switches for what the documentation leaves open."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import asdict

from explo_async.emulator import Behaviour

SWITCHES = Behaviour.settings()


def test_every_switch_has_its_first_setting_by_default() -> None:
    """A new one has the defaults, and each switch has at least two settings."""
    assert {name: settings[0] for name, settings in SWITCHES.items()} == {
        name: value for name, value in asdict(Behaviour()).items() if isinstance(value, str)
    }
    assert all(len(settings) > 1 for settings in SWITCHES.values())
    assert len(SWITCHES) == 21


@pytest.mark.parametrize(
    ("name", "setting"), [(name, each) for name, settings in SWITCHES.items() for each in settings]
)
def test_every_setting_is_taken(name: str, setting: str) -> None:
    """What a type checker takes is taken, in code and as words."""
    switches: Any = {name: setting}
    assert getattr(Behaviour(**switches), name) == setting
    assert Behaviour.parse([f"{name}={setting}"]) == Behaviour(**switches)


@pytest.mark.parametrize("name", SWITCHES)
def test_another_setting_is_refused(name: str) -> None:
    """A word that is no setting is a ValueError."""
    switches: Any = {name: "perhaps"}
    with pytest.raises(ValueError, match=f"'{name}' must be in"):
        Behaviour(**switches)


def test_words_may_give_seconds_too() -> None:
    """Several words are read, the later of two counts."""
    words = ["objects=merge", "lag=2.5", "grace=0", "objects=replace"]
    assert Behaviour.parse(words) == Behaviour(lag=2.5, grace=0.0)
    assert Behaviour.parse([]) == Behaviour()


@pytest.mark.parametrize("word", ["objects", "objects=", "objects=Merge", "other=merge", "", "lag"])
def test_a_word_that_is_no_switch_is_refused(word: str) -> None:
    """The error names all that there are."""
    with pytest.raises(ValueError, match=r"objects=replace\|merge|could not convert"):
        Behaviour.parse([word])
