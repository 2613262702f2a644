"""The certificate's form: what is written is read back, and anything else says what it is not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import attrs
import msgspec
import pytest

from explo_async import FetchReport, FetchStats, InvalidRecord
from explo_async.snapshot.certificate import (
    AccountDigest,
    CertificateError,
    SnapshotCertificate,
    SnapshotFile,
    decode_certificate,
    digest,
    encode_certificate,
)

MOMENT = datetime(2026, 11, 26, 16, 15, 0, 123, UTC)
REPORT = FetchReport(
    verdict="exact",
    total_count=3,
    totals_seen=(4, 3),
    customers=3,
    duplicates=1,
    pages_asked_again=(2,),
    invalid=(InvalidRecord(page=1, row=0, provided_id="a", path="emails", reason="is no list"),),
    basis="exact",
    moment=(MOMENT, MOMENT),
    stats=FetchStats(requests=7, elapsed=1.5),
)
CERTIFICATE = SnapshotCertificate(
    run="run=20261126T161500Z-1f3a",
    begun=MOMENT,
    ended=MOMENT,
    report=REPORT,
    parent_provided_id="ünïcode",
    hierarchy_level_name=None,
    consistency="exact",
    with_tokens=False,
    customers=3,
    account=AccountDigest(salt="00", digest="ff"),
    columns=("provided_id", "name"),
    files=(SnapshotFile(name="part-00000.parquet", rows=3, bytes=10, sha256="ab"),),
)


def sealed(body: dict[str, Any]) -> bytes:
    """Write anything as a certificate is written, with the right digest."""
    text = msgspec.json.encode(body)
    return b'{"certificate": %b, "sha256": "%b"}' % (text, digest(text).encode())


def test_it_comes_back() -> None:
    """All that is in it, the report with its times and counters too."""
    assert decode_certificate(encode_certificate(CERTIFICATE)) == CERTIFICATE


def test_people_can_read_it() -> None:
    """A line for each field; the form's version first."""
    lines = encode_certificate(CERTIFICATE).decode().splitlines()
    assert lines[1:3] == ['"certificate": {', '  "version": 1,']
    assert '  "run": "run=20261126T161500Z-1f3a",' in lines


def test_filters_that_were_given() -> None:
    """By the names of the arguments."""
    assert CERTIFICATE.filters == {"parent_provided_id": "ünïcode"}
    assert attrs.evolve(CERTIFICATE, parent_provided_id=None).filters == {}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "is no certificate, or not whole"),
        (b"[]", "is no certificate, or not whole"),
        (b'{"certificate": {}}', "is no certificate, or not whole"),
        (encode_certificate(CERTIFICATE)[:-3], "is no certificate, or not whole"),
        (encode_certificate(CERTIFICATE).replace(b'"rows": 3', b'"rows": 4'), "was changed after it had been written"),
        (sealed({"version": 2, "whatever": True}), "is of version 2, and this package reads version 1"),
        (sealed({"version": 1}), "is no certificate of a snapshot"),
        (sealed({}), "is no certificate of a snapshot"),
        (
            encode_certificate(attrs.evolve(CERTIFICATE, customers=4)),
            "has another number of customers than its files have rows",
        ),
    ],
)
def test_anything_else(text: bytes, reason: str) -> None:
    """It says what is wrong, to stand behind the name of the file."""
    with pytest.raises(CertificateError) as caught:
        decode_certificate(text)
    assert str(caught.value) == reason


def test_a_report_of_a_later_version_can_be_read() -> None:
    """Fields that are not known yet are passed over: the digest is of the bytes, not of what was understood."""
    body = msgspec.json.decode(msgspec.json.encode(CERTIFICATE))
    body["report"]["further"] = 1
    body["further"] = [2]
    assert decode_certificate(sealed(body)) == CERTIFICATE
