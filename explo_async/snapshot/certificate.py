"""The certificate of a snapshot: what the list was proved to be, and which files hold it. Pure.

A JSON object with two keys: `certificate`, and `sha256`, the digest of the certificate's bytes as they stand there, so
that a changed byte is seen in this file as well.
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 -- the decoder resolves these annotations at run time
from hashlib import sha256

import msgspec
from attrs import fields_dict, frozen

from explo_async.engine.listing import Provable  # noqa: TC001
from explo_async.models import FetchReport  # noqa: TC001
from explo_async.wire.call import Filters

VERSION = 1
"""Raised with every change after which an older certificate could not be read."""


@frozen(kw_only=True)
class SnapshotFile:
    """One Parquet file of a snapshot."""

    name: str
    """Within the folder of its run."""
    rows: int
    bytes: int
    """Its size."""
    sha256: str
    """The digest of its content, in hexadecimal."""


@frozen(kw_only=True)
class AccountDigest:
    """Tells the token and the address that a list was read with from others, and gives neither away."""

    salt: str
    digest: str


@frozen(kw_only=True)
class SnapshotCertificate:
    """What a snapshot's list was proved to be, how it was asked for, and which files hold it."""

    version: int = VERSION
    """Of the form of the certificate."""
    run: str
    """The name of the folder that it was written for."""
    begun: datetime
    """When the writing began, by this machine's clock, in UTC."""
    ended: datetime
    """When all files had been written, by the same clock."""
    report: FetchReport
    """What was proved of the list."""
    parent_provided_id: str | None
    """The filter for a parent that was asked with."""
    hierarchy_level_name: str | None
    """The filter for a level that was asked with."""
    consistency: Provable
    """What was asked to be proved."""
    with_tokens: bool
    """Whether the customers' own tokens are a column."""
    customers: int
    """Rows of all files together."""
    account: AccountDigest
    columns: tuple[str, ...]
    """Of each file, in order."""
    files: tuple[SnapshotFile, ...]
    """In listing order."""

    @property
    def filters(self) -> dict[str, str]:
        """The filters that were given, by the names of the arguments."""
        return self.asked.given

    @property
    def asked(self) -> Filters:
        """The filters, as a listing is asked with them."""
        return Filters(parent_provided_id=self.parent_provided_id, hierarchy_level_name=self.hierarchy_level_name)


class CertificateError(ValueError):
    """It is not one, or not whole: the message says why, to stand behind the file's name."""


class _Sealed(msgspec.Struct, frozen=True):
    certificate: msgspec.Raw
    sha256: str


class _Version(msgspec.Struct, frozen=True):
    version: int


_SEALED = msgspec.json.Decoder(_Sealed)
_VERSION = msgspec.json.Decoder(_Version)
_CERTIFICATE = msgspec.json.Decoder(SnapshotCertificate)


def encode_certificate(certificate: SnapshotCertificate) -> bytes:
    """Write it as JSON that people can read as well, with its digest."""
    # By itself msgspec has no order for the fields of such a class.
    ordered = {name: getattr(certificate, name) for name in fields_dict(SnapshotCertificate)}
    text = msgspec.json.format(msgspec.json.encode(ordered))
    return b'{\n"certificate": %b,\n"sha256": "%b"\n}\n' % (text, digest(text).encode())


def decode_certificate(text: bytes) -> SnapshotCertificate:
    """Read it. Raises `CertificateError` for anything else, and for one with a changed byte."""
    try:
        sealed = _SEALED.decode(text)
    except ValueError:
        msg = "is no certificate, or not whole"
        raise CertificateError(msg) from None
    body = bytes(sealed.certificate)
    if digest(body) != sealed.sha256:
        msg = "was changed after it had been written"
        raise CertificateError(msg)
    try:
        if (version := _VERSION.decode(body).version) != VERSION:
            msg = f"is of version {version}, and this package reads version {VERSION}"
            raise CertificateError(msg)
        certificate = _CERTIFICATE.decode(body)
    except msgspec.ValidationError:
        msg = "is no certificate of a snapshot"
        raise CertificateError(msg) from None
    if certificate.customers != sum(file.rows for file in certificate.files):
        msg = "has another number of customers than its files have rows"
        raise CertificateError(msg)
    return certificate


def digest(content: bytes) -> str:
    """Return the SHA-256 of some bytes, in hexadecimal."""
    return sha256(content).hexdigest()
