"""The batch system as it speaks: a row is dropped, and its result is asked for until it is there."""

from functools import partial

from adapters.oman.batches import Answer, Batches, Operation, read_answer
from adapters.oman.intake import Intake
from adapters.oman.intake_file import written
from adapters.oman.values import NUMERIC, plain
from gateway.sdk import Ask, Connection, Country, NationalSystem


class OmanSystem(NationalSystem):
    """The client of the batch system, and of the intake folder beside it."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        secrets = connection.secrets
        self._batches = Batches(connection.gate("batches"), secrets["client_key"], secrets["signing_secret"])
        self.intake = Intake(self._batches, connection.clock)

    async def about_subject(self, operation: Operation, ask: Ask) -> Answer:
        """What the agency holds of the person asked for.

        A citizen of another Gulf state is named by the number of home and its nationality, ISO 3166-1 numeric.
        """
        subject = ask.subject
        nationality = "" if subject.country is Country.OM else NUMERIC[subject.country]
        return await self._ask(operation, ask, (subject.value, nationality, ""))

    async def about_number(self, operation: Operation, number: str, ask: Ask) -> Answer:
        """What the agency holds under a registration number; who asks is not told."""
        return await self._ask(operation, ask, ("", "", plain(number)))

    async def _ask(self, operation: Operation, ask: Ask, fields: tuple[str, ...]) -> Answer:
        row = written([(ask.reference, operation.code, *fields)])
        batch = await self._batches.drop(row, ask.purpose, ask.deadline)
        read = partial(read_answer, agency=operation.agency, now=self.connection.clock())
        return await self._batches.poll(batch, read, ask.deadline)
