"""`doctor`: the store of the shared quota."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from explo_async.cli.app import run
from explo_async.cli.commands.store_check import check_store
from explo_async.cli.options import Sharing
from explo_async.cli.quotas import choose_quota
from explo_async.pacing.shared_quota import SharedQuota
from explo_async.pacing.stores import open_store
from explo_async.pacing.stores.message import Message
from tests.helpers.cli_running import served
from tests.helpers.consultation import TOKEN, lines_of, marks
from tests.helpers.redis_server import RedisServer

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.consultation import Lines

pytestmark = pytest.mark.usefixtures("soon")


class Doctor:
    """Asks the doctor about an emulator and a store."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        monkeypatch.setenv("EXPLO_TOKEN", TOKEN)
        self.origin = ""

    def __call__(self, *words: str, code: int = 0, before: Any = None) -> Lines:
        """Return its lines; `before` is called with the origin first."""
        with served(300, token=TOKEN) as emulator:
            self.origin = emulator.url
            if before is not None:
                before(emulator.url)
            assert run(["doctor", "--base-url", emulator.url, *words]) == code
        out, err = self._capsys.readouterr()
        assert err == ""
        return lines_of(out)


@pytest.fixture
def doctor(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Doctor:
    return Doctor(monkeypatch, capsys)


def test_the_users_own_file(doctor: Doctor, state_folder: Path) -> None:
    """By default, with what is in use."""
    file = state_folder / "explo-async" / "quota.sqlite"
    assert doctor()["store"] == ("ok", f"{file} by default, 0 of 180 slots in use")


def test_the_store_that_is_named(doctor: Doctor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And by what; where it is none each command counts alone."""
    file = tmp_path / "quota.sqlite"
    assert doctor("--quota", str(file))["store"][1] == f"{file} from --quota, 0 of 180 slots in use"
    assert doctor("--rate-limit", "90/60", "--quota", str(file))["store"][1].endswith(" 0 of 90 slots in use")
    monkeypatch.setenv("EXPLO_QUOTA", str(file))
    assert doctor()["store"][1] == f"{file} from EXPLO_QUOTA, 0 of 180 slots in use"
    assert doctor("--quota", "none")["store"] == ("ok", "none, from --quota: each command counts alone")


def test_a_file_that_others_may_write(doctor: Doctor, tmp_path: Path) -> None:
    """It is a warning, with what to do."""
    file = tmp_path / "quota.sqlite"
    doctor("--quota", str(file))
    file.chmod(0o666)
    mark, text = doctor("--quota", str(file))["store"]
    assert mark == "warning"
    assert text.endswith(f"; others may write to the file; run: chmod go-w {file}")


def test_a_named_store_that_cannot_be_used(doctor: Doctor, tmp_path: Path) -> None:
    """It fails, and hides nothing else: the requests go by a quota of their own."""
    lines = doctor("--quota", str(tmp_path / "missing" / "quota.sqlite"), code=1)
    assert marks(lines) == "oofooooooo"
    what = f"the quota's store {tmp_path}/missing/quota.sqlite cannot be used: its folder does not exist"
    assert lines["store"][1] == f"{what}; make the folder {tmp_path}/missing"


def test_the_users_own_file_cannot_be_used(doctor: Doctor, state_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a warning, since commands go on without it."""
    (state_folder / "explo-async" / "quota.sqlite").mkdir(parents=True)
    lines = doctor()
    assert marks(lines) == "oowooooooo"
    assert "cannot be used: the file cannot be " in lines["store"][1]
    assert ", so each command counts alone; " in lines["store"][1]
    monkeypatch.setenv("XDG_STATE_HOME", str(state_folder / "file"))
    (state_folder / "file").touch()
    lines = doctor()
    assert marks(lines) == "oowooooooo"
    assert lines["store"][1].startswith("the quota is not shared with other commands: Not a directory: ")


def test_without_an_address_there_is_no_window_to_look_at(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each address has its own."""
    monkeypatch.setenv("EXPLO_TOKEN", TOKEN)
    assert run(["doctor", "--base-url", "ftp://x"]) == 2
    assert lines_of(capsys.readouterr().out)["store"] == ("skipped", "needs an address")


def test_an_option_that_cannot_be_meant(capsys: pytest.CaptureFixture[str]) -> None:
    """It is wrong usage, before anything is looked at."""
    assert run(["doctor", "--rate-limit", "x"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "--rate-limit must be requests/seconds" in err


def test_redis(redis_can_run: None, doctor: Doctor, tmp_path: Path) -> None:  # noqa: ARG001 -- asked first
    """Its version and clock; that it is shut, and that it may drop the window, are warnings."""
    with RedisServer(tmp_path, maxmemory="20mb", maxmemory_policy="allkeys-lru") as server:

        def reset(origin: str) -> None:
            async def main() -> None:
                store = open_store(SharedQuota(server.url), origin)
                await store.reset()
                await store.close()

            asyncio.run(main())

        mark, text = doctor("--quota", server.url, before=reset)["store"]
        assert mark == "warning"
        label = f"redis://127.0.0.1:{server.port}/0 from --quota, "
        assert text.startswith(label)
        assert ", 0 of 180 slots in use; its clock is within 1 s of ours; " in text
        assert text.endswith("(maxmemory-policy allkeys-lru)")
        server.run("CONFIG", "SET", "maxmemory-policy", "noeviction")
        assert doctor("--quota", server.url, before=reset)["store"][0] == "ok"


async def test_what_the_checks_wait_for(redis_can_run: None, tmp_path: Path) -> None:  # noqa: ARG001 -- asked first
    """A store that is shut, and slots that are all in use, are told before anything has to wait for them."""
    origin = "https://api.explo.co"
    with RedisServer(tmp_path) as server:
        finding = await check_store(choose_quota(Sharing(quota=server.url)), origin)
    assert finding.mark == "warning"
    assert finding.advice is not None
    assert finding.advice.startswith("shut for ")
    assert finding.advice.endswith("; if nobody has been sending, `explo-async quota --reset` opens it")
    chosen = choose_quota(Sharing(quota=str(tmp_path / "quota.sqlite"), rate_limit="2/60"))
    assert chosen.quota is not None
    store = open_store(chosen.quota, origin)
    usual = {"holder": "a", "requests": 2, "per": 60.0, "hold": 35.0}
    await store.exchange(Message(**usual, wants=2))  # type: ignore[arg-type]
    await store.exchange(Message(**usual, settled=[(0, 0.0), (1, 0.0)]))  # type: ignore[arg-type]
    await store.close()
    finding = await check_store(chosen, origin)
    assert finding.text.endswith(" from --quota, 2 of 2 slots in use")
    assert finding.advice in {
        f"the next request waits for {seconds}, and so do the checks below" for seconds in ("60 s", "1:01")
    }
