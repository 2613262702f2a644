"""`Snapshot` and `open_snapshot`: a list that was written with its certificate, checked before it is used."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from attrs import field, frozen
from pyarrow import parquet

from explo_async.errors import SnapshotError
from explo_async.files.arrow_columns import schema
from explo_async.files.parquet_file import read_opened
from explo_async.snapshot.certificate import CertificateError, SnapshotCertificate, decode_certificate, digest
from explo_async.snapshot.layout import CERTIFICATE, is_harmless, moment_of
from explo_async.snapshot.places import Folder, open_folder

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping

    from pyarrow import dataset

    from explo_async.client import ExploClient
    from explo_async.record import Record
    from explo_async.snapshot.certificate import SnapshotFile
    from explo_async.snapshot.places import Address

ANEW = "write the snapshot anew, and remove this run"


@frozen(repr=False)
class Snapshot:
    """A list in a folder of Parquet files, with the certificate of its run.

    Whatever reads it here checks the files first, and raises `SnapshotError` with the address of one that is missing,
    changed or foreign. Its methods wait for the store: in an event loop, call them by `asyncio.to_thread`.
    """

    _folder: Folder = field(alias="folder")
    certificate: SnapshotCertificate
    """What was proved of the list, how it was asked for, and which files hold it."""

    def __repr__(self) -> str:
        return f"<Snapshot of {self.certificate.customers} in {self.address!r}, {self.certificate.report.verdict}>"

    @property
    def address(self) -> str:
        """Where the folder of the run is: a path, or an address with its protocol."""
        return self._folder.address

    @property
    def files(self) -> tuple[str, ...]:
        """The addresses of its Parquet files, in listing order, as engines take them; they are not checked by that."""
        return tuple([self._folder.address_of(file.name) for file in self.certificate.files])

    def verify(self) -> None:
        """Read everything once, and compare it with the certificate.

        Raises `SnapshotError` for a file that is missing, changed, of another run, or not in the certificate.
        """
        self.check_folder()
        for file in self.certificate.files:
            self.read_file(file)

    def dataset(self) -> dataset.Dataset:
        """Return the files as a dataset of pyarrow, once `verify` has found nothing."""
        # Imported here, where it is wanted: it brings pandas along, if that is installed.
        from pyarrow import dataset, fs  # noqa: PLC0415

        self.verify()
        paths = [f"{self._folder.path}/{file.name}" for file in self.certificate.files]
        system = fs.PyFileSystem(fs.FSSpecHandler(self._folder.system))
        return dataset.dataset(paths, schema=self.schema(), format="parquet", filesystem=system)

    def table(self) -> pa.Table:
        """Return the list as a table in memory, in listing order, each file checked as it is read."""
        self.check_folder()
        parts = []
        for file in self.certificate.files:
            with parquet.ParquetFile(BytesIO(self.read_file(file))) as opened:
                parts.append(opened.read())
        return pa.concat_tables(parts)

    def records(self) -> Generator[list[Record], None, None]:
        """Give the customers in listing order, a thousand or so at a time, each file checked before its first."""
        self.check_folder()
        for file in self.certificate.files:
            yield from read_opened(BytesIO(self.read_file(file)), self._folder.address_of(file.name))

    def schema(self) -> pa.Schema:
        """Return the columns, as `explo_async.arrow.schema` has them."""
        return schema(with_tokens=self.certificate.with_tokens)

    def is_of(self, client: ExploClient) -> bool:
        """Tell whether it was written with the client's token and address; False also once the token was replaced."""
        account = self.certificate.account
        return client.account_digest(bytes.fromhex(account.salt)).hex() == account.digest

    def check_folder(self) -> None:
        """Look into the folder once: each file of the certificate is there in its size, and no other one is.

        Raises `SnapshotError`.
        """
        sizes = self._folder.sizes()
        for file in self.certificate.files:
            if sizes.get(file.name) != file.bytes:
                size = sizes.get(file.name)
                wrong = "is missing" if size is None else f"has {size:,} bytes, and its certificate says {file.bytes:,}"
                raise self._wrong(file.name, wrong)
        known = {CERTIFICATE, *(file.name for file in self.certificate.files)}
        for name in sorted(sizes.keys() - known):
            if not is_harmless(name):
                raise self._wrong(name, "is not in the certificate", "move it away: engines would read it as a part")

    def read_file(self, file: SnapshotFile) -> bytes:
        """Return the content of a file once it is the one of the certificate. Raises `SnapshotError`."""
        try:
            content = self._folder.read(file.name)
        except FileNotFoundError:
            raise self._wrong(file.name, "is missing") from None
        if digest(content) != file.sha256:
            raise self._wrong(file.name, "was changed after it had been written, or is of another run")
        return content

    def _wrong(self, name: str, what: str, advice: str = ANEW) -> SnapshotError:
        return wrong_file(self._folder, name, what, advice)


def wrong_file(folder: Folder, name: str, what: str, advice: str = ANEW) -> SnapshotError:
    """Return the error for a file of a run."""
    file = folder.address_of(name)
    return SnapshotError(f"{file!r} {what}", file=file, advice=advice)


def open_snapshot(root: Address, *, storage_options: Mapping[str, Any] | None = None) -> Snapshot:
    """Return the newest whole snapshot below `root`, or the one whose own folder is given; its files are not read yet.

    The newest is the one that was begun last. Raises `SnapshotError` where there is none, and for a certificate that
    is damaged or of another run: an older snapshot is not taken in its place. Waits for the store.
    """
    folder = open_folder(root, storage_options)
    if moment_of(folder.name) is not None:
        if (snapshot := read_run(folder)) is not None:
            return snapshot
        raise wrong_file(folder, CERTIFICATE, "is missing: the run is not whole, and no snapshot")
    names = folder.sizes()
    if (snapshot := find_newest(folder, names)) is not None:
        return snapshot
    what = f"there is no snapshot in {folder.address!r}"
    if runs := sum(moment_of(name) is not None for name in names):
        what += f": {'the one run there is not whole' if runs == 1 else f'none of the {runs:,} runs there is whole'}"
    raise SnapshotError(what, file=folder.address, advice="write one, or name the folder that holds the runs")


def find_newest(root: Folder, names: Iterable[str]) -> Snapshot | None:
    """Return the newest whole snapshot of the runs among these names of a folder; None for none.

    Raises `SnapshotError` for a certificate that is damaged or of another run.
    """
    for name in sorted((name for name in names if moment_of(name)), reverse=True):
        if (snapshot := read_run(root.inner(name))) is not None:
            return snapshot
    return None


def read_run(folder: Folder) -> Snapshot | None:
    """Return the snapshot in the folder of a run; None where there is no certificate. Raises `SnapshotError`."""
    try:
        certificate = decode_certificate(folder.read(CERTIFICATE))
    except FileNotFoundError:
        return None
    except CertificateError as error:
        raise wrong_file(folder, CERTIFICATE, str(error)) from None
    if certificate.run != folder.name:
        raise wrong_file(folder, CERTIFICATE, f"is the certificate of another run, {certificate.run}")
    return Snapshot(folder, certificate)
