"""`python -m tests.promises.site`: runs the site, and obeys the orders on standard input until that ends.

All that it has started ends with it, and with the process that holds the other end of its input.
"""

from __future__ import annotations

import os
import random
import select
import signal
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django
import msgspec

from tests.promises.site.history import History
from tests.promises.site.messages import Ask, Changes, Done, Hello, Order, Restore, Stop
from tests.promises.site.processes import gunicorn, postgres, uvicorn
from tests.promises.site.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.promises.site.history import Change


class Orders:
    """The lines of standard input as orders, which one can wait for with a limit."""

    def __init__(self) -> None:
        self._read = b""
        self._decoder: msgspec.json.Decoder[Order] = msgspec.json.Decoder(Order)

    def next(self, seconds: float | None = None) -> Order | None:
        """Wait for the next order, or None when the time is over; EOFError at the end of the input."""
        until = None if seconds is None else time.monotonic() + seconds
        while b"\n" not in self._read:
            left = None if until is None else max(0.0, until - time.monotonic())
            if not select.select([0], [], [], left)[0]:
                return None
            more = os.read(0, 2**16)
            if not more:
                raise EOFError
            self._read += more
        line, _, self._read = self._read.partition(b"\n")
        return self._decoder.decode(line)


def main() -> None:
    """Start everything, say where, and obey."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with ExitStack() as everything:
        folder = Path(everything.enter_context(tempfile.TemporaryDirectory(prefix="site-")))
        folder.chmod(0o755)  # PostgreSQL's user has to come through
        os.environ |= {"SITE_DATABASE": str(folder / "db"), "DJANGO_SETTINGS_MODULE": "tests.promises.site.settings"}
        connection = everything.enter_context(postgres(folder / "db"))
        _make_table()
        environment = os.environ | {"SITE_CONNECTION_SECONDS": "600"}
        addresses = {
            "gunicorn": everything.enter_context(gunicorn(environment)),
            "uvicorn": everything.enter_context(uvicorn(environment)),
        }
        _say(Hello(addresses, os.environ["SITE_TOKEN"], str(folder / "db" / ".s.PGSQL.5432")))
        orders = Orders()
        with suppress(EOFError):
            _obey(orders, Table(connection))


def _make_table() -> None:
    django.setup()
    from django.db import connection  # noqa: PLC0415 - settings come first

    from tests.promises.site.models import Customer  # noqa: PLC0415

    with connection.schema_editor() as editor:
        editor.create_model(Customer)
    connection.close()


def _obey(orders: Orders, table: Table) -> None:
    while True:
        match orders.next():
            case Restore(rows):
                table.restore(rows)
                _say(Done())
            case Ask():
                _say(History(table.ids(), []))
            case Changes() as wanted:
                before = table.ids()
                _say(Done())
                _say(History(before, list(_changes(orders, table, wanted))))
            case unexpected:
                raise ValueError(unexpected)


def _changes(orders: Orders, table: Table, wanted: Changes) -> Iterator[Change]:
    """Change until `Stop`; what is late because the machine is busy is made up for."""
    draw = random.Random(wanted.seed)
    due: float | None = time.monotonic() + (wanted.delay if wanted.rate is None else draw.expovariate(wanted.rate))
    while True:
        order = orders.next(None if due is None else max(0.0, due - time.monotonic()))
        if isinstance(order, Stop):
            return
        if order is not None:
            raise ValueError(order)
        yield table.change(draw.choice(wanted.kinds), draw)
        due = None if wanted.rate is None or due is None else due + draw.expovariate(wanted.rate)


def _say(answer: Any) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
