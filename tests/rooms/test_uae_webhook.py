"""What claims to be told by the Emirates' bus is believed only where nothing about it is out of its place."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from adapters.uae.sandbox_webhook import make_webhook_key
from adapters.uae.webhook import ISSUER, EventReader
from gateway.sdk import CallbackRefused
from tests.support.procedures import START, Clock

PRIVATE, PUBLIC = make_webhook_key()
AUDIENCE = "bawaba gateway"
APPLICATION = {"clientReference": "BW-1", "status": "NEW"}


def claims(**changes: Any) -> dict[str, Any]:
    """What a good event claims, but for the changes."""
    return {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "iat": int(START.timestamp()),
        "jti": "event-1",
        "sub": "BW-1",
        "application": APPLICATION,
        **changes,
    }


def event(key: Any = PRIVATE, algorithm: str = "ES256", header: dict[str, Any] | None = None, **changes: Any) -> bytes:
    """An event, signed."""
    headers = {"typ": "application-event+jwt"} if header is None else header
    return jwt.encode(claims(**changes), key, algorithm, headers).encode()


def part(content: Any) -> bytes:
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    return urlsafe_b64encode(text).rstrip(b"=")


def signed(payload: bytes) -> bytes:
    """Any payload at all, signed by the bus itself."""
    headers = {"typ": "application-event+jwt"}
    return jwt.PyJWS().encode(payload, PRIVATE, "ES256", headers).encode()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def reader(clock: Clock) -> EventReader:
    return EventReader(PUBLIC, AUDIENCE, clock)


def test_an_event_that_the_bus_signed_a_moment_ago_is_believed(reader: EventReader) -> None:
    heard = reader.read(event())

    assert (heard.reference, heard.delivery, heard.sent_at) == ("BW-1", "event-1", START)
    assert heard.answer == APPLICATION


def test_an_event_that_comes_again_has_the_id_that_it_had(reader: EventReader, clock: Clock) -> None:
    """Who keeps the ids of what was delivered knows the repetition by it."""
    sent = event()
    first = reader.read(sent)
    clock.advance(200)

    again = reader.read(sent)

    assert again == first


@pytest.mark.parametrize("seconds", [-30, 0, 299])
def test_an_event_is_good_for_five_minutes(reader: EventReader, clock: Clock, seconds: int) -> None:
    clock.advance(seconds)

    assert reader.read(event()).delivery == "event-1"


@pytest.mark.parametrize("seconds", [-40, 302, 86_400])
def test_a_stale_event_and_one_from_the_future_are_refused(reader: EventReader, clock: Clock, seconds: int) -> None:
    clock.now = START + timedelta(seconds=seconds)

    with pytest.raises(CallbackRefused):
        reader.read(event())


def forgeries() -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Every way in which an event can be another's, for another, or about something else."""
    header, payload, signature = event().split(b".")
    other = part(claims(application={"clientReference": "BW-1", "status": "COMPLETED"}))
    bare = part({"alg": "none", "typ": "application-event+jwt"})
    yield "signed by a stranger", lambda: event(make_webhook_key()[0])
    yield (
        "signed by a stranger who brings the key along",
        lambda: event(
            make_webhook_key()[0],
            header={
                "typ": "application-event+jwt",
                "jwk": json.loads(
                    jwt.algorithms.ECAlgorithm.to_jwk(
                        jwt.algorithms.ECAlgorithm(jwt.algorithms.ECAlgorithm.SHA256).prepare_key(PUBLIC)
                    )
                ),
            },
        ),
    )
    yield "its letter exchanged", lambda: b".".join([header, other, signature])
    yield "not signed", lambda: b".".join([bare, payload, b""])
    yield "not signed, with the old signature", lambda: b".".join([bare, payload, signature])
    yield "signed with the public key as a password", lambda: _hmac_with_public_key(payload)
    yield "signed with another curve", lambda: event(generate_private_key(SECP384R1()), "ES384")
    yield "a token for something else", lambda: event(header={"typ": "JWT"})
    yield (
        "a header that says where a key is",
        lambda: event(header={"typ": "application-event+jwt", "jku": "https://keys.example/1"}),
    )
    yield "a header that must be understood", lambda: event(header={"typ": "application-event+jwt", "crit": ["exp"]})
    yield "another issuer", lambda: event(iss="https://bus.gov.om.example")
    yield "another audience", lambda: event(aud="another gateway")
    yield "many audiences", lambda: event(aud=[AUDIENCE, "another gateway"])
    yield "about two applications", lambda: event(sub="BW-2")
    yield "about none", lambda: event(application={})
    yield "about a list", lambda: event(application=[APPLICATION])
    yield "a claim more", lambda: event(exp=int(START.timestamp()) + 60)
    yield "its signature written in two ways", lambda: b".".join([header, payload, signature + b"\n"])
    yield "its signature padded", lambda: b".".join([header, payload, signature + b"=="])
    yield (
        "its signature with a letter that is none",
        lambda: b".".join([header, payload, signature[:9] + b"!" + signature[9:]]),
    )
    yield "its signature cut short", lambda: b".".join([header, payload, signature[:-4]])
    yield "five parts", lambda: b".".join([header, payload, signature, header, payload])
    yield "too long", lambda: event(application={**APPLICATION, "status": "N" * 70_000})
    yield "nothing", lambda: b""
    yield "no token", lambda: b'{"application": {"clientReference": "BW-1"}}'
    yield "other bytes", lambda: b"\xff\xfe." * 3
    yield (
        "a claim that stands twice",
        lambda: signed(json.dumps(claims()).encode().replace(b'"sub"', b'"sub": "BW-2", "sub"')),
    )
    yield "no JSON", lambda: signed(b"BW-1 is approved")
    yield "a list of claims", lambda: signed(b"[]")


