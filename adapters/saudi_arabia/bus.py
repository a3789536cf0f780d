"""The bus as this room calls it: one operation, one envelope, credentials inside the body."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from adapters.saudi_arabia.operations import OPERATIONS
from adapters.saudi_arabia.soap import NO_LISTS, Lists, Operation, Result, Writer, read_result
from gateway.sdk import Deadline, Gate

REQUESTER = "bawaba"
_HEADERS = {"Content-Type": "text/xml; charset=utf-8", "Accept": "text/xml", "SOAPAction": '""'}


@dataclass(frozen=True, slots=True)
class Message:
    """What the header of a request says of it; ``reference`` is what the answer must relate to."""

    reference: str
    purpose: str
    deadline: Deadline


class Bus:
    """The client of the SOAP bus."""

    def __init__(self, gate: Gate, secrets: Mapping[str, str]) -> None:
        credentials = {
            "chargeCode": secrets["charge_code"],
            "userName": secrets["user_name"],
            "password": secrets["password"],
        }
        self.gate = gate
        self._writers = {operation: Writer(operation, credentials, REQUESTER) for operation in OPERATIONS}

    async def call(
        self,
        operation: Operation,
        message: Message,
        asked: Mapping[str, str],
        lists: Lists = NO_LISTS,
        *,
        safe: bool = True,
    ) -> Result | None:
        """The answer, as ``read_result`` reads it; ``safe`` says that the gate may ask again by itself."""
        return await self.gate.send(
            "POST",
            f"/{operation.service}",
            deadline=message.deadline,
            headers=_HEADERS,
            body=self._writers[operation].write(message.reference, message.purpose, asked, lists),
            read=partial(read_result, operation=operation, reference=message.reference),
            safe=safe,
        )
