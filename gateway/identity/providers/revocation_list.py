"""Revocation lists (RFC 5280, section 5): fetched, verified, kept until they end, and asked about a certificate."""

import asyncio
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import urlsplit

import structlog
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512

from gateway.errors import BackendDown, BackendGarbled, ProviderDown, ProviderError, SignInRejected
from gateway.identity.providers.door import ProviderDoor, lied, provider_errors
from gateway.identity.providers.plate import ProviderPlate
from gateway.sdk.gate import Response

log = structlog.get_logger()

LARGEST: Final = 16_777_216
TOLERANCE: Final = timedelta(minutes=2)
"""How far the authority's clock may be ahead of ours."""
_PATH: Final = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,99}){1,8}")


@dataclass(frozen=True, slots=True)
class RevocationList:
    """A list whose signature was verified.

    ``about`` says whether it is of cards (``False``), of authorities (``True``) or of both; ``addresses``, where
    there are any, that it is only of the certificates which name one of them: authorities cut long lists in parts.
    """

    began: datetime
    ends: datetime
    serials: frozenset[int]
    about: frozenset[bool]
    addresses: frozenset[str]

    def covers(self, certificate: x509.Certificate, named: Sequence[str]) -> bool:
        """Whether the list speaks of the certificate, which names these addresses, at all."""
        if self.addresses and self.addresses.isdisjoint(named):
            return False
        return _is_authority(certificate) in self.about


class Source(Protocol):
    """Where an authority's lists are read; raises ``ProviderError``."""

    async def read(self, path: str, issuer: x509.Certificate) -> RevocationList: ...

    async def close(self) -> None: ...


class DoorSource:
    """Lists behind the address that the settings name; of a certificate's own address only the path counts."""

    def __init__(self, plate: ProviderPlate, base: str) -> None:
        self._plate = plate
        self._door = ProviderDoor(plate, base, largest=LARGEST)

    async def read(self, path: str, issuer: x509.Certificate) -> RevocationList:
        body = await self._door.send("GET", path, _body, headers={"accept": "application/pkix-crl"}, safe=True)
        async with provider_errors(self._plate):
            # A list of a million entries takes seconds to read, during which others are served.
            return await asyncio.to_thread(read_list, body, issuer)

    async def close(self) -> None:
        await self._door.close()


class FolderSource:
    """Lists that somebody else brings into a folder, under the last part of the path."""

    def __init__(self, plate: ProviderPlate, folder: Path) -> None:
        self._plate = plate
        self._folder = folder

    async def read(self, path: str, issuer: x509.Certificate) -> RevocationList:
        async with provider_errors(self._plate):
            try:
                body = await asyncio.to_thread((self._folder / path.rsplit("/", 1)[1]).read_bytes)
            except OSError as problem:
                raise BackendDown(reason="list_missing") from problem
            return await asyncio.to_thread(read_list, body, issuer)

    async def close(self) -> None:
        """Nothing is open."""


class RevocationLists:
    """The lists of one state's authorities.

    A list is asked for again after ``fresh``, so that a card that was lost is refused soon; while its address
    cannot be reached, the one that is held goes on until its end, and not a moment longer.
    """

    def __init__(self, plate: ProviderPlate, source: Source, fresh: timedelta, clock: Callable[[], datetime]) -> None:
        self._plate = plate
        self._source = source
        self._fresh = fresh
        self._clock = clock
        self._held: dict[tuple[bytes, str], tuple[RevocationList, datetime]] = {}
        self._locks: dict[tuple[bytes, str], asyncio.Lock] = defaultdict(asyncio.Lock)

    async def check(self, certificate: x509.Certificate, issuer: x509.Certificate) -> None:
        """Raises ``SignInRejected`` for a revoked certificate, ``ProviderError`` where nobody can say."""
        named = _addresses(certificate)
        path = next((path for path in (urlsplit(each).path for each in named) if _PATH.fullmatch(path)), None)
        if path is None:
            # Whoever issued it without a list cannot take it back.
            raise lied(self._plate, "list_not_named")
        held = await self._current(path, issuer)
        if not held.covers(certificate, named):
            raise lied(self._plate, "list_scope")
        if certificate.serial_number in held.serials:
            log.warning("signin.certificate_revoked", provider=self._plate.id)
            raise SignInRejected("signin_certificate_revoked")

    async def close(self) -> None:
        """Ends every connection."""
        await self._source.close()

    async def _current(self, path: str, issuer: x509.Certificate) -> RevocationList:
        # By its issuer's key, so that a list of one authority never speaks for another at the same path.
        name = (issuer.fingerprint(SHA256()), path)
        async with self._locks[name]:
            held, fetched = self._held.get(name, (None, None))
            now = self._clock()
            if held is None or fetched is None or now >= fetched + self._fresh or now > held.ends:
                held = await self._renewed(path, issuer, held)
                self._held[name] = (held, now)
        if now > held.ends:
            log.error("provider.list_stale", provider=self._plate.id, path=path, ended=held.ends.isoformat())
            raise ProviderDown("provider_list_stale", provider=self._plate.id)
        return held

    async def _renewed(self, path: str, issuer: x509.Certificate, held: RevocationList | None) -> RevocationList:
        try:
            found = await self._source.read(path, issuer)
        except ProviderError as problem:
            if held is None or self._clock() > held.ends:
                raise
            log.warning("provider.list_unreachable", provider=self._plate.id, path=path, code=problem.code)
            return held
        if found.began > self._clock() + TOLERANCE:
            # Kept, it would keep out every honest list until then.
            raise lied(self._plate, "list_from_the_future")
        if held is not None and found.began < held.began:
            log.error("provider.list_rolled_back", provider=self._plate.id, path=path)
            return held
        return found


