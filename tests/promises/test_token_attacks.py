"""No key but ours, by its own algorithm, makes a token that is believed: attacks T01 to T07."""

import asyncio
import hashlib
import hmac
import json
from functools import partial
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from gateway.identity.keys import KeyRing, SigningKey, base64url
from tests.unit.identity.examples import HOLDER, Office, accepted, decoded, naive, refused, segment
from tests.unit.identity.watch import touched

# The order of P-256 (SEC 2, section 2.4.2).
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@pytest.mark.parametrize("alg", ["none", "None", "nOnE", "NONE", "", None, 0, ["none"]])
@pytest.mark.parametrize("signature", ["", "e30", "kept"])
def test_a_token_without_an_algorithm_is_refused(alg: object, signature: str) -> None:
    """T01."""
    office = Office()
    good = office.token()
    accepted(office.verifier(), good)

    _, payload, kept = good.split(".")
    bad = f"{segment(office.header(alg=alg))}.{payload}.{kept if signature == 'kept' else signature}"

    refused(lambda: office.verifier().verify(bad), "alg", "alphabet")
    assert naive(bad, "", verify_signature=False)["sub"] == HOLDER.subject


@pytest.mark.parametrize("form", ["PEM", "DER", "raw point", "JWK"])
def test_a_mac_under_our_public_key_is_refused(form: str) -> None:
    """T02: the public key is no secret, and must not serve as one."""
    office = Office()
    accepted(office.verifier(), office.token())

    secret = public_forms(office.key)[form]
    signing_input = f"{segment(office.header(alg='HS256'))}.{segment(office.claims())}"
    mac = hmac.digest(secret, signing_input.encode(), "sha256")
    bad = f"{signing_input}.{base64url(mac)}"

    refused(lambda: office.verifier().verify(bad), "alg")
    refused(lambda: office.verifier_without("alg").verify(bad), "signature")
    # PyJWT itself knows a key by its look in every form but this one; a bare HMAC knows none.
    if form == "raw point":
        assert naive(bad, secret, "HS256", "ES256")["sub"] == HOLDER.subject
    assert hmac.compare_digest(hmac.digest(secret, bad.rpartition(".")[0].encode(), "sha256"), mac)


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES384", "ES512", "ES256K", "EdDSA"])
def test_a_key_speaks_one_algorithm_only(alg: str) -> None:
    """T03: another algorithm, rightly signed, under the name of a key of ours."""
    office = Office()
    accepted(office.verifier(), office.token())

    private = other_key(alg)
    signing_input = f"{segment(office.header(alg=alg))}.{segment(office.claims())}"
    signature = jwt.get_algorithm_by_name(alg).sign(signing_input.encode(), private)
    bad = f"{signing_input}.{base64url(signature)}"

    refused(lambda: office.verifier().verify(bad), "alg")
    refused(lambda: office.verifier_without("alg").verify(bad), "signature")
    assert naive(bad, private.public_key(), alg)["sub"] == HOLDER.subject


@pytest.mark.parametrize("said", ["EdDSA", "ES384", "es256", "ES256 "])
def test_a_header_that_misnames_the_algorithm_is_refused_though_the_signature_is_right(said: str) -> None:
    """T03."""
    office = Office()
    accepted(office.verifier(), office.forge())

    bad = office.forge(header=office.header(alg=said))

    refused(lambda: office.verifier().verify(bad), "alg")
    accepted(office.verifier_without("alg"), bad)


def test_two_keys_of_ours_do_not_stand_in_for_each_other() -> None:
    """T03."""
    office = Office()
    other = office.keys.following
    assert other is not None
    accepted(office.verifier(), office.forge(header=office.header(alg="EdDSA", kid=other.kid), key=other))

    crossed = office.forge(header=office.header(), key=other)

    refused(lambda: office.verifier().verify(crossed), "signature")


@pytest.mark.parametrize("kind", ["ES256", "EdDSA"])
@pytest.mark.parametrize(
    ("r", "s"), [(0, 0), (0, 1), (1, 0), (0, N), (N, N), (N, 0), (1, N), (N, 1)], ids=lambda value: hex(value)[:6]
)
def test_a_signature_out_of_range_is_refused(kind: Any, r: int, s: int) -> None:
    """T04: zeros and the group's order, which a verifier without range checks takes for anything's signature."""
    office = Office(keys=KeyRing(SigningKey.generate(kind)))
    accepted(office.verifier(), office.token())

    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    signing_input = office.token().rpartition(".")[0]

    refused(lambda: office.verifier().verify(f"{signing_input}.{base64url(signature)}"), "signature")
    if r % N == s % N == 0:
        assert psychic(signing_input.encode(), r, s)


def test_a_signature_in_the_encoding_of_certificates_is_refused() -> None:
    """T04: DER is not what a JWS carries, though the numbers in it are right."""
    office = Office()
    signing_input, _, raw = office.token().rpartition(".")
    accepted(office.verifier(), f"{signing_input}.{raw}")

    numbers = decoded(raw)
    der = encode_dss_signature(int.from_bytes(numbers[:32], "big"), int.from_bytes(numbers[32:], "big"))

    refused(lambda: office.verifier().verify(f"{signing_input}.{base64url(der)}"), "signature")
    assert isinstance(office.key.public, ec.EllipticCurvePublicKey)
    office.key.public.verify(der, signing_input.encode(), ec.ECDSA(SHA256()))


