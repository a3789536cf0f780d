"""Bahrain's stand-in verifies what the gateway sends, and refuses the rest as the real system would."""

import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

import aiohttp
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from adapters.bahrain.assertion import Signer
from adapters.bahrain.sandbox import Sandbox
from adapters.bahrain.sandbox_tokens import LONGEST_LIFE, SKEW
from adapters.bahrain.tokens import GRANT, PATH
from tests.support.bahrain import MARYAM, NOW, SECRETS, WORST_DRIVER, Clock

MOMENT = int(NOW.timestamp())
STRANGER = ec.generate_private_key(ec.SECP256R1()).private_bytes(
    Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
).decode()  # fmt: skip
HEADERS = {"X-Request-Id": "req-1-BH", "X-Purpose": "self_service"}


def claims(**changes: Any) -> dict[str, Any]:
    """What a good assertion says, changed; a change to ``None`` takes the claim out."""
    good = {
        "iss": "bawaba",
        "sub": "bawaba",
        "aud": SECRETS["audience"],
        "iat": MOMENT,
        "exp": MOMENT + 60,
        "jti": secrets.token_urlsafe(16),
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def signed(
    content: Mapping[str, Any], key: Any = None, algorithm: str = "ES256", kid: str | None = SECRETS["key_id"]
) -> str:
    return jwt.encode(
        dict(content), SECRETS["private_key"] if key is None else key, algorithm, {"kid": kid} if kid else None
    )


def without(name: str) -> str:
    return signed(claims(**{name: None}))


def public_pem() -> bytes:
    private = load_pem_private_key(SECRETS["private_key"].encode(), None)
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def mac_with_the_public_key() -> str:
    """The classic confusion of algorithms: everybody has the public key, so everybody could sign with it."""

    def part(raw: bytes) -> str:
        return urlsafe_b64encode(raw).rstrip(b"=").decode()

    head, body, _ = signed(claims(), "x" * 32, "HS256").split(".")
    return f"{head}.{body}.{part(hmac.digest(public_pem(), f'{head}.{body}'.encode(), 'sha256'))}"


@dataclass
class Desk:
    """The stand-in, spoken to by hand."""

    session: aiohttp.ClientSession
    url: str
    sandbox: Sandbox
    clock: Clock

    async def exchange(self, assertion: str | None, grant: str = GRANT) -> tuple[int, dict[str, Any]]:
        form = {"grant_type": grant} | ({} if assertion is None else {"assertion": assertion})
        async with self.session.post(self.url + PATH, data=form) as response:
            assert response.headers["Cache-Control"] == "no-store"
            return response.status, await response.json()

    async def token(self) -> str:
        _, document = await self.exchange(Signer(SECRETS).sign(self.clock.now))
        return str(document["access_token"])

    async def get(self, path: str, headers: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        async with self.session.get(self.url + path, headers=headers) as response:
            return response.status, await response.json(content_type=None)

    async def get_with_token(self, path: str) -> tuple[int, dict[str, Any]]:
        return await self.get(path, {**HEADERS, "Authorization": f"Bearer {await self.token()}"})


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    clock = Clock()
    sandbox = Sandbox(secrets=SECRETS, clock=clock)
    async with sandbox.running() as url, aiohttp.ClientSession() as session:
        yield Desk(session, url, sandbox, clock)


def test_the_secrets_are_those_of_the_name_plate_and_new_each_time() -> None:
    assert set(SECRETS) == {"client_id", "key_id", "private_key", "audience"}
    assert Sandbox.make_secrets()["private_key"] != SECRETS["private_key"]


async def test_a_good_assertion_buys_a_token_that_opens_the_agencies(desk: Desk) -> None:
    status, document = await desk.exchange(signed(claims()))

    assert status == 200
    assert (document["token_type"], document["expires_in"]) == ("Bearer", 300)
    bearer = {**HEADERS, "Authorization": f"Bearer {document['access_token']}"}
    status, person = await desk.get(f"/iga/v1/persons?cpr={MARYAM[1]}", bearer)
    assert (status, person["cpr"]) == (200, MARYAM[1])


BAD: Mapping[str, Callable[[], str]] = {
    "another key": lambda: signed(claims(), STRANGER),
    "no signature": lambda: jwt.encode(claims(), "", "none", {"kid": SECRETS["key_id"]}),
    "a MAC": lambda: signed(claims(), "x" * 32, "HS256"),
    "a MAC with the public key": mac_with_the_public_key,
    "no key id": lambda: signed(claims(), kid=None),
    "another key id": lambda: signed(claims(), kid="another"),
    "another audience": lambda: signed(claims(aud="https://auth.gov.kw.example/oauth/token")),
    "another issuer": lambda: signed(claims(iss="somebody")),
    "another subject": lambda: signed(claims(sub="somebody")),
    "expired": lambda: signed(claims(iat=MOMENT - 100, exp=MOMENT - SKEW)),
    "from the future": lambda: signed(claims(iat=MOMENT + SKEW + 1, exp=MOMENT + 60)),
    "good for too long": lambda: signed(claims(exp=MOMENT + LONGEST_LIFE + 1)),
    "over before it began": lambda: signed(claims(iat=MOMENT + 5, exp=MOMENT + 5)),
    "an end in words": lambda: signed(claims(exp="tomorrow")),
    "an end in fractions": lambda: signed(claims(exp=MOMENT + 60.5)),
    "an empty jti": lambda: signed(claims(jti="")),
    **{f"no {name}": partial(without, name) for name in claims()},
    "not a token": lambda: "x.y.z",
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
async def test_a_bad_assertion_buys_nothing(desk: Desk, bad: Callable[[], str]) -> None:
    assert await desk.exchange(bad()) == (400, {"error": "invalid_grant"})
    assert desk.sandbox.token_desk.given == 0


async def test_clocks_may_differ_a_little(desk: Desk) -> None:
    ahead = signed(claims(iat=MOMENT + SKEW, exp=MOMENT + SKEW + LONGEST_LIFE))
    behind = signed(claims(iat=MOMENT - 60, exp=MOMENT - SKEW + 1))

    assert [(await desk.exchange(each))[0] for each in (ahead, behind)] == [200, 200]


async def test_an_assertion_is_good_once(desk: Desk) -> None:
    assertion = signed(claims())

    first, _ = await desk.exchange(assertion)
    second = await desk.exchange(assertion)
    third = await desk.exchange(signed(claims(jti=jwt.decode(assertion, options={"verify_signature": False})["jti"])))

    assert first == 200
    assert second == third == (400, {"error": "invalid_grant"})


async def test_an_assertion_is_remembered_as_long_as_it_could_be_good(desk: Desk) -> None:
    assertion = signed(claims())
    await desk.exchange(assertion)

    desk.clock.advance(60 + SKEW - 1)

    assert await desk.exchange(assertion) == (400, {"error": "invalid_grant"})
    assert len(desk.sandbox.token_desk._seen) == 1
    desk.clock.advance(2)
    await desk.token()
    assert len(desk.sandbox.token_desk._seen) == 1


async def test_a_bad_assertion_does_not_use_its_jti_up(desk: Desk) -> None:
    """Else whoever saw a jti could spoil it for the one whose it is."""
    content = claims()
    await desk.exchange(signed(content, STRANGER))

    status, _ = await desk.exchange(signed(content))

    assert status == 200


@pytest.mark.parametrize("grant", ["client_credentials", "", "urn:ietf:params:oauth:grant-type:saml2-bearer"])
async def test_another_grant_is_not_given(desk: Desk, grant: str) -> None:
    assert await desk.exchange(signed(claims()), grant) == (400, {"error": "unsupported_grant_type"})


async def test_a_grant_without_an_assertion_is_not_given(desk: Desk) -> None:
    assert await desk.exchange(None) == (400, {"error": "invalid_request"})


async def test_without_a_token_that_is_good_nothing_is_told(desk: Desk) -> None:
    good = await desk.token()
    paths = ["/iga/v1/persons", "/traffic/v1/violations", "/moic/v1/registrations", "/sio/v1/contributions"]
    for path in (*(f"{path}?cpr={MARYAM[1]}" for path in paths), "/moic/v1/registrations/27269-1"):
        for authorization in ("", "Bearer", "Bearer x", f"Basic {good}", good):
            status, problem = await desk.get(path, {**HEADERS, "Authorization": authorization})
            assert (status, problem["code"]) == (401, "TOKEN_INVALID")
    desk.clock.advance(desk.sandbox.token_desk.seconds)
    status, _ = await desk.get(f"{paths[0]}?cpr={MARYAM[1]}", {**HEADERS, "Authorization": f"Bearer {good}"})
    assert status == 401


@pytest.mark.parametrize("missing", ["X-Request-Id", "X-Purpose"])
async def test_who_does_not_say_why_is_told_nothing(desk: Desk, missing: str) -> None:
    headers = {**HEADERS, "Authorization": f"Bearer {await desk.token()}"}
    del headers[missing]

    status, problem = await desk.get(f"/iga/v1/persons?cpr={MARYAM[1]}", headers)

    assert (status, problem["code"]) == (400, "HEADER_MISSING")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("cpr=010345570&gcc_number=1084260288&gcc_country=SAU", 400),
        ("gcc_number=1084260288", 400),
        ("cpr=010345570&gcc_country=BHR", 400),
        ("cpr=1084260288", 404),
        ("gcc_number=010345570&gcc_country=SAU", 404),
        ("gcc_number=1084260288&gcc_country=KWT", 404),
        ("gcc_number=1084260288&gcc_country=SA", 404),
        ("cpr=10345570", 404),
        ("gcc_number=1084260288&gcc_country=SAU", 200),
        ("cpr=010345570", 200),
    ],
)
async def test_a_person_is_asked_for_by_the_number_of_the_state_that_gave_it(
    desk: Desk, query: str, status: int
) -> None:
    assert (await desk.get_with_token(f"/iga/v1/persons?{query}"))[0] == status


async def test_a_cursor_is_good_for_the_list_that_it_was_made_for(desk: Desk) -> None:
    path = f"/traffic/v1/violations?cpr={WORST_DRIVER[1]}"
    _, first = await desk.get_with_token(path)
    cursor = first["next_cursor"]

    status, second = await desk.get_with_token(f"{path}&cursor={quote(cursor)}")
    assert (status, second["next_cursor"]) == (200, None)
    for bad in (
        f"/traffic/v1/violations?cpr={MARYAM[1]}&cursor={quote(cursor)}",
        f"/sio/v1/contributions?cpr={WORST_DRIVER[1]}&cursor={quote(cursor)}",
        f"{path}&cursor={quote(cursor[:-4])}MzM=",
        f"{path}&cursor=",
        f"{path}&cursor=20",
        f"{path}&cursor=%D8%B4",
    ):
        status, problem = await desk.get_with_token(bad)
        assert (status, problem["code"]) == (400, "CURSOR_INVALID")
