"""Keys that an agency uploads: public halves only, strong, one to a name, and gone for good once revoked."""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from gateway.agencies.acting import AgencyAct
from gateway.agencies.keys import MOST_KEYS, Keys, NewKey
from gateway.errors import Conflict, InvalidInput, NotFound
from gateway.registry.store import RegistryStore
from gateway.storage.engine import Storage
from gateway.storage.registry_tables import registry_adapters
from tests.support import registered
from tests.support.acting import actor, grant
from tests.support.registered import submission

ADD, REVOKE = grant(AgencyAct.ADD_KEY), grant(AgencyAct.REVOKE_KEY)


@pytest.fixture
async def keys(storage_url: str) -> AsyncIterator[Keys]:
    async with Storage.open(storage_url) as storage:
        yield Keys(storage, RegistryStore(time.time), time.time)


def jwk(kind: str = "Ed25519", **changes: Any) -> dict[str, Any]:
    """A public key by the name ``host-1``."""
    made: Any
    if kind == "Ed25519":
        made = jwt.algorithms.OKPAlgorithm.to_jwk(ed25519.Ed25519PrivateKey.generate().public_key(), as_dict=True)
    else:
        curve = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1()}[kind]
        made = jwt.algorithms.ECAlgorithm.to_jwk(ec.generate_private_key(curve).public_key(), as_dict=True)
    return {**made, "kid": "host-1", **changes}


def authority(
    *,
    ca: bool | None = True,
    days: float = 30,
    since: float = -1,
    key: Any = None,
    signs: bool = True,
    hashed: Any = None,
) -> str:
    """The certificate of an authority in PEM."""
    own, now = key or ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Fisheries (invented)")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=since))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=signs,
                crl_sign=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
    )
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca, None), critical=True)
    return builder.sign(own, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


@pytest.mark.parametrize("kind", ["Ed25519", "P-256"])
async def test_a_public_key_is_kept_by_its_name(keys: Keys, kind: str) -> None:
    new = NewKey(kind="signing", jwk={**jwk(kind), "surplus": "x"})

    listed = await keys.add(ADD, "host-1", new)
    again = await keys.add(ADD, "host-1", new)

    (view,) = listed.keys
    assert again == listed
    assert view.jwk is not None
    assert set(view.jwk) <= {"kty", "crv", "x", "y", "kid"}
    assert await keys.list(actor(agency="om-other")) == type(listed)(keys=())


@pytest.mark.parametrize("first", ["-", "_"])
async def test_a_thumbprint_is_a_name_whatever_it_begins_with(keys: Keys, first: str) -> None:
    """Of all keys one in thirty-two has such a thumbprint, and it is the name that its host signs under."""
    name = f"{first}RpVxE-thumbprint"

    listed = await keys.add(ADD, name, NewKey(kind="signing", jwk={**jwk(), "kid": name}))

    assert [key.name for key in listed.keys] == [name]


RSA = jwt.algorithms.RSAAlgorithm.to_jwk(rsa.generate_private_key(65_537, 2048).public_key(), as_dict=True)


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ({**jwk(), "d": "A" * 43}, "key_unfit"),
        ({**jwk("P-256"), "d": "A" * 43}, "key_unfit"),
        (jwk("P-384"), "key_unfit"),
        ({**RSA, "kid": "host-1"}, "key_unfit"),
        ({"kty": "oct", "k": "A" * 43, "kid": "host-1"}, "key_unfit"),
        ({**jwk(), "use": "enc"}, "key_unfit"),
        ({**jwk("P-256"), "y": "A" * 43}, "key_unfit"),
        ({**jwk(), "kid": "another"}, "key_name_differs"),
        ({name: value for name, value in jwk().items() if name != "kid"}, "key_name_differs"),
        ({}, "key_unfit"),
    ],
)
async def test_a_key_that_is_private_weak_or_another_is_refused(keys: Keys, key: dict[str, Any], code: str) -> None:
    with pytest.raises(InvalidInput, match=code):
        await keys.add(ADD, "host-1", NewKey(kind="signing", jwk=key))

    assert (await keys.list(actor())).keys == ()