def read_list(body: bytes, issuer: x509.Certificate) -> RevocationList:
    """The list in DER or PEM, signed by ``issuer``; raises ``BackendGarbled`` with a keyword for what is wrong."""
    try:
        pem = body.lstrip().startswith(b"-----BEGIN")
        found = x509.load_pem_x509_crl(body) if pem else x509.load_der_x509_crl(body)
        _check_signature(found, issuer)
        if found.next_update_utc is None:
            raise BackendGarbled(reason="list_without_end")
        serials = frozenset(entry.serial_number for entry in found)
        return RevocationList(found.last_update_utc, found.next_update_utc, serials, *_scope(found))
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension) as problem:
        raise BackendGarbled(reason="list_unreadable") from problem


def _body(response: Response) -> bytes:
    if response.status != HTTPStatus.OK:
        raise BackendDown(reason=f"status_{response.status}")
    return response.body


def _check_signature(found: x509.CertificateRevocationList, issuer: x509.Certificate) -> None:
    usage = issuer.extensions.get_extension_for_class(x509.KeyUsage).value
    if found.issuer != issuer.subject or not usage.crl_sign:
        raise BackendGarbled(reason="list_issuer")
    weak = not isinstance(found.signature_hash_algorithm, SHA256 | SHA384 | SHA512)
    # An authority's key is RSA or on a curve; is_signature_valid takes any and raises TypeError for another.
    if weak or not found.is_signature_valid(issuer.public_key()):  # type: ignore[arg-type]
        raise BackendGarbled(reason="list_signature")


def _scope(found: x509.CertificateRevocationList) -> tuple[frozenset[bool], frozenset[str]]:
    """Of what the list speaks. A critical extension that is not understood, or a difference, is not believed."""
    about, addresses = {True, False}, frozenset[str]()
    for extension in found.extensions:
        value = extension.value
        if isinstance(value, x509.IssuingDistributionPoint):
            if value.indirect_crl or value.only_some_reasons or value.only_contains_attribute_certs:
                raise BackendGarbled(reason="list_scope")
            about -= {True} if value.only_contains_user_certs else set()
            about -= {False} if value.only_contains_ca_certs else set()
            if value.relative_name is not None:
                raise BackendGarbled(reason="list_scope")
            addresses = frozenset(_uris(value.full_name))
        elif isinstance(value, x509.DeltaCRLIndicator) or extension.critical:
            raise BackendGarbled(reason="list_scope")
    return frozenset(about), addresses


def _addresses(certificate: x509.Certificate) -> Sequence[str]:
    """Where the certificate says that its list is."""
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except (x509.ExtensionNotFound, ValueError):
        return ()
    return [uri for point in points for uri in _uris(point.full_name)]


def _uris(names: Sequence[x509.GeneralName] | None) -> Sequence[str]:
    return [name.value for name in names or () if isinstance(name, x509.UniformResourceIdentifier)]


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return bool(certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
    except x509.ExtensionNotFound:
        return False
