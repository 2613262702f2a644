"""What goes to standard output, and what happens when it cannot."""

from __future__ import annotations

import asyncio
import io
import os
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from explo_async.cli.app import run
from explo_async.cli.stdout import Output, abandon, say

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def piped() -> Iterator[io.FileIO]:
    """Put a pipe, with room for 64 KiB, in the place of standard output; give its reading end."""
    reading, writing = os.pipe()
    usual = sys.stdout
    # Not in a fixture: pytest puts its own stream back when the test itself begins.
    with open(reading, "rb", buffering=0) as reader, open(writing, "w") as writer:  # noqa: PTH123 -- descriptors
        sys.stdout = writer
        try:
            yield reader
        finally:
            sys.stdout = usual


async def test_a_reader_that_pauses_does_not_stop_the_loop() -> None:
    """A block larger than the pipe waits for its reader while the event loop goes on."""
    with piped() as reader:
        block = os.urandom(300_000)
        read = bytearray()
        writing = asyncio.ensure_future(Output().write(block))
        await asyncio.sleep(0)
        assert not writing.done()
        while len(read) < len(block):
            read += reader.read(50_000)
        await writing
        assert read == block


async def test_a_gone_reader_is_told() -> None:
    """Writing to a closed pipe raises BrokenPipeError, at once or in the middle of a block."""
    with piped() as reader:
        output = Output()
        writing = asyncio.ensure_future(output.write(bytes(300_000)))
        await asyncio.to_thread(reader.read, 1)
        reader.close()
        with pytest.raises(BrokenPipeError):
            await writing
        with pytest.raises(BrokenPipeError):
            await output.write(b"more")


def test_a_block_that_nobody_waits_for_harms_nothing() -> None:
    """After a cancellation the thread may go on writing, also beyond the end of the loop."""
    with piped() as reader:

        async def leave() -> None:
            writing = asyncio.ensure_future(Output().write(bytes(300_000)))
            await asyncio.sleep(0)
            writing.cancel()

        before = set(threading.enumerate())
        asyncio.run(leave())
        (left,) = set(threading.enumerate()) - before
        assert left.daemon
        rest = 300_000
        while rest:
            rest -= len(reader.read(rest))
        left.join()


async def test_a_block_is_settled_once() -> None:
    """A write that ends after its cancellation, with the loop still there, is no error."""
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    with piped() as reader:
        before = set(threading.enumerate())
        writing = asyncio.ensure_future(Output().write(bytes(300_000)))
        await asyncio.sleep(0)
        (thread,) = set(threading.enumerate()) - before
        writing.cancel()
        reader.close()
        thread.join()
        await asyncio.sleep(0)
        assert writing.cancelled()
    assert not complaints


def test_what_python_has_buffered_comes_first() -> None:
    """Text printed before is written before the first block."""
    with piped() as reader:
        print("before")  # noqa: T201
        asyncio.run(Output().write(b"block\n"))
        say("after\n")
        assert reader.read(100) == b"before\nblock\nafter\n"


def test_help_that_nobody_reads_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    """A closed pipe ends the command with 0 and without a word, and Python has nothing left to write at its end."""
    with piped() as reader:
        reader.close()
        assert run(["--help"]) == 0
        sys.stdout.flush()
        assert capsys.readouterr().err == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_full_disk_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Output that cannot be written ends the command with 1 and one line."""
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert run(["--version"]) == 1
    assert capsys.readouterr().err == "explo-async: error: cannot write the output: No space left on device\n"


def test_a_closed_standard_output_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where there is no standard output at all, nothing is written to whatever has its number now."""
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setenv("EXPLO_TOKEN", "fake")
    assert run(["customers", "list"]) == 1
    assert capsys.readouterr().err == "explo-async: error: standard output is closed\n"


def test_only_what_fails_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream that can be written stays as it is."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    abandon()
    assert sys.stdout is stream
