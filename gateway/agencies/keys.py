"""The keys of an agency: what its adapter hosts sign with, and who issued their certificates; only public halves."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, Literal, Self

import orjson
import structlog
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from pydantic import Field, model_validator
from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.agencies.acting import Actor, AgencyGrant
from gateway.agencies.moments import Moment, moment, perhaps
from gateway.errors import Conflict, InvalidInput, NotFound
from gateway.identity.providers.oidc.jwk import UnfitJwkError, read_jwk
from gateway.registry.store import RegistryStore
from gateway.schema.base import Frozen
from gateway.storage.engine import Storage
from gateway.storage.registry_tables import registry_adapters, registry_keys, registry_versions

log = structlog.get_logger()

KeyKind = Literal["signing", "authority"]
NAME: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")
"""A thumbprint (RFC 7638) is one, whatever it begins with."""

MOST_KEYS: Final = 40
MOST_CERTIFICATES: Final = 5
LONGEST_PEM: Final = 32_768
RSA_BITS: Final = 2048
_SIGNING: Final = frozenset({"ES256", "EdDSA", "Ed25519"})
_CURVES: Final = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
_WEAK: Final = frozenset({"md5", "sha1"})


class NewKey(Frozen):
    """A public key: `jwk` of kind `signing`, or the certificates of an authority in `pem`."""

    kind: KeyKind
    jwk: dict[str, Any] | None = None
    pem: str | None = Field(None, max_length=LONGEST_PEM)

    @model_validator(mode="after")
    def _of_one_kind(self) -> Self:
        if (self.kind == "signing") != (self.jwk is not None) or (self.kind == "authority") != (self.pem is not None):
            raise ValueError("a signing key is a jwk, an authority a pem")
        return self


class KeyView(Frozen):
    """A key that was uploaded."""

    name: str
    kind: KeyKind
    jwk: dict[str, Any] | None
    pem: str | None
    created_at: Moment
    revoked_at: Moment | None


class KeyList(Frozen):
    """The keys of an agency, in the order of their names."""

    keys: tuple[KeyView, ...]


class Keys:
    """``clock`` gives seconds since 1970. A name stands for one key for ever: another key has another name."""

    def __init__(self, storage: Storage, store: RegistryStore, clock: Callable[[], float]) -> None:
        self._storage = storage
        self._store = store
        self._clock = clock

    async def list(self, actor: Actor) -> KeyList:
        """All of the actor's agency, those too that were revoked."""
        async with self._storage.glancing() as connection:
            return await _all(connection, actor.agency)

    async def add(self, grant: AgencyGrant, name: str, new: NewKey) -> KeyList:
        """Raises ``InvalidInput`` naming the field, and ``Conflict`` for a name that another key has, or had."""
        if not NAME.fullmatch(name):
            raise InvalidInput("field_format", field="/key")
        document = self._judged(name, new)
        agency, table = grant.actor.agency, registry_keys
        row = {"name": name, "kind": new.kind, "document": document, "created_at": int(self._clock())}
        try:
            async with self._storage.writing() as connection:
                own = table.c.agency_id == agency
                kept = (await connection.execute(select(table).where(own, table.c.name == name))).one_or_none()
                if kept is None:
                    counted = select(func.count()).select_from(table).where(own, table.c.revoked_at.is_(None))
                    if int((await connection.execute(counted)).scalar_one()) >= MOST_KEYS:
                        raise Conflict("keys_too_many")
                    await connection.execute(insert(table).values(agency_id=agency, **row))
                elif kept.revoked_at is not None or (kept.kind, kept.document) != (new.kind, document):
                    raise Conflict("key_taken")
                return await _all(connection, agency)
        except IntegrityError as problem:
            raise Conflict("key_taken") from problem

    async def revoke(self, grant: AgencyGrant, name: str) -> KeyList:
        """Nothing is verified by it any more; adapters that name it are built anew. Raises ``NotFound``."""
        if not NAME.fullmatch(name):
            raise NotFound
        actor, table = grant.actor, registry_keys
        async with self._storage.writing() as connection:
            own = table.c.agency_id == actor.agency, table.c.name == name
            if (await connection.execute(select(table.c.name).where(*own))).one_or_none() is None:
                raise NotFound
            gone = update(table).where(*own, table.c.revoked_at.is_(None)).values(revoked_at=int(self._clock()))
            if (await connection.execute(gone)).rowcount:
                for adapter in await _built_with(connection, actor.agency, name):
                    await self._store.touch(connection, adapter, "key-revoked", actor.id, {"key": name})
            left = await _all(connection, actor.agency)
        log.info("agency.key_revoked", agency=actor.agency, key=name)
        return left

    def _judged(self, name: str, new: NewKey) -> bytes:
        if new.jwk is not None:
            return _signing(name, new.jwk)
        return _authority(new.pem or "", datetime.fromtimestamp(self._clock(), UTC))


