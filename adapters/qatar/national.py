"""The national system as it speaks: one signed request, one answer in XML."""

from collections.abc import Mapping
from functools import partial

from adapters.qatar.answers import Inquiry, read_answer
from adapters.qatar.operations import CONTENT_TYPE, REGISTRATION_BY_NUMBER, Operation, inquiry, target
from adapters.qatar.signing import KEY_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, sign
from gateway.sdk import Ask, Connection, NationalSystem


class QatarSystem(NationalSystem):
    """The client of the four agencies; one API key and one signing secret for all."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._secret = connection.secrets["signing_secret"].encode()
        self._headers = {KEY_HEADER: connection.secrets["api_key"], "Accept": "application/xml"}

    async def inquire(self, operation: Operation, ask: Ask) -> Inquiry:
        """The answer to ``operation`` about the ask's subject; raises ``BackendError``."""
        return await self._send("POST", operation, target(operation, ask.reference), inquiry(ask), ask)

    async def registration(self, number: str, ask: Ask) -> Inquiry:
        """The answer about one registration, whoever asks; raises ``BackendError``."""
        operation = REGISTRATION_BY_NUMBER
        return await self._send("GET", operation, target(operation, ask.reference, number), b"", ask)

    async def _send(self, method: str, operation: Operation, path: str, body: bytes, ask: Ask) -> Inquiry:
        def headers() -> Mapping[str, str]:
            """Signed anew for each try: a signature that was seen is refused."""
            timestamp = str(int(self.connection.clock().timestamp() * 1000))
            signature = sign(self._secret, method, path, timestamp, body)
            signed = {**self._headers, TIMESTAMP_HEADER: timestamp, SIGNATURE_HEADER: signature}
            return {**signed, "Content-Type": CONTENT_TYPE} if body else signed

        return await self.connection.gate(operation.endpoint).send(
            method,
            path,
            deadline=ask.deadline,
            headers=headers,
            body=body,
            read=partial(read_answer, reference=ask.reference, payload=operation.payload),
        )
