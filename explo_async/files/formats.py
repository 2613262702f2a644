"""The formats of a file of customers: by which endings they go, and what writes and reads them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, Protocol

from attrs import frozen

from explo_async.errors import ConfigurationError
from explo_async.extras import install_hint
from explo_async.files.jsonl_file import read_log

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from pathlib import Path

    import msgspec

    from explo_async.files.origin import Origin
    from explo_async.record import Record


FormatName = Literal["jsonl", "jsonl.gz", "jsonl.zst", "csv", "parquet", "sqlite", "duckdb"]
"""The names of `FORMATS`, which a command offers as choices."""
CHUNK = 1000
"""Customers read at a time: one or two MB."""


class UnknownEnding(ConfigurationError):
    """The name of a file ends as that of no format does."""


class FormatModule(Protocol):
    """What the module of a format has.

    And how it takes the log of an export: by `write_log`, as it is, or by `LOGGED`, which reads a line for `write`.
    """

    def write(
        self, chunks: Iterable[list[Record]], path: Path, *, with_tokens: bool, origin: Origin | None = None
    ) -> Generator[int, None, None]:
        """Write a new file at `path`, whole once the iterator ends; each step tells how many customers are written.

        Whoever does not go through to the end closes the iterator, and what is at `path` then is of no use.
        `origin` is kept in the file where the format has a place for it.
        Raises OSError when the file cannot be written, `ExportError` for customers that the format cannot hold.
        """

    def read(self, path: Path) -> Generator[list[Record], None, None]:
        """Give the customers of a file, in its order, a thousand or so at a time.

        Raises `ExportError` for a file that is not what its format calls for, saying where, OSError for one that
        cannot be opened.
        """


@frozen
class Format:
    """One format: its module in this package is loaded when it is used, as it may need an extra."""

    name: FormatName
    module: str
    extra: str | None = None
    """What `pip install 'explo-async[...]'` has to bring for it."""

    @property
    def ending(self) -> str:
        """How the names of its files end."""
        return f".{self.name}"

    def read_origin(self, path: Path) -> Origin | None:
        """Return how a file was made; None where it does not say, or its format has no place for that.

        Raises what `load` raises, and at most what reading the file raises.
        """
        read: Callable[[Path], Origin | None] | None = getattr(self.load(), "read_origin", None)
        return read(path) if read else None

    def write_log(
        self, log: Path, path: Path, *, with_tokens: bool, origin: Origin | None = None
    ) -> Generator[int, None, None]:
        """Write a new file at `path` of the lines that `encode_lines` has written, as `FormatModule.write` says."""
        module = self.load()
        take: Callable[..., Generator[int, None, None]] | None = getattr(module, "write_log", None)
        if take:
            return take(log, path, with_tokens=with_tokens, origin=origin)
        decoder: msgspec.json.Decoder[Any] = module.LOGGED  # type: ignore[attr-defined]
        return module.write(read_log(log, decoder), path, with_tokens=with_tokens, origin=origin)

    def load(self) -> FormatModule:
        """Return what writes and reads it; raises `ConfigurationError` when its extra is not installed."""
        try:
            module: FormatModule = import_module(f"explo_async.files.{self.module}")
        except ModuleNotFoundError as error:
            if self.extra is None or (error.name or "").startswith("explo_async"):
                raise
            what = f"{self.ending} files need a package that is not installed ({error.name})"
        else:
            return module
        raise ConfigurationError(what, advice=install_hint(self.extra))


JSON_LINES = Format("jsonl", "jsonl_file")
FORMATS = (
    JSON_LINES,
    Format("jsonl.gz", "gzip_file"),
    Format("jsonl.zst", "zstd_file", "zstd"),
    Format("csv", "csv_file"),
    Format("parquet", "parquet_file", "arrow"),
    Format("sqlite", "sqlite_file"),
    Format("duckdb", "duckdb_file", "duckdb"),
)


def find_format(path: Path, name: str | None = None) -> Format:
    """Return the format of that name, or else the one that a file's ending stands for.

    Raises `UnknownEnding` where it stands for none, `ConfigurationError` for a name that no format has.
    """
    for form in FORMATS:
        if form.name == name or (name is None and path.name.lower().endswith(form.ending)):
            return form
    if name is not None:
        what = f"there is no format {name!r}"
        raise ConfigurationError(what, advice=f"there are {', '.join(form.name for form in FORMATS)}")
    what = f"{path.name or str(path)!r} has none of the endings {', '.join(form.ending for form in FORMATS)}"
    raise UnknownEnding(what, advice="name the file so, or give the format by `name`")
