"""The examples of the standards come out as the standards print them: RFC 9421 appendix B, RFC 9530 appendix B."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.adapter_host.fields import InnerList, parse_dictionary
from gateway.adapter_host.keys import read_keys
from gateway.adapter_host.messages import Answer, Request, content_digest, signature_base

KEYS = read_keys(
    [
        {
            "kty": "OKP",
            "crv": "Ed25519",
            "kid": "test-key-ed25519",
            "x": "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs",
        },
        {
            "kty": "EC",
            "crv": "P-256",
            "kid": "test-key-ecc-p256",
            "x": "qIVYZVLCrPZHGHjP17CTW0_-D9Lfw0EkjqF7xB4FivA",
            "y": "Mc4nN9LTDOBhfoUeg8Ye9WedFRhnZXZJA12Qp0zZ6F0",
        },
    ],
    "keys",
)
ED25519_PRIVATE = "n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU="
REQUEST = Request(
    "POST",
    "https://example.com/foo?param=Value&Pet=dog",
    {
        "date": "Tue, 20 Apr 2021 02:07:55 GMT",
        "content-type": "application/json",
        "content-digest": "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXv"
        "Jwew==:",
        "content-length": "18",
    },
)
ANSWER = Answer(
    200,
    {
        "content-type": "application/json",
        "content-digest": "sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGg"
        "fLQ==:",
        "content-length": "23",
    },
    REQUEST,
)
B24 = '("@status" "content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-ecc-p256"'
B24_SIGNATURE = "wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw=="
B26 = (
    '("date" "@method" "@path" "@authority" "content-type" "content-length")'
    ';created=1618884473;keyid="test-key-ed25519"'
)
B26_SIGNATURE = "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="
B26_BASE = """\
"date": Tue, 20 Apr 2021 02:07:55 GMT
"@method": POST
"@path": /foo
"@authority": example.com
"content-type": application/json
"content-length": 18
"@signature-params": ("date" "@method" "@path" "@authority" "content-type" "content-length")\
;created=1618884473;keyid="test-key-ed25519\""""


def covered(text: str) -> InnerList:
    found = parse_dictionary(f"sig={text}")["sig"]
    assert isinstance(found, InnerList)
    return found


def test_the_base_of_b_2_6_is_the_one_printed() -> None:
    assert signature_base(covered(B26), REQUEST).decode() == B26_BASE


def test_b_2_6_is_signed_as_printed_and_verifies() -> None:
    """Ed25519 gives one signature for one message, so it is the same bytes."""
    private = Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(ED25519_PRIVATE))
    base = signature_base(covered(B26), REQUEST)

    assert base64.b64encode(private.sign(base)).decode() == B26_SIGNATURE
    assert KEYS["test-key-ed25519"].verifies(base, base64.b64decode(B26_SIGNATURE))


def test_b_2_4_verifies() -> None:
    """An answer signed by ECDSA on P-256."""
    base, signature = signature_base(covered(B24), ANSWER), base64.b64decode(B24_SIGNATURE)

    assert KEYS["test-key-ecc-p256"].verifies(base, signature)
    assert not KEYS["test-key-ecc-p256"].verifies(base + b" ", signature)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("@method", "POST"),
        ("@target-uri", "https://example.com/foo?param=Value&Pet=dog"),
        ("@authority", "example.com"),
        ("@path", "/foo"),
        ("@query", "?param=Value&Pet=dog"),
    ],
)
def test_what_is_derived_of_a_request_is_as_section_2_2_says(name: str, value: str) -> None:
    assert REQUEST.component(name) == value


def test_a_component_of_the_request_stands_in_an_answers_base() -> None:
    """Section 2.4: bound by ``;req``."""
    base = signature_base(covered('("@status" "@method";req "content-digest";req)'), ANSWER).decode()

    assert base.splitlines()[1:3] == [
        '"@method";req: POST',
        f'"content-digest";req: {REQUEST.headers["content-digest"]}',
    ]


@pytest.mark.parametrize(
    ("body", "digest"),
    [
        (b'{"hello": "world"}', "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"),
        (b'{"hello": "world"}\n', "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"),
        (b"", "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"),
    ],
)
def test_digests_are_those_of_rfc_9530(body: bytes, digest: str) -> None:
    assert content_digest(body) == digest