def _signing(name: str, jwk: dict[str, Any]) -> bytes:
    """The JWK as it is kept: Ed25519 or P-256, without its private half, its name its ``kid``."""
    try:
        key = read_jwk(jwk)
    except UnfitJwkError as problem:
        raise InvalidInput("key_unfit", field="/jwk") from problem
    if not key.algorithms <= _SIGNING:
        raise InvalidInput("key_unfit", field="/jwk/kty")
    if key.kid != name:
        raise InvalidInput("key_name_differs", field="/jwk/kid")
    said = {member: jwk[member] for member in ("kty", "crv", "x", "y", "kid", "alg", "use") if member in jwk}
    return orjson.dumps(said, option=orjson.OPT_SORT_KEYS)


def _authority(pem: str, now: datetime) -> bytes:
    """The certificates as they are kept, written anew: what stood around them is no part of them."""
    try:
        if "PRIVATE KEY" in pem:
            raise ValueError("a private key")
        found = x509.load_pem_x509_certificates(pem.encode("ascii"))
        if not 1 <= len(found) <= MOST_CERTIFICATES or not all(_is_authority(each, now) for each in found):
            raise ValueError("no authority")
    except (ValueError, x509.UnsupportedGeneralNameType, x509.DuplicateExtension) as problem:
        raise InvalidInput("authority_unfit", field="/pem") from problem
    return b"".join(each.public_bytes(serialization.Encoding.PEM) for each in found)


def _is_authority(certificate: x509.Certificate, now: datetime) -> bool:
    """Whether it may issue others, is valid now, and neither its key nor its signature is weak."""
    if not certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc:
        return False
    hashed = certificate.signature_hash_algorithm
    if hashed is not None and hashed.name in _WEAK:
        return False
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return False
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        usage = None
    return constraints.ca and (usage is None or usage.key_cert_sign) and _is_strong(certificate.public_key())


def _is_strong(key: object) -> bool:
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size >= RSA_BITS
    if isinstance(key, ec.EllipticCurvePublicKey):
        return isinstance(key.curve, _CURVES)
    return isinstance(key, ed25519.Ed25519PublicKey)


async def _built_with(connection: AsyncConnection, agency: str, name: str) -> list[str]:
    """The agency's adapters that answer by a version which names the key."""
    adapters, versions = registry_adapters, registry_versions
    answers = versions.c.version.in_((adapters.c.live_version, adapters.c.canary_version, adapters.c.former_version))
    wanted = (
        select(adapters.c.adapter_id, versions.c.plate)
        .join(versions, versions.c.adapter_id == adapters.c.adapter_id)
        .where(adapters.c.agency_id == agency, answers)
        .order_by(adapters.c.adapter_id)
    )
    found = [(row.adapter_id, orjson.loads(row.plate).get("host")) for row in await connection.execute(wanted)]
    return list(
        dict.fromkeys(
            adapter for adapter, host in found if host and (name in host["keys"] or name == host.get("authority"))
        )
    )


async def _all(connection: AsyncConnection, agency: str) -> KeyList:
    table = registry_keys
    wanted = select(table).where(table.c.agency_id == agency).order_by(table.c.name)
    return KeyList(keys=tuple(map(_view, await connection.execute(wanted))))


def _view(row: Row[Any]) -> KeyView:
    return KeyView(
        name=row.name,
        kind=row.kind,
        jwk=orjson.loads(row.document) if row.kind == "signing" else None,
        pem=row.document.decode() if row.kind == "authority" else None,
        created_at=moment(row.created_at),
        revoked_at=perhaps(row.revoked_at),
    )
