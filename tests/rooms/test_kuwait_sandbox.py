"""Kuwait's stand-in checks what the gateway sends, and its README says everything that it tells."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from lxml import etree

import adapters.kuwait
from adapters.kuwait.operations import DATA, OPERATIONS, PERSON, REGISTRATIONS, VIOLATIONS, Operation, Question
from adapters.kuwait.sandbox import Sandbox
from adapters.kuwait.signing import HEADER, is_signed
from gateway.registry.manifest import Manifest
from gateway.schema import Country
from gateway.sdk.sandbox import Behaviour, population
from tests.support.kuwait import KEY, KUWAITI, SECRETS

ROOM = Path(adapters.kuwait.__file__).parent
KUWAITI_ASKED = {"civil_number": KUWAITI[1]}
HOSTILE = "</a:RefId><a:RefId>&"


@dataclass
class Caller:
    """The gateway's side of the wire, played by the test: it asks, and hears the callbacks."""

    session: aiohttp.ClientSession
    url: str
    sandbox: Sandbox
    door: str = ""
    heard: "asyncio.Queue[tuple[str, bytes]]" = field(default_factory=asyncio.Queue)
    status: int = 204

    async def listen(self, request: web.Request) -> web.Response:
        await self.heard.put((request.headers[HEADER], await request.read()))
        return web.Response(status=self.status)

    def question(self, changes: Mapping[str, str]) -> Question:
        return Question(**{"ref_id": "r-1", "callback_url": self.door, "reason": "self_service", **changes})

    async def ask(self, changes: Mapping[str, str], operation: Operation = PERSON) -> tuple[int, str]:
        return await self.post(operation, operation.envelope(self.question(changes)))

    async def post(
        self, operation: Operation, body: bytes, *, password: str = SECRETS["password"], action: str | None = None
    ) -> tuple[int, str]:
        address = f"{self.sandbox.endpoints(self.url)[operation.endpoint]}/GulfInquiry.svc"
        headers = {
            "Authorization": aiohttp.encode_basic_auth("bawaba", password, encoding="utf-8"),
            "SOAPAction": action if action is not None else operation.action,
        }
        async with self.session.post(address, data=body, headers=headers) as response:
            return response.status, await response.text()

    async def next(self) -> etree._Element:
        _, body = await asyncio.wait_for(self.heard.get(), 5)
        return etree.fromstring(body)


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    sandbox = Sandbox(secrets=SECRETS)
    async with sandbox.running() as url, aiohttp.ClientSession() as session:
        played = Caller(session, url, sandbox)
        app = web.Application()
        app.router.add_post("/later", played.listen)
        async with TestServer(app) as server:
            played.door = f"http://127.0.0.1:{server.port}/later"
            yield played


def value(root: etree._Element, name: str) -> str | None:
    return root.findtext(f".//{{{DATA}}}{name}")


async def test_a_good_request_is_acknowledged_and_answered_signed(caller: Caller) -> None:
    status, acknowledged = await caller.ask(KUWAITI_ASKED)
    signature, body = await asyncio.wait_for(caller.heard.get(), 5)

    assert status == 202
    number = value(etree.fromstring(acknowledged.encode()), "Data")
    answer = etree.fromstring(body)
    assert (value(answer, "RequestID"), value(answer, "RefId")) == (number, "r-1")
    assert value(answer, "CivilID") == KUWAITI[1]
    assert is_signed(KEY, "r-1", body, signature)


async def test_a_wrong_password_is_challenged(caller: Caller) -> None:
    body = PERSON.envelope(caller.question(KUWAITI_ASKED))

    for password in ("", "p:ä/s", "p:ä/ss ", "é" * 1000):
        assert (await caller.post(PERSON, body, password=password))[0] == 401

    assert caller.heard.empty()


@pytest.mark.parametrize("action", ["", "RequestPersonInfo", VIOLATIONS.action, PERSON.action.strip('"')])
async def test_an_action_that_is_not_the_operations_is_a_fault(caller: Caller, action: str) -> None:
    body = PERSON.envelope(caller.question(KUWAITI_ASKED))

    status, text = await caller.post(PERSON, body, action=action)

    assert status == 500
    assert "ActionNotSupported" in text


@pytest.mark.parametrize("body", [b"", b"<a/>", b"{}", VIOLATIONS.envelope(Question("r-1", "http://x", "y"))])
async def test_a_request_that_cannot_be_read_is_a_fault(caller: Caller, body: bytes) -> None:
    status, text = await caller.post(PERSON, body)

    assert status == 500
    assert "s:Client" in text


@pytest.mark.parametrize(
    "changes",
    [{"ref_id": ""}, {"callback_url": ""}, {"callback_url": "http://192.0.2.1/later"}, {"callback_url": "file:///etc"}],
)
async def test_a_request_without_a_reference_or_an_address_here_is_an_error_inside_a_200(
    caller: Caller, changes: dict[str, str]
) -> None:
    status, text = await caller.ask({**KUWAITI_ASKED, **changes})

    assert status == 200
    assert value(etree.fromstring(text.encode()), "Code") == "1000"


