"""`quota`: what it shows of a store, and what it says of one that cannot be used."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from typing import TYPE_CHECKING, Any, cast

import pytest

from explo_async.cli.app import run
from explo_async.cli.commands import quota
from explo_async.cli.commands.quota_report import describe_clock, draw, show
from explo_async.cli.standing import Standing
from explo_async.cli.stores import OpenedStore, StoreLook
from explo_async.errors import QuotaUnavailable
from explo_async.pacing.shared_quota import SharedQuota
from explo_async.pacing.stores import open_store
from explo_async.pacing.stores.message import Message
from explo_async.pacing.stores.store import Look
from explo_async.pacing.window_state import State
from tests.helpers.cli_running import lead_to, served, started
from tests.helpers.terminals import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Group

    from tests.helpers.redis_server import RedisServer

ORIGIN = "https://api.explo.co"


def tell_store(store: str | Path, *, origin: str = ORIGIN, name: str = "explo", **message: Any) -> None:
    """Let a process take slots, and more, in a store."""

    async def main() -> None:
        opened = open_store(SharedQuota(store, name=name), origin)
        usual: dict[str, Any] = {
            "holder": "abc",
            "who": "4711@web-1",
            "requests": 180,
            "per": 60.0,
            "hold": 35.0,
            "margin": 0.25,
        }
        await opened.exchange(Message(**usual | message))
        await opened.close()

    asyncio.run(main())


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, str]:
    """Return the lines by name; those of processes as one."""
    assert run(["quota", *words]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    head, _, table = out.partition("\n\n")
    lines = {line[:9].strip(): line[9:].strip() for line in head.splitlines()}
    return lines | {"processes": table}


def test_nobody_has_used_it_yet(state_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The user's own file by default, which a look does not make."""
    assert shown(capsys) == {
        "quota": f"180 requests in 60 s, of {ORIGIN}",
        "store": f"{state_folder}/explo-async/quota.sqlite (file)",
        "": "nobody has used it yet",
        "slots": "0 of 180 in use, 180 free",
        "in flight": "0 requests",
        "waiting": "nobody",
        "pause": "none",
        "next": "a request may go out now",
        "processes": "",
    }
    assert list(state_folder.rglob("*")) == [state_folder / "explo-async"]


