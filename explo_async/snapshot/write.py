"""`write_snapshot`: the list into a folder of Parquet files, with a certificate that is written last."""

from __future__ import annotations

import contextlib
import secrets
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, get_args

from explo_async.checks import check_choice, check_count
from explo_async.endpoint import MAX_PAGE_SIZE
from explo_async.engine.listing import Provable
from explo_async.errors import ConfigurationError, SnapshotError
from explo_async.files.arrow_rows import arrow_rows, batches_of
from explo_async.files.columns import column_names
from explo_async.snapshot.certificate import AccountDigest, SnapshotCertificate, encode_certificate
from explo_async.snapshot.layout import CERTIFICATE, name_run
from explo_async.snapshot.parts import Parts
from explo_async.snapshot.places import open_folder
from explo_async.snapshot.read import Snapshot, find_newest
from explo_async.threads import MOST_GATHERED, Gathering, beside
from explo_async.wire.call import Filters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from explo_async.client import ExploClient
    from explo_async.progress import Progress
    from explo_async.snapshot.places import Address, Folder
    from explo_async.stream import CustomerStream

ROWS_PER_FILE = 250_000
"""Some 10 MB of usual customers."""


async def write_snapshot(
    client: ExploClient,
    root: Address,
    *,
    with_tokens: bool = False,
    parent_provided_id: str | None = None,
    hierarchy_level_name: str | None = None,
    page_size: int = MAX_PAGE_SIZE,
    consistency: Provable = "checked",
    expected_total: int | None = None,
    timeout: float | None = None,
    rows_per_file: int = ROWS_PER_FILE,
    storage_options: Mapping[str, Any] | None = None,
    on_progress: Callable[[Progress], object] | None = None,
) -> Snapshot:
    """Write the whole list, in listing order, into a new folder `run=…` below `root`, and return it as a snapshot.

    `root` is a folder, or any address that fsspec knows, with `storage_options` for its file system. Files have
    `rows_per_file` rows, the last apart; each is made in memory, where that many rows take as much as the file will.
    The customers' own tokens, which are credentials, are a column only `with_tokens`. Until the certificate is written,
    after everything else, the run is none for a reader; where it comes to no end its folder is removed, or left for
    `prune_snapshots` where even that fails. The other options are those of `client.customers.stream`.

    Raises what such a stream raises, `SnapshotError` for what the store refuses, and `ConfigurationError` for other
    filters than those of the newest snapshot there: whoever opens the newest would take the one list for the other.
    """
    stream = client.customers.stream(
        parent_provided_id=parent_provided_id,
        hierarchy_level_name=hierarchy_level_name,
        page_size=page_size,
        consistency=consistency,
        expected_total=expected_total,
        timeout=timeout,
        on_progress=on_progress,
    )
    return await write_stream(
        stream,
        open_folder(root, storage_options),
        client=client,
        filters=Filters(parent_provided_id=parent_provided_id, hierarchy_level_name=hierarchy_level_name),
        consistency=consistency,
        with_tokens=with_tokens,
        rows_per_file=rows_per_file,
    )


async def write_stream(
    stream: CustomerStream,
    root: Folder,
    *,
    client: ExploClient,
    filters: Filters,
    consistency: Provable,
    with_tokens: bool,
    rows_per_file: int,
) -> Snapshot:
    """Write what a stream gives that has not been begun; the client, the filters and the proof are those it is of."""
    check_choice("consistency", consistency, get_args(Provable))
    check_count("rows_per_file", rows_per_file)
    begun = datetime.now(UTC)
    salt = secrets.token_bytes(16)
    account = AccountDigest(salt=salt.hex(), digest=client.account_digest(salt).hex())
    others = await beside(root.sizes)
    await beside(_check_filters, root, others, filters)
    run = root.inner(name_run(begun, secrets.randbelow(2**16), others))
    await beside(partial(run.make, secret=with_tokens))
    try:
        files = Parts(run, rows_per_file=rows_per_file, with_tokens=with_tokens)
        async with stream, Gathering(files.write, most=MOST_GATHERED) as parts:
            async for page in stream.rows(arrow_rows(with_tokens=with_tokens)):
                for batch in batches_of(page.rows):
                    await parts.add(batch, batch.nbytes)
        written = await beside(files.finish)
        assert stream.report is not None  # noqa: S101 -- for the type checker: it has ended
        certificate = SnapshotCertificate(
            run=run.name,
            begun=begun,
            ended=datetime.now(UTC),
            report=stream.report,
            parent_provided_id=filters.parent_provided_id,
            hierarchy_level_name=filters.hierarchy_level_name,
            consistency=consistency,
            with_tokens=with_tokens,
            customers=sum(file.rows for file in written),
            account=account,
            columns=column_names(with_tokens=with_tokens),
            files=written,
        )
        await beside(run.put, CERTIFICATE, encode_certificate(certificate))
    except BaseException as error:
        await beside(_remove, run, error)
        raise
    return Snapshot(run, certificate)


def _check_filters(root: Folder, names: Iterable[str], filters: Filters) -> None:
    """Refuse a list with other filters than the newest one there: whoever opens the newest takes it for the same."""
    newest = None
    # A damaged certificate is of no matter to a new run, and a store that cannot be used says so at the first file.
    with contextlib.suppress(SnapshotError):
        newest = find_newest(root, names)
    if newest is None or newest.certificate.asked == filters:
        return
    made = f"the newest snapshot in {root.address!r} was made {newest.certificate.asked}"
    what = f"{made}, and this one is asked for {filters}"
    raise ConfigurationError(what, advice="give the same filters, or keep this list in another place")


def _remove(run: Folder, failure: BaseException) -> None:
    try:
        run.remove([CERTIFICATE])
    except SnapshotError as error:
        failure.add_note(f"what was written is left in {run.address!r} and is no snapshot ({error.what})")
