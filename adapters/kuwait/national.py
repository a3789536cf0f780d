"""The national system as it speaks: a SOAP request is acknowledged at once, and answered by a callback."""

from base64 import b64encode
from functools import partial

from adapters.kuwait.answers import Inquiry, read_acknowledgement, read_callback
from adapters.kuwait.operations import CONTENT_TYPE, OPERATIONS, PATH, Operation, Question
from adapters.kuwait.signing import HEADER, is_signed
from gateway.sdk import Ask, BackendGarbled, Callback, Connection, Country, NationalSystem


class KuwaitSystem(NationalSystem):
    """The client of the four agencies; one user name, one password and one callback key for all."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        secrets = connection.secrets
        credentials = b64encode(f"{secrets['username']}:{secrets['password']}".encode()).decode()
        self._headers = {
            operation: {
                "Authorization": f"Basic {credentials}",
                "Content-Type": CONTENT_TYPE,
                "SOAPAction": operation.action,
            }
            for operation in OPERATIONS
        }
        self._readers = {operation: partial(read_acknowledgement, operation=operation) for operation in OPERATIONS}
        self._callback_key = secrets["callback_key"].encode()

    async def inquire(self, operation: Operation, ask: Ask, registration_number: str = "") -> Inquiry:
        """The answer to ``operation`` about the ask's subject.

        The gate sends again while there is no acknowledgement, with the same RefId, which the national system
        takes as one request; once it is acknowledged, it is only waited for. Raises ``BackendError``.
        """
        async with self.connection.inbox.expect() as waiting:
            number = await self.connection.gate(operation.endpoint).send(
                "POST",
                PATH,
                deadline=ask.deadline,
                headers=self._headers[operation],
                body=operation.envelope(_question(ask, waiting.url, registration_number)),
                read=self._readers[operation],
            )
            callback = await waiting.answer(ask.deadline)
        return self._believed(callback, operation, ask, number)

    def _believed(self, callback: Callback, operation: Operation, ask: Ask, number: str) -> Inquiry:
        """The callback's content, read only after its signature: a stranger's bytes reach no parser."""
        if not is_signed(self._callback_key, ask.reference, callback.body, callback.headers.get(HEADER.lower(), "")):
            raise BackendGarbled
        return read_callback(callback.body, operation, ask.reference, number)


def _question(ask: Ask, url: str, registration_number: str) -> Question:
    subject, at_home = ask.subject, ask.subject.country is Country.KW
    return Question(
        ref_id=ask.reference,
        callback_url=url,
        reason=ask.purpose,
        civil_number=subject.value if at_home else "",
        gcc_number="" if at_home else subject.value,
        gcc_nationality="" if at_home else subject.country.facts.numeric,
        registration_number=registration_number,
    )