def test_it_shows_what_a_command_has_used(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """For its address alone: each has a quota of its own."""
    with served(120) as emulator:
        lead_to(emulator, monkeypatch)
        assert run(["customers", "list", "--page-size", "40", "--quiet"]) == 0
        capfd.readouterr()
        lines = shown(capfd)
        assert lines["quota"] == f"180 requests in 60 s, of {emulator.url}"
        assert lines["slots"] == "4 of 180 in use, 176 free"
        assert shown(capfd, "--base-url", ORIGIN)["slots"] == "0 of 180 in use, 180 free"


def test_it_shows_who_holds_and_who_wants(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each process, since when, how many requests it has under way and how many it wants to send."""
    file = tmp_path / "quota.sqlite"
    tell_store(file, requests=5, wants=4)
    tell_store(file, requests=5, holder="def", who="815@cron-1", wants=3)
    lines = shown(capsys, str(file), "--rate-limit", "5/60", "--requests", "3")
    assert lines["slots"] == "5 of 5 in use, 0 free"
    assert (lines["in flight"], lines["waiting"]) == ("5 requests", "1 process")
    assert lines["next"].startswith("a request may go out when an answer comes; 3 take ")
    assert lines["next"].endswith(" at least")
    head, first, second = lines["processes"].splitlines()
    assert head.split("  ")[0] == "process"
    assert [line.split() for line in (first, second)] == [
        ["4711@web-1", *first.split()[1:3], "4", "0", "0"],
        ["815@cron-1", *second.split()[1:3], "1", "0", "2"],
    ]


def test_a_pause_and_slots_that_were_lost(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The pause with its seconds, and how many slots nobody has given back."""
    file = tmp_path / "quota.sqlite"
    tell_store(file, wants=2, per=1e-4, margin=0.0, hold=1e-4)
    tell_store(file, throttled=[(0.0, 30.0)], per=1e-4, margin=0.0, hold=1e-4)
    lines = shown(capsys, str(file), "--requests", "1")
    assert lines["in flight"] == "0 requests"
    assert lines["pause"] == "after a 429, 30 s left"
    assert lines["next"] == "a request may go out in 30 s; 1 takes 30 s at least"
    assert lines["lost"] == "2 slots so far, of processes that have not said that they are free"


def test_a_quota_by_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A store may have several."""
    file = tmp_path / "quota.sqlite"
    tell_store(file, name="night", wants=3)
    assert shown(capsys, str(file), "--name", "night")["slots"].startswith("3 of ")
    assert shown(capsys, str(file))["slots"].startswith("0 of ")
    assert run(["quota", str(file), "--name", "a b"]) == 2
    assert "error: --name must be 1 to 64 letters" in capsys.readouterr().err


def test_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One object with everything, numbers as numbers."""
    file = tmp_path / "quota.sqlite"
    tell_store(file, wants=2)
    assert run(["quota", str(file), "--json", "--requests", "500"]) == 0
    told = json.loads(capsys.readouterr().out)
    (process,) = told.pop("processes")
    since, up = process.pop("since"), told.pop("up")
    assert 0 <= since < 60
    assert up > 0
    assert process == {"process": "4711@web-1", "in_flight": 2, "not_ended": 0, "waiting": 0}
    assert told.pop("time_for") == pytest.approx(120.5)
    assert told == {
        "store": str(file),
        "kind": "file",
        "name": "explo",
        "origin": ORIGIN,
        "used_before": True,
        "requests": 180,
        "per": 60.0,
        "used": 2,
        "free": 178,
        "in_flight": 2,
        "waiting": 0,
        "paused_for": 0.0,
        "slow_start": None,
        "share": 1.0,
        "shut_for": 0.0,
        "shut_why": "",
        "lost": 0,
        "next_in": 0.0,
        "clock_ahead": None,
        "warnings": [],
    }


def test_redis_with_its_clock(redis_server: RedisServer, capsys: pytest.CaptureFixture[str]) -> None:
    """Its kind, its clock beside ours, and that one which has just been started is shut until --reset."""
    origin = ["--base-url", "https://just-started.example"]
    lines = shown(capsys, redis_server.url, *origin)
    assert lines["store"].startswith(f"redis://127.0.0.1:{redis_server.port}/0 (")
    assert lines["clock"] == "its clock is within 1 s of ours"
    assert lines["shut"].endswith(
        "what was sent before that is not known; if nobody has been sending, --reset opens it"
    )
    assert lines["next"].startswith("a request may go out in ")
    assert run(["quota", redis_server.url, "--reset", *origin]) == 0
    told = capsys.readouterr().err
    where = "requests to https://just-started.example may go out at once"
    assert told == f"explo-async: what was sent is forgotten in redis://127.0.0.1:{redis_server.port}/0: {where}\n"
    again = shown(capsys, redis_server.url, *origin)
    assert "shut" not in again
    assert again["next"] == "a request may go out now"


def test_a_reset_forgets_what_was_sent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of this address alone."""
    file = tmp_path / "quota.sqlite"
    tell_store(file, wants=2)
    tell_store(file, origin="https://other.example", wants=3)
    assert run(["quota", str(file), "--reset"]) == 0
    assert capsys.readouterr().out == ""
    assert shown(capsys, str(file))["slots"].startswith("0 of ")
    assert shown(capsys, str(file), "--base-url", "https://other.example")["slots"].startswith("3 of ")


@pytest.mark.parametrize("words", [["--reset"], ["--json"], ["--watch"], ["--watch", "--json"], []], ids=" ".join)
@pytest.mark.parametrize(
    ("store", "why"),
    [
        (
            "redis://me:p4ss@127.0.0.1:1/0",
            "it cannot be reached, or broke the connection off; check address and server",
        ),
        ("{folder}/missing/quota.sqlite", "its folder does not exist; make the folder {folder}/missing"),
    ],
)
def test_a_store_that_cannot_be_used(
    words: list[str], store: str, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is named, without its password, and the exit code is that of a failure."""
    assert run(["quota", store.format(folder=tmp_path), *words]) == 1
    out, err = capsys.readouterr()
    label = store.format(folder=tmp_path).replace("me:p4ss@", "")
    assert (out, err) == (
        "",
        f"explo-async: error: the quota's store {label} cannot be used: {why.format(folder=tmp_path)}\n",
    )


@pytest.mark.parametrize(
    ("store", "message"),
    [
        ("nfs://x", "STORE is an address of the kind nfs://, which is not known"),
        ("none", "STORE says that each command counts alone: there is nothing to look at"),
    ],
)
def test_what_is_no_store(store: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It is wrong usage."""
    assert run(["quota", store]) == 2
    assert capsys.readouterr().err.startswith(f"explo-async: error: {message}")


def test_what_the_variable_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It comes before the user's own file, and its errors are told in its name."""
    monkeypatch.setenv("EXPLO_QUOTA", str(tmp_path / "quota.sqlite"))
    assert shown(capsys)["store"] == f"{tmp_path}/quota.sqlite (file)"
    monkeypatch.setenv("EXPLO_QUOTA", "none")
    assert run(["quota"]) == 2
    assert capsys.readouterr().err.startswith("explo-async: error: EXPLO_QUOTA says that each command counts alone")


def test_a_home_that_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Then there is no file of the user's own to look at."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    assert run(["quota"]) == 1
    told = f"the quota is not shared with other commands: Not a directory: {tmp_path}/file/explo-async; name a store"
    assert capsys.readouterr().err.startswith(f"explo-async: error: {told}")


def test_redis_py_may_be_missing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """It is an extra, and the error says how to get it."""
    monkeypatch.delitem(sys.modules, "explo_async.pacing.stores.redis", raising=False)
    monkeypatch.setitem(sys.modules, "redis", None)
    assert run(["quota", "redis://quota.internal/0"]) == 2
    assert "needs redis-py, which is not installed; run: pip install 'explo-async[redis]'" in capsys.readouterr().err


def standing(**changes: Any) -> Standing:
    """Make one, of a quota that nobody uses."""
    return Standing(**{"requests": 180, "per": 60.0, "used": 0, "free": 180, "in_flight": 0, "waiting": 0} | changes)


def lines_of(made: Standing, *warnings: str, clock_ahead: float | None = None) -> list[str]:
    """Draw it."""
    found = Look(state=State(), clock=0.0, kind="file", up=1.0, warnings=list(warnings))
    drawn = draw(SharedQuota("q.sqlite"), ORIGIN, StoreLook(found, clock_ahead), made, asked=None)
    return [" ".join(line.split()) for line in show(drawn).splitlines()]


def test_what_is_rare_has_a_line_of_its_own() -> None:
    """A slow start, limits that 429s have lowered, warnings, and a store that is shut for no reason that we know."""
    slow = lines_of(standing(slow_start=2, share=0.49, free=88, waiting=2), "others may write to the file")
    assert "slots 0 of 180 in use, 88 free; after repeated 429s all go by 49% of their limits" in slow
    assert "pause over; 2 at a time until answers come" in slow
    assert "waiting 2 processes" in slow
    assert "warning others may write to the file" in slow
    shut = lines_of(standing(shut_for=94.2, shut_why="?"))
    reason = "it is not known what was sent before; if nobody has been sending, --reset opens it"
    assert f"shut for 1:35: {reason}" in shut


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (0.4, "its clock is within 1 s of ours"),
        (-0.4, "its clock is within 1 s of ours"),
        (3600.2, "its clock is 1:00:01 ahead of ours, which harms nothing"),
        (-59.5, "its clock is 60 s behind ours, which harms nothing"),
    ],
)
def test_clocks(ahead: float, words: str) -> None:
    """No two clocks are ever compared, so no difference harms."""
    assert describe_clock(ahead) == words


def test_it_is_readable_in_80_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is longer goes on below, and no number is cut."""
    # Of the functions at hand: other tests import the package anew.
    monkeypatch.setitem(draw.__globals__, "is_terminal", lambda _: True)
    file = tmp_path / "quota.sqlite"
    tell_store(file, who=f"4711@{'a' * 90}", wants=2)

    async def main() -> str:
        shared = SharedQuota(file)
        store = open_store(shared, ORIGIN)
        picture = quota._Picture(shared, ORIGIN, OpenedStore(shared, store), quota.TABLE)
        try:
            return await picture.to_text()
        finally:
            await store.close()

    lines = asyncio.run(main()).splitlines()
    assert max(map(len, lines)) <= 80
    assert [line.split()[-3:] for line in lines if "4711@" in line] == [["2", "0", "0"]]


def test_watch_looks_again(tmp_path: Path) -> None:
    """Each second, as lines of JSON where asked; a store that is away meanwhile is told; Ctrl-C ends it."""
    folder = tmp_path / "folder"
    folder.mkdir()
    file = folder / "quota.sqlite"
    tell_store(file, wants=2)
    with started("quota", str(file), "--watch", "--json", settings={}) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["used"] == 2
        tell_store(file, wants=3)
        while json.loads(process.stdout.readline())["used"] != 5:
            pass
        folder.rename(tmp_path / "away")
        assert b"warning: the quota's store" in process.stderr.readline()
        (tmp_path / "away").rename(folder)
        assert json.loads(process.stdout.readline())["used"] == 5
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 130


class Pictures:
    """Gives what is drawn, one after another, or raises it."""

    form = quota.Form(watch=True)

    def __init__(self, *drawn: Group | Exception) -> None:
        self._drawn = list(drawn)

    async def draw(self) -> Group:
        """Return the next one."""
        drawn = self._drawn.pop(0)
        if isinstance(drawn, Exception):
            raise drawn
        return drawn


def test_watch_redraws_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """In place; while the store is away it says so in place of the numbers, and goes on."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setattr(quota, "SECONDS", 0.0)
    monkeypatch.setenv("TERM", "xterm-256color")
    found = StoreLook(Look(state=State(), clock=0.0, kind="file", up=1.0), None)
    used = [draw(SharedQuota("q.sqlite"), ORIGIN, found, standing(used=count), asked=None) for count in (11, 22)]
    away = QuotaUnavailable("the quota's store q.sqlite cannot be used: the disk is full", advice="make room")
    pictures = Pictures(used[0], away, used[1], EOFError())
    with pytest.raises(EOFError):
        asyncio.run(quota._watch(cast("Any", pictures)))
    text = terminal.getvalue()
    words = ["11 of 180 in use", "cannot be used: the disk is full; make room", "22 of 180 in use"]
    places = [text.index(each) for each in words]
    assert places == sorted(places)
    assert "\x1b[1A" in text
