"""Text messages, webhooks and web push leave in the shape that the other side expects, and reach nobody inside."""

import base64
import time

import http_ece
import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.errors import InvalidInput
from gateway.notices.channel import NotDelivered, Undeliverable
from gateway.notices.push import Push
from gateway.notices.text_message import Shape, TextMessage
from gateway.notices.webhook import Webhook, sign
from gateway.outward.addresses import Outward
from tests.unit.notices.conftest import AT, REFERENCE, Listener, message

TO = "+96891234567"
NOW = AT.timestamp()
AUTH = bytes(range(16))


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def subscription(browser: EllipticCurvePrivateKey, url: str) -> str:
    point = browser.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    keys = {"p256dh": encoded(point), "auth": encoded(AUTH)}
    return orjson.dumps({"endpoint": url, "expirationTime": None, "keys": keys}).decode()


# --- text messages


async def test_a_text_message_is_asked_for_in_json_of_the_providers_shape(listener: Listener) -> None:
    shape = Shape(
        f"{listener.url}/send?v=2",
        {"Authorization": "Bearer provider-key"},
        {"recipient": "{to}", "message": {"body": "{text}", "lang": "{language}"}, "ids": ["{id}"], "flash": False},
    )

    await TextMessage("sms", shape).send(message("ar"), TO)

    (path, headers, body), said = listener.heard[0], message("ar")
    assert path == "/send?v=2"
    assert headers["authorization"] == "Bearer provider-key"
    assert orjson.loads(body) == {
        "recipient": TO,
        "message": {"body": said.text, "lang": "ar"},
        "ids": [said.notice.id],
        "flash": False,
    }


async def test_a_text_message_is_asked_for_by_a_form(listener: Listener) -> None:
    shape = Shape(f"{listener.url}/send", {}, {"To": "whatsapp:{to}", "Body": "{text}"}, "form")

    await TextMessage("whatsapp", shape).send(message(), TO)

    _, headers, body = listener.heard[0]
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert body.startswith(b"To=whatsapp%3A%2B96891234567&Body=Application+")


async def test_a_gap_in_what_is_said_is_not_filled(listener: Listener) -> None:
    """What stands in a fact is a fact, whatever it looks like."""
    shape = Shape(f"{listener.url}/send", {}, {"a": "{to} {text}"})

    await TextMessage("sms", shape).send(message(), "{text}")

    assert orjson.loads(listener.heard[0][2])["a"].startswith("{text} Application")


@pytest.mark.parametrize(("given", "kept"), [("+968 9123 4567", TO), (TO, TO), ("+965 50012345", "+96550012345")])
def test_a_number_is_kept_in_the_worlds_form(given: str, kept: str) -> None:
    assert TextMessage("sms", Shape("https://x.example")).check(given) == kept


@pytest.mark.parametrize("given", ["", "91234567", "+968", "+1", "call me", "+968912345670000"])
def test_a_number_that_rings_nowhere_is_refused(given: str) -> None:
    with pytest.raises(InvalidInput):
        TextMessage("sms", Shape("https://x.example")).check(given)


@pytest.mark.parametrize(("status", "kind"), [(500, NotDelivered), (302, NotDelivered), (410, Undeliverable)])
async def test_what_the_provider_answers_decides(listener: Listener, status: int, kind: type[NotDelivered]) -> None:
    listener.answers = status

    with pytest.raises(NotDelivered) as said:
        await TextMessage("sms", Shape(f"{listener.url}/send")).send(message(), TO)

    assert type(said.value) is kind
    assert len(listener.heard) == 1


# --- webhooks