async def test_an_authority_is_kept_without_what_stands_around_it(keys: Keys) -> None:
    pem = authority()

    (view,) = (await keys.add(ADD, "ca-1", NewKey(kind="authority", pem=f"a remark\n{pem}\nanother"))).keys

    assert (view.pem, view.jwk) == (pem, None)


SHORT = rsa.generate_private_key(65_537, 1024)  # noqa: S505 what is to be refused
PRIVATE = ed25519.Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize(
    "pem",
    [
        authority(ca=False),
        authority(ca=None),
        authority(signs=False),
        authority(since=-10, days=-1),
        authority(since=1),
        authority(key=SHORT),
        authority(key=ec.generate_private_key(ec.SECP192R1())),
        authority() + PRIVATE,
        authority() * 6,
        authority() + authority(ca=False),
        "no certificate at all",
        "",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "شهادة",
    ],
)
async def test_certificates_that_are_no_authoritys_are_refused(keys: Keys, pem: str) -> None:
    with pytest.raises(InvalidInput, match="authority_unfit"):
        await keys.add(ADD, "ca-1", NewKey(kind="authority", pem=pem))


async def test_a_name_stands_for_one_key_also_once_it_is_revoked(keys: Keys) -> None:
    first = NewKey(kind="signing", jwk=jwk())
    await keys.add(ADD, "host-1", first)

    with pytest.raises(Conflict, match="key_taken"):
        await keys.add(ADD, "host-1", NewKey(kind="signing", jwk=jwk()))
    (gone,) = (await keys.revoke(REVOKE, "host-1")).keys
    assert gone.revoked_at is not None
    with pytest.raises(Conflict, match="key_taken"):
        await keys.add(ADD, "host-1", first)
    assert (await keys.revoke(REVOKE, "host-1")).keys == (gone,)
    for name in ("nothing", "../x", "a" * 65):
        with pytest.raises(NotFound):
            await keys.revoke(REVOKE, name)


async def test_there_are_no_more_keys_than_there_may_be(keys: Keys) -> None:
    for number in range(MOST_KEYS):
        await keys.add(ADD, f"k{number}", NewKey(kind="signing", jwk=jwk(kid=f"k{number}")))

    with pytest.raises(Conflict, match="keys_too_many"):
        await keys.add(ADD, "host-1", NewKey(kind="signing", jwk=jwk()))
    await keys.revoke(REVOKE, "k0")
    await keys.add(ADD, "host-1", NewKey(kind="signing", jwk=jwk()))


async def test_an_adapter_that_names_a_revoked_key_is_built_anew(storage_url: str) -> None:
    async with Storage.open(storage_url) as storage:
        store = RegistryStore(time.time)
        keys = Keys(storage, store, time.time)
        await registered.agency(storage, store)
        host: dict[str, Any] = {"kind": "host", "endpoints": ["main"], "host": {"keys": ["host-1"]}}
        await registered.registered(storage, store, submission(registered.plate(**host)))
        await registered.registered(storage, store, submission(registered.plate("om_other")), name="om_other")
        async with storage.writing() as connection:
            for name in ("om_fish", "om_other"):
                await store.go_live(connection, name, "1.0.0", 100, "member:one")
        await keys.add(ADD, "host-1", NewKey(kind="signing", jwk=jwk()))
        before = await _revisions(storage)

        await keys.revoke(REVOKE, "host-1")

        after = await _revisions(storage)
        assert after["om_fish"] > before["om_fish"]
        assert after["om_other"] == before["om_other"]


async def _revisions(storage: Storage) -> dict[str, int]:
    async with storage.reading() as connection:
        return {row.adapter_id: row.revision for row in await connection.execute(registry_adapters.select())}
