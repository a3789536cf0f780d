"""The room of Saudi Arabia connected to its stand-in, and answers of the bus to play with."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from adapters.saudi_arabia.national import SaudiSystem
from adapters.saudi_arabia.operations import CITIZEN
from adapters.saudi_arabia.sandbox import Sandbox
from adapters.saudi_arabia.sandbox_bus import XML, envelope
from adapters.saudi_arabia.soap import Operation, elements
from gateway.sdk import (
    Ask,
    Connection,
    Country,
    Deadline,
    Gate,
    GateLimits,
    Inbox,
    Lookup,
    NationalIdentifier,
    Response,
    Source,
)
from gateway.sdk.sandbox import Population, Reply

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
KHALID = (Country.SA, "1084260288")
ABDULLAH = (Country.KW, "285061445574")
MARYAM = (Country.BH, "010345570")
NOBODY = (Country.SA, "1000000016")

SECRETS: Mapping[str, str] = {
    "charge_code": "BAWABA<1>",
    "user_name": "bawaba & sons",
    "password": "a'b\"c]]>&lt;",
    "api_key": "key-of-the-tests",
}

AdapterT = TypeVar("AdapterT", bound=Lookup[SaudiSystem, Any])


@dataclass(frozen=True, slots=True)
class Line:
    """A room on one side, its stand-in on the other."""

    system: SaudiSystem
    sandbox: Sandbox
    gates: Mapping[str, Gate]


@asynccontextmanager
async def line(
    *, known_to_us: Mapping[str, str] = SECRETS, sandbox: Sandbox | None = None, population: Population | None = None
) -> AsyncIterator[Line]:
    """A line to a stand-in; ``known_to_us`` are the credentials that the room has, right ones unless told."""
    stand_in = sandbox or Sandbox(secrets=SECRETS, population=population)
    async with stand_in.running() as url:
        gates = {name: Gate("saudi_arabia", base, GateLimits()) for name, base in stand_in.endpoints(url).items()}
        system = SaudiSystem(Connection(gates, known_to_us, Inbox("http://127.0.0.1"), lambda: NOW))
        yield Line(system, stand_in, gates)
        for gate in gates.values():
            await gate.close()


def ask(
    subject: tuple[Country, str] = KHALID,
    *,
    service: str = "identity-verification",
    language: str = "ar",
    reference: str = "req-1-SA",
    purpose: str = "self_service",
    seconds: float = 5,
    **inputs: Any,
) -> Ask:
    """A question about ``subject``."""
    return Ask(
        service=service,
        country=Country.SA,
        subject=NationalIdentifier.parse(*subject, today=NOW.date()),
        inputs=inputs,
        purpose=purpose,
        language=language,
        reference=reference,
        deadline=Deadline.after(seconds),
        source=Source(country=Country.SA, agency="sa", adapter="saudi_arabia@1.0.0", fetched_at=NOW),
    )


async def answer(adapter: AdapterT, question: Ask) -> tuple[Any, ...]:
    """What the adapter makes of the national answer."""
    return tuple(adapter.normalise(await adapter.fetch(question), question))


CITIZEN_VALUES: Mapping[str, str] = {
    "nin": KHALID[1],
    "firstName": "خالد",
    "fatherName": "سعود",
    "grandFatherName": "ناصر",
    "familyName": "القحطاني",
    "gender": "M",
    "dateOfBirthH": "09-07-1407",
    "dateOfBirthG": "09-03-1987",
    "idExpiryDate": "23-08-1451",
    "lifeStatus": "ALIVE",
    "logId": "100200300",
}


def message(operation: Operation = CITIZEN, content: str | None = None) -> str:
    """The one element in the body of an answer."""
    written = elements(CITIZEN_VALUES) if content is None else content
    return (
        f'<svc:{operation.name}Response xmlns:svc="{operation.namespace}"><{operation.result}>{written}'
        f"</{operation.result}></svc:{operation.name}Response>"
    )


def response(body: str, *, header: str = "", status: int = 200, content_type: str = XML) -> Response:
    """An envelope around ``body``, as the gate hands it on."""
    return Response(status, {"content-type": content_type}, envelope(header, body))


def primed(body: str, *, header: str = "", status: int = 200) -> Reply:
    """An envelope around ``body``, for the stand-in to answer with."""
    return Reply(status, XML, envelope(header, body))
