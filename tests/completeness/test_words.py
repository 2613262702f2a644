"""The words at the head of the folder: each of them is used, and the worked list goes as is written there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import explo_async.completeness
from explo_async.completeness.ledger import Ledger
from explo_async.plan import COUNT, Ask
from tests.completeness.driving import Run, Site, Talk

if TYPE_CHECKING:
    from tests.completeness.driving import Phase

DOC = explo_async.completeness.__doc__ or ""
FOLDER = Path(explo_async.completeness.__file__).parent
GLOSSARY = DOC[DOC.index("The words, of answers") : DOC.index("A worked list")]
# A line may explain several words, each after a semicolon.
WORDS = re.findall(r"(?:^- |; )([a-zA-Z ]+)(?= \(|:)", GLOSSARY, re.MULTILINE)
MODULES = {path.stem: path.read_text() for path in FOLDER.glob("*.py") if path.stem != "__init__"}


@pytest.mark.parametrize("word", WORDS)
def test_each_word_is_used(word: str) -> None:
    """A word that is explained stands in some module, as a name or in what is said there."""
    spelling = word.lower().replace(" ", "[ _]")
    assert any(re.search(rf"(\b|_){spelling}", text.lower()) for text in MODULES.values())


def test_all_words_are_looked_at() -> None:
    """The glossary is read as it is written."""
    assert len(WORDS) > 40
    assert {"page", "reading", "past the end", "picture", "COUNT", "calm", "echo", "withdraws"} <= set(WORDS)


@pytest.mark.parametrize("module", MODULES)
def test_each_module_has_its_place(module: str) -> None:
    """The head of the folder says where to look, for every module."""
    assert f"`{module}`" in DOC


def test_the_worked_list() -> None:
    """Six answers: a deletion, a page that is read again, and a proof by count."""
    ledger = Ledger(3)
    talk = Talk(ledger)
    talk.tell(1, "abc", 9)
    assert (talk.wanted(1), ledger._asking.calm) == ([], True)
    talk.tell(2, "efg", 8)
    assert (talk.wanted(2), ledger._asking.calm, ledger.connected) == ([Ask(1, 3)], False, 1)
    again = talk.tell(1, "acd", 8)
    assert (again.fresh, again.shared, "acd"[again.seam]) == ([2], frozenset({0}), "cd")
    assert [ledger.picture_of(index) is not None for index in range(3)] == [False, True, False]
    assert talk.wanted(2) == []
    talk.tell(3, "hi", 8)
    assert ledger.picture_of(2) == ledger.picture_of(1)
    assert (ledger.connected, ledger.closed) == (2, False)
    assert talk.wanted(3) == [COUNT]
    talk.tell(COUNT, "a", 8)
    assert (ledger.connected, ledger.closed, ledger.unique) == (3, True, 9)
    findings = ledger.findings
    assert (findings.basis, findings.insertions, findings.deletions) == ("count", 0, 1)


def test_the_worked_list_verified() -> None:
    """A bridge shares nothing with page 1, and both sides are read again: then it holds them together."""
    site = Site(list("abcdefghi"))

    def change(ask: Ask, phase: Phase) -> None:
        if (ask, phase) == (Ask(2, 3), "count") and "b" in site.rows:
            site.rows.remove("b")

    run = Run(Ledger(3, verified=True), site, change)
    assert run.go() is None
    assert run.asks == [Ask(1, 3), Ask(2, 3), Ask(2, 2), Ask(1, 3), Ask(2, 3), Ask(3, 3), Ask(2, 4)]


def test_the_worked_list_without_order() -> None:
    """Rows of page 1 the other way round end the epoch, and the list is swept again in another size."""
    ledger = Ledger(3)
    talk = Talk(ledger)
    for page, rows, total in ((1, "abc", 9), (2, "efg", 8), (1, "cae", 8), (3, "hi", 8)):
        talk.tell(page, rows, total)
    assert ledger.inversions == 1
    assert talk.wanted(3) == [COUNT]
    talk.tell(COUNT, "c", 8)
    assert talk.wanted(3) == []
    assert (ledger.sweep, ledger.sweep_size, ledger._proof.sightings.in_epoch) == (2, 1000, 0)
    talk.tell(Ask(1, 1000), "acdefghi", 8)
    talk.tell(COUNT, "a", 8)
    assert ledger.findings.basis == "count"