def _hmac_with_public_key(payload: bytes) -> bytes:
    header = part({"alg": "HS256", "typ": "application-event+jwt"})
    algorithm = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    return b".".join([header, payload, part(algorithm.sign(header + b"." + payload, PUBLIC.encode()))])


FORGERIES = dict(forgeries())


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_event_is_refused(reader: EventReader, forgery: str) -> None:
    with pytest.raises(CallbackRefused):
        reader.read(FORGERIES[forgery]())


@pytest.mark.parametrize("claim", ["iss", "aud", "iat", "jti", "sub", "application"])
def test_an_event_without_one_of_its_claims_is_refused(reader: EventReader, claim: str) -> None:
    with pytest.raises(CallbackRefused):
        reader.read(signed(json.dumps({name: value for name, value in claims().items() if name != claim}).encode()))


@pytest.mark.parametrize("moment", [START.timestamp(), str(START.timestamp()), True, -1, 10**18, [], {}])
def test_a_moment_that_is_no_whole_second_of_late_is_refused(reader: EventReader, moment: object) -> None:
    with pytest.raises(CallbackRefused):
        reader.read(signed(json.dumps(claims(iat=moment)).encode()))


@pytest.mark.parametrize("event_id", ["", " ", "a b", "x" * 101, 7, None])
def test_an_event_without_a_plain_id_is_refused(reader: EventReader, event_id: object) -> None:
    with pytest.raises(CallbackRefused):
        reader.read(signed(json.dumps({**claims(), "jti": event_id}).encode()))


def test_every_bit_that_is_turned_is_noticed(reader: EventReader) -> None:
    sent = event()
    refused = 0
    for place in range(len(sent)):
        turned = bytes([*sent[:place], sent[place] ^ 0x01, *sent[place + 1 :]])
        try:
            reader.read(turned)
        except CallbackRefused:
            refused += 1

    # Of the last letter of a signature, whose 64 bytes leave four bits over, some bits carry nothing.
    assert refused >= len(sent) - 1
    assert len(urlsafe_b64decode(sent.split(b".")[2] + b"==")) == 64


@pytest.mark.parametrize("kind", ["a private key", "another curve", "no key"])
def test_only_a_public_key_on_p256_is_taken_as_the_key(clock: Clock, kind: str) -> None:
    wide = generate_private_key(SECP384R1()).public_key()
    keys = {
        "a private key": PRIVATE,
        "another curve": wide.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        "no key": "webhook_key",
    }

    with pytest.raises(ValueError, match=r"webhook_key|PEM"):
        EventReader(keys[kind], AUDIENCE, clock)
