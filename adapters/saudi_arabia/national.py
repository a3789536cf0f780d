"""The national systems as they speak: a SOAP bus for people, violations and contributions, and Wathq for companies."""

from collections.abc import Mapping
from functools import partial

from adapters.saudi_arabia.operations import (
    CITIZEN,
    CONTRIBUTIONS,
    GULF_CITIZEN,
    OPERATIONS,
    RESIDENT,
    VIOLATIONS,
)
from adapters.saudi_arabia.soap import Operation, Result, Writer, read_result
from adapters.saudi_arabia.values import nationality_code
from adapters.saudi_arabia.wathq import Wathq
from gateway.sdk import Ask, Connection, Country, IdentifierKind, NationalIdentifier, NationalSystem

REQUESTER = "bawaba"
_HEADERS = {"Content-Type": "text/xml; charset=utf-8", "Accept": "text/xml", "SOAPAction": '""'}


class SaudiSystem(NationalSystem):
    """The client of both: the bus takes its credentials inside the body, Wathq in a header."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._bus = connection.gate("soap")
        secrets = connection.secrets
        credentials = {
            "chargeCode": secrets["charge_code"],
            "userName": secrets["user_name"],
            "password": secrets["password"],
        }
        self._writers = {operation: Writer(operation, credentials, REQUESTER) for operation in OPERATIONS}
        self.register = Wathq(connection.gate("wathq"), secrets["api_key"])

    async def person(self, ask: Ask) -> Result | None:
        """What the population register knows of the subject, ``None`` where it knows nobody of that number."""
        subject = ask.subject
        match person_operation(subject):
            case operation if operation is GULF_CITIZEN:
                asked = {"gccNIN": subject.value, "gccNationality": nationality_code(subject.country)}
            case operation if operation is RESIDENT:
                asked = {"iqamaNumber": subject.value}
            case operation:
                asked = {"nin": subject.value}
        return await self._call(operation, ask, asked)

    async def violations(self, ask: Ask) -> Result | None:
        """The traffic violations of the subject."""
        return await self._call(VIOLATIONS, ask, _identity(ask.subject))

    async def contributions(self, ask: Ask) -> Result | None:
        """The social insurance contributions of the subject."""
        return await self._call(CONTRIBUTIONS, ask, _identity(ask.subject))

    async def _call(self, operation: Operation, ask: Ask, asked: Mapping[str, str]) -> Result | None:
        return await self._bus.send(
            "POST",
            f"/{operation.service}",
            deadline=ask.deadline,
            headers=_HEADERS,
            body=self._writers[operation].write(ask.reference, ask.purpose, asked),
            read=partial(read_result, operation=operation, reference=ask.reference),
        )


def person_operation(subject: NationalIdentifier) -> Operation:
    """The operation that knows people like the subject."""
    if subject.country is not Country.SA:
        return GULF_CITIZEN
    return RESIDENT if subject.kind is IdentifierKind.resident_id else CITIZEN


def _identity(subject: NationalIdentifier) -> Mapping[str, str]:
    """The subject as the invented services take it: a number, and its nationality where another state gave it."""
    if subject.country is Country.SA:
        return {"id": subject.value}
    return {"id": subject.value, "nationality": nationality_code(subject.country)}
