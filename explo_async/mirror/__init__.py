"""The list as a table of a database, kept in step with it by one transaction a run (extra `mirror`)."""

from __future__ import annotations

from explo_async.extras import install_hint

try:
    # First of all, to name what is missing; asyncpg is looked for where PostgreSQL is used.
    import sqlalchemy  # noqa: F401
except ModuleNotFoundError as _error:
    _msg = f"explo_async.mirror needs {_error.name}: {install_hint('mirror')}"
    raise ModuleNotFoundError(_msg, name=_error.name) from None

from explo_async.mirror.outcome import MirrorRun
from explo_async.mirror.run import mirror

__all__ = ["MirrorRun", "mirror"]