async def test_a_repeated_reference_is_acknowledged_again_and_answered_once(caller: Caller) -> None:
    first = await caller.ask(KUWAITI_ASKED)
    again = await caller.ask(KUWAITI_ASKED)
    other = await caller.ask({**KUWAITI_ASKED, "ref_id": "r-2"})

    assert first == again != other
    assert [value(await caller.next(), "RefId") for _ in range(2)] == ["r-1", "r-2"]
    assert caller.heard.empty()


async def test_a_reference_comes_back_as_it_was_sent(caller: Caller) -> None:
    await caller.ask({**KUWAITI_ASKED, "ref_id": HOSTILE})

    assert value(await caller.next(), "RefId") == HOSTILE


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"gcc_number": "1084260288", "gcc_nationality": "682"}, True),
        ({"gcc_number": "1084260288", "gcc_nationality": "048"}, False),
        ({"gcc_number": "1084260288"}, False),
        ({"civil_number": "1084260288"}, False),
        ({"gcc_number": KUWAITI[1], "gcc_nationality": "682"}, False),
        ({"civil_number": "280010100004"}, False),
        ({}, False),
    ],
)
async def test_a_number_is_known_under_its_own_nationality_only(
    caller: Caller, changes: dict[str, str], found: bool
) -> None:
    await caller.ask(changes)

    answer = await caller.next()
    assert (value(answer, "CivilID") is not None) is found
    assert value(answer, "Code") == (None if found else "1001")
    assert value(answer, "ResultCode") == ("1" if found else "2")


async def test_a_registration_is_found_by_its_number_whoever_asks(caller: Caller) -> None:
    company = population(Country.KW).all_companies[-1]

    await caller.ask({"civil_number": "280010100004", "registration_number": company.number}, REGISTRATIONS)

    assert value(await caller.next(), "CommercialRegistrationNo") == company.number


@pytest.mark.parametrize(("kind", "status"), [("rate_limiting", 429), ("redirect", 302)])
async def test_some_behaviours_befall_the_asking_and_then_nothing_is_answered(
    caller: Caller, kind: str, status: int
) -> None:
    caller.sandbox.behave(Behaviour(kind, times=1))  # type: ignore[arg-type]
    body = PERSON.envelope(caller.question(KUWAITI_ASKED))
    headers = {"SOAPAction": PERSON.action}

    async with caller.session.post(
        f"{caller.url}/PACI/GulfInquiry.svc", data=body, headers=headers, allow_redirects=False
    ) as response:
        assert response.status == status
    assert caller.heard.empty()
    assert (await caller.ask(KUWAITI_ASKED))[0] == 202


async def test_a_system_that_is_down_hangs_up(caller: Caller) -> None:
    caller.sandbox.behave(Behaviour("down", times=1))

    with pytest.raises(aiohttp.ClientError):
        await caller.ask(KUWAITI_ASKED)

    assert (await caller.ask(KUWAITI_ASKED))[0] == 202


@pytest.mark.parametrize("status", [404, 500, 302])
async def test_a_callback_that_is_not_wanted_is_sent_once_and_troubles_nobody(caller: Caller, status: int) -> None:
    caller.status = status

    await caller.ask(KUWAITI_ASKED)
    await caller.next()
    await caller.ask({**KUWAITI_ASKED, "ref_id": "r-2"})

    assert value(await caller.next(), "RefId") == "r-2"
    assert caller.heard.empty()


async def test_a_callback_to_a_door_that_is_gone_troubles_nobody(caller: Caller) -> None:
    assert (await caller.ask({**KUWAITI_ASKED, "callback_url": "http://127.0.0.1:1/later"}))[0] == 202
    assert (await caller.ask({**KUWAITI_ASKED, "ref_id": "r-2"}))[0] == 202

    assert value(await caller.next(), "RefId") == "r-2"


def test_secrets_are_made_under_the_names_on_the_plate_and_anew_each_time() -> None:
    plate = Manifest.load(ROOM)
    one, other = Sandbox.make_secrets(), Sandbox.make_secrets()

    assert set(one) == set(plate.secrets)
    assert one["password"] != other["password"]
    assert one["callback_key"] != other["callback_key"]
    assert set(Sandbox.endpoints("http://127.0.0.1:7102")) == set(plate.endpoints)


async def test_every_field_that_is_told_stands_in_the_readme(caller: Caller) -> None:
    """Nothing is dropped in silence: what the schema does not carry is listed with its reason."""
    listed = set(re.findall(r"`([A-Za-z]+)`", (ROOM / "README.md").read_text("utf-8")))
    told: set[str] = set()
    holders = [who for who in population(Country.KW).people if who.standing != "gcc_visitor"][:40]

    for place, (who, operation) in enumerate((who, operation) for who in holders for operation in OPERATIONS):
        await caller.ask({"civil_number": who.identifier, "ref_id": f"r-{place}"}, operation)
        told |= {str(etree.QName(each).localname) for each in (await caller.next()).iter(f"{{{DATA}}}*")}

    assert len(told) > 70
    assert told - listed == set()
