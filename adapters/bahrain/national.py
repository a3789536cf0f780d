"""The national system as it speaks: one question after another with a bearer token, lists page by page."""

from collections.abc import Callable
from typing import Final, TypeVar
from urllib.parse import quote, urlencode

from adapters.bahrain.answers import Json, read_document, read_page
from adapters.bahrain.assertion import Signer
from adapters.bahrain.tokens import Exchange
from gateway.sdk import Ask, BackendGarbled, Connection, Country, NationalSystem, Response, TokenSource

MOST_PAGES: Final = 50
"""Pages of one list after which it is taken to have no end; the longest of one person has a few."""

AnswerT = TypeVar("AnswerT")


class BahrainSystem(NationalSystem):
    """The client of the four agencies, which take the same token."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        exchange = Exchange(connection.gate("auth"), Signer(connection.secrets), connection.clock)
        self.tokens = TokenSource(exchange.token, connection.clock)

    async def close(self) -> None:
        await self.tokens.close()

    async def person(self, ask: Ask) -> Json | None:
        """The subject as the population register holds them, or ``None``. Raises ``BackendError``."""
        return await self._get("iga", f"/v1/persons?{urlencode(_subject(ask))}", ask, read_document)

    async def registration(self, number: str, ask: Ask) -> Json | None:
        """The commercial registration of that number, or ``None``. Raises ``BackendError``."""
        return await self._get("moic", f"/v1/registrations/{quote(number, safe='')}", ask, read_document)

    async def listed(self, endpoint: str, resource: str, ask: Ask) -> tuple[Json, ...]:
        """All that ``resource`` lists of the subject, every page under the one deadline. Raises ``BackendError``."""
        query, items, seen = _subject(ask), list[Json](), set[str]()
        for _ in range(MOST_PAGES):
            page = await self._get(endpoint, f"/v1/{resource}?{urlencode(query)}", ask, read_page)
            if page is None:
                return _nothing(items)
            items += page.items
            if page.next_cursor is None:
                return tuple(items)
            if page.next_cursor in seen:
                raise BackendGarbled("backend_garbled", reason="cursor_repeats")
            seen.add(page.next_cursor)
            query["cursor"] = page.next_cursor
        raise BackendGarbled("backend_garbled", reason="too_many_pages")

    async def _get(
        self, endpoint: str, target: str, ask: Ask, read: Callable[[Response], AnswerT | None]
    ) -> AnswerT | None:
        """What is at ``target``; a token that is refused is replaced once."""

        async def send(token: str) -> AnswerT | None:
            headers = {
                "Authorization": f"Bearer {token}",
                "Accept": "application/json, application/problem+json",
                "X-Request-Id": ask.reference,
                "X-Purpose": ask.purpose,
            }
            gate = self.connection.gate(endpoint)
            return await gate.send("GET", target, deadline=ask.deadline, headers=headers, read=read)

        return await self.tokens.ask(ask.deadline, send)


def _nothing(before: list[Json]) -> tuple[Json, ...]:
    """No list at all; raises ``BackendGarbled`` where a list that had begun is suddenly not there."""
    if before:
        raise BackendGarbled
    return ()


def _subject(ask: Ask) -> dict[str, str]:
    """Who is asked about: by CPR, or by the number of another Gulf state and the state that gave it."""
    subject = ask.subject
    if subject.country is Country.BH:
        return {"cpr": subject.value}
    return {"gcc_number": subject.value, "gcc_country": subject.country.facts.alpha3}