@pytest.mark.parametrize("length", [0, 1, 32, 63, 65, 96, 128])
def test_a_signature_of_the_wrong_length_is_refused(length: int) -> None:
    """T04."""
    office = Office()
    signing_input, _, raw = office.token().rpartition(".")
    accepted(office.verifier(), f"{signing_input}.{raw}")

    bent = (decoded(raw) * 2)[:length]

    refused(lambda: office.verifier().verify(f"{signing_input}.{base64url(bent)}"), "signature", "alphabet")


@pytest.mark.parametrize("part", [0, 1, 2], ids=["header", "payload", "signature"])
def test_one_bit_is_enough_to_refuse(part: int) -> None:
    """T05: any bit of any byte of the part."""
    office = Office()
    good, verifier = office.token(), office.verifier()
    accepted(verifier, good)

    for place in range(len(decoded(good.split(".")[part]))):
        bad = flipped(good, part, place)
        refused(partial(verifier.verify, bad))

    if part == 1:
        where = decoded(good.split(".")[1]).index(HOLDER.subject.encode())
        assert naive(flipped(good, 1, where), "", verify_signature=False)["sub"] != HOLDER.subject


@pytest.mark.parametrize(
    "kid",
    [
        "../../etc/passwd",
        "/dev/null",
        "' OR 1=1; DROP TABLE token_revocations; --",
        "kid\0.pem",
        "x" * 2_000,
        "x" * 10_240,
        "http://127.0.0.1/keys",
        "",
        ...,
        7,
        True,
        None,
        ["a"],
        {"a": "b"},
    ],
    ids=lambda value: repr(value)[:20],
)
def test_a_key_name_is_looked_up_in_memory_and_nowhere_else(kid: object) -> None:
    """T06."""
    office = Office()
    verifier = office.verifier()
    accepted(verifier, office.token())

    bad = office.forge(header=office.header(kid=kid))

    with touched() as touches:
        refused(lambda: verifier.verify(bad), "kid", "size")
    assert touches == []


def test_a_key_name_that_became_a_path_would_let_the_caller_choose_the_key(tmp_path: Path) -> None:
    """T06: what the build without the defence does, seen by the same watch."""
    office, folder = Office(), tmp_path / "keys"
    attacker = SigningKey.generate()
    folder.mkdir()
    pem = attacker.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "upload.pem").write_bytes(pem)

    bad = office.forge(header=office.header(kid="../upload.pem"), key=attacker)

    with touched() as touches:
        chosen = load_pem_private_key((folder / jwt.get_unverified_header(bad)["kid"]).read_bytes(), None)
    assert isinstance(chosen, ec.EllipticCurvePrivateKey)
    assert naive(bad, chosen.public_key())["sub"] == HOLDER.subject
    assert touches != []
    refused(lambda: office.verifier().verify(bad), "kid")


@pytest.mark.parametrize("name", ["jku", "x5u", "x5c", "jwk"])
async def test_a_header_that_brings_its_own_key_is_refused_and_nothing_is_fetched(name: str) -> None:
    """T07: counted at a listener that really listens."""
    office, attacker, requests = Office(), SigningKey.generate(), 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal requests
        requests += 1
        await reader.readuntil(b"\r\n\r\n")
        body = json.dumps({"keys": [dict(attacker.jwk)]}).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as listener:
        url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/keys"
        brought = {"jku": url, "x5u": url, "x5c": [base64url(b"certificate")], "jwk": dict(attacker.jwk)}[name]
        accepted(office.verifier(), office.token())

        ours = office.forge(header=office.header(**{name: brought}), key=attacker)
        bad = office.forge(header=office.header(kid=attacker.kid, **{name: brought}), key=attacker)

        refused(lambda: office.verifier().verify(ours), "header_names")
        refused(lambda: office.verifier_without("header_names").verify(ours), "signature")
        refused(lambda: office.verifier().verify(bad), "kid")
        assert requests == 0

        if name == "jku":
            # The build without the defence asks the address in the token, and believes what it says.
            fetched = await asyncio.to_thread(lambda: jwt.PyJWKClient(url).get_signing_key_from_jwt(bad))
            assert naive(bad, fetched.key)["sub"] == HOLDER.subject
            assert requests == 1


def public_forms(key: SigningKey) -> dict[str, bytes]:
    """The public key as an attacker may write it down."""
    pem = key.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    der = key.public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    point = key.public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return {"PEM": pem, "DER": der, "raw point": point, "JWK": json.dumps(dict(key.jwk)).encode()}


def other_key(alg: str) -> Any:
    """A key of the kind that ``alg`` signs with."""
    if alg in {"RS256", "PS256"}:
        return rsa.generate_private_key(65537, 2048)
    if alg == "EdDSA":
        return Ed25519PrivateKey.generate()
    return ec.generate_private_key({"ES384": ec.SECP384R1(), "ES512": ec.SECP521R1(), "ES256K": ec.SECP256K1()}[alg])


def psychic(message: bytes, r: int, s: int) -> bool:
    """ECDSA over P-256 without the range check, for numbers that leave the point at infinity (CVE-2022-21449)."""
    digest = int.from_bytes(hashlib.sha256(message).digest(), "big")
    inverse = pow(s, N - 2, N)
    u1, u2 = digest * inverse % N, r * inverse % N
    assert u1 == u2 == 0
    return r % N == 0


def flipped(token: str, part: int, place: int) -> str:
    """The token with the lowest bit of one byte of one part turned over."""
    parts = token.split(".")
    data = bytearray(decoded(parts[part]))
    data[place] ^= 1
    parts[part] = base64url(bytes(data))
    return ".".join(parts)
