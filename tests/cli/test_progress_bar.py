"""The progress bar, drawn at given times."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from rich.console import Console

from explo_async.cli.progress_bar import Bar, format_seconds
from explo_async.models import FetchReport
from explo_async.progress import FetchStats, Progress

if TYPE_CHECKING:
    from explo_async.models import Basis, Verdict
    from explo_async.progress import WaitingFor


class Scene:
    """A bar, the time, and a stream with counters of its own."""

    def __init__(self) -> None:
        self.now = 100.0
        self.bar = Bar(lambda: self.now)
        self.stream = SimpleNamespace(stats=FetchStats(), report=None, waiting_for=None, wait_left=None)
        self.stats = self.stream.stats

    def watch(self, *, already: int = 0) -> None:
        """Show the stream to the bar."""
        self.bar.watch(cast("Any", self.stream), already=already)

    def end(self, verdict: Verdict, basis: Basis | None) -> None:
        """Let the stream have its report."""
        self.stream.report = FetchReport(
            verdict=verdict,
            total_count=5_000,
            totals_seen=(5_000,),
            customers=5_000,
            duplicates=0,
            pages_asked_again=(),
            basis=basis,
            stats=self.stats,
        )

    def draw(self, width: int = 80) -> list[str]:
        """Return the lines as they stand."""
        console = Console(width=width, color_system=None)
        with console.capture() as drawn:
            console.print(self.bar)
        return drawn.get().splitlines()


def test_before_the_first_answer_little_is_known() -> None:
    """Until page 1 has come, the totals and the end are unknown, and the bar says that it waits."""
    scene = Scene()
    assert scene.draw() == []
    scene.watch()
    first, second = scene.draw()
    assert first.startswith("0/? customers ")
    assert first.endswith("   0% ETA -:--")
    assert second.rstrip() == "pages 0/? · requests 0 · 429s 0 · quota wait 0.0 s · elapsed 0.0 s"
    scene.stats.requests = 1
    scene.now += 5
    assert scene.draw()[1].rstrip() == "pages 0/? · requests 1 · 429s 0 · quota wait 0.0 s · waiting 5 s"


def test_it_shows_the_counters_as_they_stand() -> None:
    """Customers, pages, requests, 429s, the wait for the quota and the time left are all in two lines of 80 columns."""
    scene = Scene()
    scene.watch()
    scene.stats.customers, scene.stats.pages, scene.stats.requests = 9_000, 9, 1_013
    scene.stats.rate_limited, scene.stats.quota_wait = 4, 1234.56
    scene.now += 61.5
    scene.bar.note(Progress(pages_total=25, total_count=25_000, eta=75.2))
    first, second = scene.draw()
    assert first.startswith(" 9,000/25,000 customers ━━━")
    assert first.endswith("  36% ETA 1:16")
    assert len(first) == 80
    assert second.rstrip() == "pages 9/25 · requests 1,013 · 429s 4 · quota wait 1,234.6 s · elapsed 1:02"
    assert [len(line) for line in scene.draw(40)] == [40, 40]


def test_the_estimate_runs_down_until_it_has_been_wrong_for_a_while() -> None:
    """Between two pages the time left shrinks; when it is over and nothing has come, it is no longer shown."""
    scene = Scene()
    scene.watch()
    scene.bar.note(Progress(pages_total=3, total_count=3, eta=10.0))
    endings = []
    for seconds in (0.0, 4.5, 10.9, 11.5):
        scene.now = 100.0 + seconds
        endings.append(scene.draw()[0][-8:])
    assert endings == ["ETA 0:10", "ETA 0:06", "ETA 0:00", "ETA -:--"]


def test_the_end_stays_the_end() -> None:
    """When all pages are there, the bar neither waits nor loses its estimate."""
    scene = Scene()
    scene.watch()
    scene.stats.customers, scene.stats.pages = 3, 1
    scene.bar.note(Progress(pages_total=1, total_count=3, eta=0.0))
    scene.now += 20
    first, second = scene.draw()
    assert first.endswith(" 100% ETA 0:00")
    assert second.rstrip().endswith("elapsed 20.0 s")


@pytest.mark.parametrize(
    ("verdict", "basis", "words"),
    [
        ("complete", "count", "complete by count"),
        ("complete", "order", "complete by order"),
        ("verified", "shared rows", "verified by shared rows"),
        ("exact", "exact", "exact"),
        ("unchecked", None, "unchecked"),
    ],
)
def test_the_verdict_is_the_last_word(verdict: Verdict, basis: Basis | None, words: str) -> None:
    """At the end the second line says what was proved, in 80 columns; a wait for the quota stays if there was one."""
    scene = Scene()
    scene.watch()
    scene.stats.customers, scene.stats.pages, scene.stats.requests = 5_000, 5, 6
    scene.bar.note(Progress(pages_total=5, total_count=5_000, eta=0.0))
    scene.now += 2
    counts = "pages 5/5 · requests 6 · 429s 0"
    assert scene.draw()[1].rstrip() == f"{counts} · quota wait 0.0 s · elapsed 2.0 s"
    scene.end(verdict, basis)
    assert scene.draw()[1].rstrip() == f"{counts} · elapsed 2.0 s · {words}"
    scene.stats.quota_wait = 0.9
    assert scene.draw()[1].rstrip() == f"{counts} · elapsed 2.0 s · {words}"
    scene.stats.quota_wait = 1.5
    assert scene.draw(100)[1].rstrip() == f"{counts} · quota wait 1.5 s · elapsed 2.0 s · {words}"


def test_a_list_that_failed_has_no_verdict() -> None:
    """What ended without proof is told by the error, and the line stays as it was."""
    scene = Scene()
    scene.watch()
    scene.stats.pages, scene.stats.requests = 3, 4
    scene.bar.note(Progress(pages_total=5, total_count=5_000, eta=None))
    before = scene.draw()
    scene.end("incomplete", None)
    assert scene.draw() == before
    assert before[1].rstrip() == "pages 3/5 · requests 4 · 429s 0 · quota wait 0.0 s · elapsed 0.0 s"


@pytest.mark.parametrize(("customers", "total", "percent"), [(0, 0, "100%"), (5, 4, "100%"), (999, 1000, " 99%")])
def test_the_share_is_never_too_high(customers: int, total: int, percent: str) -> None:
    """An empty list is done, one that shrank is done at most once, and 100 % is not rounded up to."""
    scene = Scene()
    scene.watch()
    scene.stats.customers = customers
    scene.bar.note(Progress(pages_total=1, total_count=total, eta=None))
    assert f" {percent} ETA -:--" in scene.draw()[0]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (0.2, "0:01"), (59.5, "1:00"), (3599.0, "59:59"), (3661, "1:01:01")]
)
def test_times_are_rounded_up(seconds: float, text: str) -> None:
    """A time left is shown in full seconds, never as less than it is."""
    assert format_seconds(seconds) == text


def test_it_counts_what_was_there_and_what_is_written() -> None:
    """An export that goes on begins with what is there; when all is read, it shows how much of the file is made."""
    scene = Scene()
    scene.watch(already=2_000)
    scene.stats.customers = 500
    scene.bar.note(Progress(pages_total=5, total_count=5_000, eta=1.0))
    assert scene.draw()[0].startswith("2,500/5,000 customers ")
    scene.now += 5
    scene.bar.note_written(1_000, 5_000)
    assert scene.draw()[1].rstrip() == "all read, 1,000 written to the file · elapsed 5.0 s"
    scene.end("complete", "count")
    assert scene.draw()[1].rstrip() == "all read, 1,000 written to the file · elapsed 5.0 s · complete by count"
    scene.stats.quota_wait = 1.0
    assert scene.draw()[1].rstrip() == "all read, 1,000 written to the file · elapsed 5.0 s · complete by count"


def test_a_list_that_is_there_needs_only_the_file() -> None:
    """Where nothing is left to be read, what is written is shown all the same."""
    scene = Scene()
    scene.bar.note_written(1_000, 5_000)
    first, second = scene.draw()
    assert first.startswith("5,000/5,000 customers ")
    assert first.endswith(" 100% ETA 0:00")
    assert second.rstrip() == "all read, 1,000 written to the file · elapsed 0.0 s"


def test_a_pause_for_the_quota_counts_down() -> None:
    """While requests wait for the quota both lines say for how long still, also when no page has told of it."""
    scene = Scene()
    scene.watch()
    scene.stats.customers, scene.stats.pages, scene.stats.requests = 18_000, 180, 1_181
    scene.bar.note(Progress(pages_total=250, total_count=25_000, eta=3.0))
    shown = []
    for seconds, left in ((0.5, 59.5), (35.0, 24.2), (59.0, 0.2), (60.0, 0.01), (60.5, None)):
        scene.now, scene.stream.wait_left = 100.0 + seconds, left
        scene.stream.waiting_for = "quota" if left else None
        first, second = scene.draw()
        shown.append((first.rpartition("ETA ")[2], second.rpartition(" · ")[2].rstrip()))
    assert shown == [
        ("1:00", "waiting for the quota, 60 s left"),
        ("0:25", "waiting for the quota, 25 s left"),
        ("0:01", "waiting for the quota, 1 s left"),
        ("0:01", "waiting 60 s"),
        ("-:--", "waiting 60 s"),
    ]


def test_an_export_that_goes_on_shows_all_its_pages() -> None:
    """The pages that a former export had read are among those that are there, as its customers are."""
    scene = Scene()
    scene.watch(already=2_000)
    assert scene.draw()[1].startswith("pages 0/? ")
    scene.stats.customers, scene.stats.pages = 500, 2
    scene.bar.note(Progress(pages_total=10, total_count=5_000, eta=1.0))
    assert scene.draw()[1].startswith("pages 6/10 ")
    scene.stats.customers, scene.stats.pages = 3_000, 7
    scene.bar.note(Progress(pages_total=10, total_count=5_000, eta=0.0))
    scene.end("complete", "count")
    first, second = scene.draw()
    assert first.startswith("5,000/5,000 customers ")
    assert second.startswith("pages 10/10 ")


@pytest.mark.parametrize(
    ("waiting_for", "left", "words"),
    [
        ("quota", 59.5, "waiting for the quota, 60 s left"),
        ("pause", 59.5, "pause after a 429, 60 s left"),
        ("store", 94.2, "quota's store shut, 95 s left"),
        ("store", None, "quota's store away"),
        ("quota", None, "elapsed 0.5 s"),
        ("store", 0.01, "elapsed 0.5 s"),
    ],
)
def test_the_bar_says_what_is_waited_for(waiting_for: WaitingFor, left: float | None, words: str) -> None:
    """With the seconds left, where they are known, all within 80 columns; a wait as short as a blink is none."""
    scene = Scene()
    scene.watch()
    scene.stats.pages, scene.stats.requests, scene.stats.rate_limited = 1_180, 11_181, 10
    scene.bar.note(Progress(pages=1_180, pages_total=1_250, total_count=125_000, eta=3.0))
    scene.now += 0.5
    scene.stream.waiting_for, scene.stream.wait_left = waiting_for, left
    line = scene.draw()[1].rstrip()
    assert line.rpartition(" · ")[2] == words
    assert len(line) <= 80


def test_a_told_wait_is_no_page() -> None:
    """The bar still says for how long no page has come, and the estimate is that of the last word."""
    scene = Scene()
    scene.watch()
    scene.stats.requests = 3
    scene.bar.note(Progress(pages=3, pages_total=25, total_count=25_000, eta=30.0))
    for second in (1, 2, 3):
        scene.now = 100.0 + second
        scene.bar.note(
            Progress(
                pages=3, pages_total=25, total_count=25_000, eta=33.0 - second, waiting_for="store", wait_left=None
            )
        )
    first, second_line = scene.draw()
    assert first.endswith(" ETA 0:30")
    assert second_line.rstrip().endswith("waiting 3 s")
    scene.bar.note(Progress(pages=4, pages_total=25, total_count=25_000, eta=29.0, waiting_for="quota", wait_left=9.0))
    assert scene.draw()[1].rstrip().endswith("elapsed 3.0 s")
