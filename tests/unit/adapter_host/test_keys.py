"""A key of the other side is public, named, of one algorithm, and nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from gateway.adapter_host.keys import HeldSigner, load_keys, load_signer, read_keys
from gateway.errors import ConfigurationError
from gateway.identity.keys import SigningKey
from tests.support.signing import ed25519, p256


def pem(signer: Any, encryption: Any = None) -> bytes:
    content: bytes = signer.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())
    return content


@pytest.mark.parametrize("make", [ed25519, p256])
def test_a_key_is_named_by_its_thumbprint(make: Any) -> None:
    """The same name that the gateway's other keys of that kind would have (RFC 7638)."""
    signer = make()

    assert signer.kid == SigningKey.of(signer.private).kid == signer.jwk["kid"]


@pytest.mark.parametrize("make", [ed25519, p256])
def test_a_key_in_a_file_signs_what_its_public_half_verifies(make: Any, tmp_path: Path) -> None:
    path, public = tmp_path / "key.pem", tmp_path / "keys.json"
    path.write_bytes(pem(make().private))
    signer = load_signer(path, "key_file")
    public.write_text(json.dumps({"keys": [signer.jwk]}))

    key = load_keys(public, "keys_file")[signer.kid]

    assert key.verifies(b"message", signer.sign(b"message"))
    assert not key.verifies(b"message", ed25519().sign(b"message"))
    assert not key.verifies(b"message", b"")
    assert not key.verifies(b"message", bytes(64))


def test_a_key_of_another_kind_signs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    for content in (
        pem(generate_private_key(SECP384R1())),
        pem(ed25519().private, BestAvailableEncryption(b"word")),
        b"no key",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    ):
        path.write_bytes(content)
        with pytest.raises(ConfigurationError) as caught:
            load_signer(path, "key_file")
        assert caught.value.field == "key_file"
    with pytest.raises(ValueError, match="Ed25519"):
        HeldSigner.of("no key")


@pytest.mark.parametrize("content", [None, b"{", b"x" * 70_000])
def test_a_file_that_cannot_be_read_is_named(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ConfigurationError) as caught:
        load_keys(path, "keys_file")
    assert caught.value.field == "keys_file"


GOOD = ed25519().jwk
CURVE = p256().jwk


@pytest.mark.parametrize(
    "jwk",
    [
        {**GOOD, "d": "x"},
        {**GOOD, "k": "x"},
        {**GOOD, "kid": ""},
        {**GOOD, "kid": 5},
        {**GOOD, "kid": "a b"},
        {**GOOD, "kid": "a" * 101},
        {key: value for key, value in GOOD.items() if key != "kid"},
        {**GOOD, "use": "enc"},
        {**GOOD, "alg": "ES256"},
        {**GOOD, "alg": "none"},
        {**GOOD, "crv": "X25519"},
        {**GOOD, "kty": "oct"},
        {**GOOD, "kty": "RSA"},
        {**GOOD, "x": "AAAA"},
        {**GOOD, "x": GOOD["x"] + "="},
        {**GOOD, "x": GOOD["x"][:-1] + "/"},
        {**GOOD, "x": "é" * 43},
        {**CURVE, "y": CURVE["x"]},
        {**CURVE, "crv": "P-384"},
        "key",
        None,
        [],
    ],
)
def test_a_jwk_that_is_no_public_signing_key_is_refused(jwk: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_keys({"keys": [GOOD | {"kid": "good"}, jwk]}, "host")
    assert str(caught.value.field).startswith("host.keys[1]")


@pytest.mark.parametrize("document", [{}, {"keys": []}, {"keys": "x"}, [], "x", None, [GOOD] * 17, [GOOD, GOOD]])
def test_a_set_has_a_few_keys_of_different_names(document: Any) -> None:
    with pytest.raises(ConfigurationError):
        read_keys(document, "host")