async def test_a_webhook_is_signed_as_its_secret_says(listener: Listener, outward: Outward) -> None:
    channel = Webhook(outward, lambda: NOW)
    target = channel.check(f"{listener.url}/hook")

    await channel.send(message(), target)

    path, headers, body = listener.heard[0]
    secret = orjson.loads(target)["secret"]
    expected = sign(secret, headers["webhook-id"], headers["webhook-timestamp"], body)
    assert path == "/hook"
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert int(headers["webhook-timestamp"]) == int(NOW)
    assert orjson.loads(body) == {
        "type": "application.approved",
        "timestamp": "2026-11-24T08:00:00+00:00",
        "data": {"application": REFERENCE, "status": "approved"},
    }


def test_a_signature_is_that_of_the_standard() -> None:
    """The example that Standard Webhooks gives for its own libraries."""
    signature = sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "1614265330",
        b'{"test": 2432232314}',
    )

    assert signature == "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_each_address_has_a_secret_of_its_own(outward: Outward) -> None:
    channel = Webhook(outward, time.time)

    first, second = (orjson.loads(channel.check("http://127.0.0.1:1/hook"))["secret"] for _ in range(2))

    assert first != second


async def test_nothing_is_posted_inside(listener: Listener, outward: Outward) -> None:
    """A name that was public when it was given and leads inside now is judged by where it leads."""
    target = Webhook(outward, time.time).check(f"{listener.url}/hook")

    with pytest.raises(NotDelivered):
        await Webhook(Outward(), time.time).send(message(), target)

    assert listener.heard == []


# --- web push


async def test_a_browser_can_read_what_was_pushed_to_it(listener: Listener, outward: Outward) -> None:
    browser = generate_private_key(SECP256R1())
    channel = Push(generate_private_key(SECP256R1()), "mailto:ops@bawaba.example", outward, lambda: NOW)

    await channel.send(message("ar"), channel.check(subscription(browser, f"{listener.url}/push/1")))

    path, headers, body = listener.heard[0]
    plain = http_ece.decrypt(body, private_key=browser, auth_secret=AUTH, version="aes128gcm")
    said = orjson.loads(plain)
    assert path == "/push/1"
    assert (headers["content-encoding"], headers["ttl"]) == ("aes128gcm", "86400")
    assert (said["body"], said["lang"], said["tag"]) == (message("ar").text, "ar", REFERENCE)
    assert REFERENCE.encode() not in body


async def test_a_push_is_signed_for_the_service_it_goes_to(listener: Listener, outward: Outward) -> None:
    channel = Push(generate_private_key(SECP256R1()), "mailto:ops@bawaba.example", outward, time.time)

    await channel.send(message(), channel.check(subscription(generate_private_key(SECP256R1()), f"{listener.url}/p")))

    scheme, _, rest = listener.heard[0][1]["authorization"].partition(" ")
    token, key = (part.strip().partition("=")[2] for part in rest.split(","))
    point = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
    public = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
    claims = jwt.decode(token, public, ["ES256"], audience=listener.url)
    assert (scheme, key) == ("vapid", channel.public_key)
    assert claims["sub"] == "mailto:ops@bawaba.example"
    assert time.time() < claims["exp"] <= time.time() + 86_400


@pytest.mark.parametrize(
    "given",
    [
        "",
        "[]",
        "{}",
        '{"endpoint": 1, "keys": {"p256dh": "BA", "auth": "BA"}}',
        '{"endpoint": "https://push.example.com/x", "keys": {"p256dh": "BAAA", "auth": "AAECAwQFBgcICQoLDA0ODw"}}',
    ],
)
def test_what_is_no_subscription_is_refused(given: str, outward: Outward) -> None:
    channel = Push(generate_private_key(SECP256R1()), "mailto:ops@bawaba.example", outward, time.time)

    with pytest.raises(InvalidInput):
        channel.check(given)


def test_a_subscription_that_leads_inside_is_refused() -> None:
    channel = Push(generate_private_key(SECP256R1()), "mailto:ops@bawaba.example", Outward(), time.time)

    with pytest.raises(InvalidInput) as refused:
        channel.check(subscription(generate_private_key(SECP256R1()), "https://169.254.169.254/latest"))

    assert refused.value.code == "address_refused"
