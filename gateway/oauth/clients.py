"""Registered programs: taken in by their agency's word, let in by an operator, stopped at once."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog
from pydantic import ValidationError
from sqlalchemy import Row, func, insert, select, update

from gateway.errors import Conflict, InvalidClient, NotFound
from gateway.identity.revocation import Revocable, Revocations
from gateway.identity.tokens import LIFE
from gateway.oauth.client import Client, Standing
from gateway.storage.engine import Storage
from gateway.storage.oauth_tables import oauth_clients
from gateway.storage.upsert import upsert

log = structlog.get_logger()

LONGEST_ID: Final = 64
MOST_OF_AN_AGENCY: Final = 200
"""How many programs an agency may register by itself; an operator may register more for it."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A program and how it stands; ``updated_at`` is in seconds since 1970, ``version`` differs with every change."""

    client: Client
    standing: Standing
    updated_at: int
    version: str


class Clients:
    """Asked in the database every time, so that a program that was stopped a moment ago is stopped everywhere.

    ``revocations`` are told of a suspension, so that the tokens which the program still holds die within a second.
    """

    def __init__(self, storage: Storage, revocations: Revocations, clock: Callable[[], float]) -> None:
        self._storage = storage
        self._revocations = revocations
        self._clock = clock

    async def find(self, client_id: str) -> Client:
        """The approved program of that id; raises ``InvalidClient`` for any other, whatever the reason."""
        row = await self._row(client_id)
        if row is None or row.standing != "approved":
            raise InvalidClient
        try:
            return Client.model_validate_json(row.document)
        except ValidationError as problem:
            # A registration of an older version that this one no longer takes.
            log.error("client.unreadable", client=client_id)
            raise InvalidClient from problem

    async def register(self, client: Client) -> None:
        """Takes the registration in; it waits for an operator, also where it changes an approved one.

        What changes may be the very address that people are sent back to, so a change is judged like a beginning.
        """
        now = int(self._clock())
        changed = {
            "agency": client.agency,
            "standing": "pending",
            "document": client.model_dump_json(),
            "updated_at": now,
        }
        row = {"client_id": client.client_id, "created_at": now, **changed}
        async with self._storage.writing() as connection:
            await connection.execute(
                upsert(self._storage, oauth_clients)
                .values(row)
                .on_conflict_do_update(index_elements=["client_id"], set_=changed)
            )
        log.info("client.registered", client=client.client_id, agency=client.agency)

    async def enter(self, client: Client) -> None:
        """Takes in a program that is new, at its agency's own word; raises ``Conflict`` where it has too many."""
        now = int(self._clock())
        counted = select(func.count()).select_from(oauth_clients).where(oauth_clients.c.agency == client.agency)
        row = {
            "client_id": client.client_id,
            "agency": client.agency,
            "standing": "pending",
            "document": client.model_dump_json(),
            "created_at": now,
            "updated_at": now,
        }
        async with self._storage.writing() as connection:
            if (await connection.execute(counted)).scalar_one() >= MOST_OF_AN_AGENCY:
                raise Conflict("programs_too_many")
            await connection.execute(insert(oauth_clients).values(row))
        log.info("client.registered", client=client.client_id, agency=client.agency)

    async def change(self, client: Client) -> None:
        """Changes a program at its agency's own word, and lets it wait for an operator again.

        Raises ``NotFound`` where the agency has no such program, and ``Conflict`` for a suspended one: waiting among
        the others, it would be approved by an operator who does not know that it was stopped.
        """
        own = (oauth_clients.c.client_id == client.client_id) & (oauth_clients.c.agency == client.agency)
        changed = (
            update(oauth_clients)
            .where(own, oauth_clients.c.standing != "suspended")
            .values(standing="pending", document=client.model_dump_json(), updated_at=int(self._clock()))
        )
        async with self._storage.writing() as connection:
            if (await connection.execute(changed)).rowcount == 0:
                there = (await connection.execute(select(oauth_clients.c.client_id).where(own))).one_or_none()
                raise NotFound if there is None else Conflict("program_suspended")
        log.info("client.changed", client=client.client_id, agency=client.agency)

    async def own(self, client_id: str, asker: Client) -> Registered:
        """The program of that id, however it stands, for another of the same agency and state.

        Raises ``NotFound`` for one that is not theirs, as for one that is not there.
        """
        row = await self._row(client_id)
        if row is None or row.agency != asker.agency:
            raise NotFound
        try:
            client = Client.model_validate_json(row.document)
        except ValidationError as problem:
            log.error("client.unreadable", client=client_id)
            raise NotFound from problem
        if client.country != asker.country:
            # Two states may call an agency by the same name.
            raise NotFound
        return Registered(client, row.standing, row.updated_at, _version(row))

    async def approve(self, client_id: str, version: str | None = None) -> None:
        """Lets the program in, as it is now or only as the operator saw it: at ``version``.

        Raises ``NotFound``, and ``Conflict`` where its agency has changed it since it was seen.
        """
        if version is None:
            await self._stand(client_id, "approved")
            return
        row = await self._row(client_id)
        if row is None:
            raise NotFound
        if _version(row) != version:
            raise Conflict
        seen = (
            update(oauth_clients)
            .where(oauth_clients.c.client_id == client_id, oauth_clients.c.document == row.document)
            .values(standing="approved", updated_at=int(self._clock()))
        )
        async with self._storage.writing() as connection:
            if (await connection.execute(seen)).rowcount == 0:
                raise Conflict
        log.info("client.standing_changed", client=client_id, standing="approved")

    async def suspend(self, client_id: str) -> None:
        """Stops the program and every token that it holds; raises ``NotFound``.

        No token is made for a suspended program, so the revocation is needed only as long as the youngest one lives:
        a program that is approved again meanwhile has its new tokens refused until then, some six minutes.
        """
        await self._stand(client_id, "suspended")
        await self._revocations.revoke(Revocable.CLIENT, client_id, token_expires=int(self._clock()) + LIFE)

    async def suspend_agency(self, agency: str) -> Sequence[str]:
        """Stops every program of the agency, as ``suspend`` does, and gives their ids; raises ``NotFound``.

        A program that is registered at this very moment waits for an operator, and whoever registers it is stopped.
        """
        stopped = (
            update(oauth_clients)
            .where(oauth_clients.c.agency == agency)
            .values(standing="suspended", updated_at=int(self._clock()))
            .returning(oauth_clients.c.client_id)
        )
        async with self._storage.writing() as connection:
            ids = sorted((await connection.execute(stopped)).scalars().all())
        if not ids:
            raise NotFound
        expires = int(self._clock()) + LIFE
        for client_id in ids:
            await self._revocations.revoke(Revocable.CLIENT, client_id, token_expires=expires)
        log.info("client.agency_suspended", agency=agency, programs=len(ids))
        return ids

    async def all(self, agency: str | None = None) -> Sequence[Registered]:
        """Every registration, or those of one agency, in the order of their ids."""
        wanted = select(oauth_clients).order_by(oauth_clients.c.client_id)
        if agency is not None:
            wanted = wanted.where(oauth_clients.c.agency == agency)
        async with self._storage.reading() as connection:
            rows = (await connection.execute(wanted)).all()
        return [
            Registered(Client.model_validate_json(row.document), row.standing, row.updated_at, _version(row))
            for row in rows
        ]

    async def _row(self, client_id: str) -> Row[Any] | None:
        # An id that no registration can have is not worth a question; a NUL would be an error of PostgreSQL.
        if len(client_id) > LONGEST_ID or not client_id.isascii() or not client_id.isprintable():
            return None
        wanted = select(oauth_clients).where(oauth_clients.c.client_id == client_id)
        async with self._storage.reading() as connection:
            return (await connection.execute(wanted)).one_or_none()

    async def _stand(self, client_id: str, standing: Standing) -> None:
        changed = (
            update(oauth_clients)
            .where(oauth_clients.c.client_id == client_id)
            .values(standing=standing, updated_at=int(self._clock()))
        )
        async with self._storage.writing() as connection:
            if (await connection.execute(changed)).rowcount == 0:
                raise NotFound
        log.info("client.standing_changed", client=client_id, standing=standing)


def _version(row: Row[Any]) -> str:
    return hashlib.sha256(row.document.encode()).hexdigest()
