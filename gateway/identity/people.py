"""People and the identities that states gave them: one person, several numbers, each number one person's."""

import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

import structlog
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.errors import IdentifierTaken, IdentityMissing, LastIdentity
from gateway.identity.principal import Assurance
from gateway.identity.providers.base import Evidence
from gateway.identity.vault import Finder, Vault
from gateway.schema.country import Country
from gateway.schema.identifier import NationalIdentifier
from gateway.storage.engine import Storage
from gateway.storage.tables import person_identifiers, person_identities, persons

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Identity:
    """One way in: a provider that vouched for the person. Times are in seconds since 1970."""

    id: str
    provider: str
    assurance: Assurance
    linked_at: int
    used_at: int
    identifier: NationalIdentifier | None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whom the evidence belongs to, and the identity that it came by."""

    person: str
    identity: str
    account_hash: str


class _OvertakenError(Exception):
    """Another worker wrote between our reading and our writing."""


class People:
    """Finds people by what providers say of them. Numbers are kept sealed and found by keyed hash.

    Nobody is ever found by name, e-mail address or telephone number.
    """

    def __init__(self, storage: Storage, vault: Vault, finder: Finder, clock: Callable[[], float]) -> None:
        self._storage = storage
        self._vault = vault
        self._finder = finder
        self._clock = clock

    async def sign_in(self, evidence: Evidence) -> SignedIn:
        """The person whom the evidence is about, known by account or by number, else a new one.

        Raises ``IdentifierTaken`` when account and number belong to two different people: one of the two
        sign-ins is wrong, and neither is believed.
        """

        async def find_or_create(connection: AsyncConnection) -> SignedIn:
            account = await self._by_account(connection, evidence)
            owner = await self._by_identifier(connection, evidence.identifier)
            if account and owner and account != owner:
                _raise_alarm(evidence)
            person = account or owner or await self._create(connection)
            return await self._remember(connection, person, evidence)

        return await self._settled(find_or_create)

    async def link(self, person: str, evidence: Evidence) -> SignedIn:
        """Adds the identity to the person; raises ``IdentifierTaken`` when it is somebody else's."""

        async def add(connection: AsyncConnection) -> SignedIn:
            for owner in (
                await self._by_account(connection, evidence),
                await self._by_identifier(connection, evidence.identifier),
            ):
                if owner not in (None, person):
                    _raise_alarm(evidence)
            return await self._remember(connection, person, evidence)

        return await self._settled(add)

    async def unlink(self, person: str, identity: str) -> None:
        """Takes an identity away, and its number when no other identity vouches for it.

        Raises ``IdentityMissing`` when the person has no such identity, ``LastIdentity`` when it is the only one.
        """
        async with self._storage.writing() as connection:
            # One at a time: two tabs that unlink one of two each would leave none.
            await connection.execute(select(persons).where(persons.c.person_id == person).with_for_update())
            rows = (await connection.execute(_OF_PERSON.where(person_identities.c.person_id == person))).all()
            gone = next((row for row in rows if row.identity_id == identity), None)
            if gone is None:
                raise IdentityMissing
            if len(rows) == 1:
                raise LastIdentity
            await connection.execute(delete(person_identities).where(person_identities.c.identity_id == identity))
            await self._forget_if_unvouched(connection, gone.identifier_hash)
        log.info("identity.unlinked", provider=gone.provider)

    async def identities(self, person: str) -> Sequence[Identity]:
        """The person's ways in, the oldest first."""
        async with self._storage.reading() as connection:
            rows = (await connection.execute(_OF_PERSON.where(person_identities.c.person_id == person))).all()
            numbers = await self._numbers(connection, person)
        return [
            Identity(
                row.identity_id,
                row.provider,
                Assurance(row.assurance),
                row.linked_at,
                row.used_at,
                numbers.get(row.identifier_hash),
            )
            for row in rows
        ]

    async def identifiers(self, person: str) -> Mapping[Country, NationalIdentifier]:
        """What each state calls the person: of two numbers that it gave, the one that was linked first."""
        async with self._storage.reading() as connection:
            numbers = await self._numbers(connection, person)
        return _first_of_each(numbers.values())

    async def reseal(self) -> int:
        """Seals anew what stands under an old key; says how many numbers that were."""
        resealed = 0
        async with self._storage.writing() as connection:
            for row in (await connection.execute(select(person_identifiers))).all():
                if not self._vault.is_current(row.sealed):
                    plain = self._vault.open(row.sealed, _context(row.identifier_hash))
                    sealed = self._vault.seal(plain, _context(row.identifier_hash))
                    await connection.execute(
                        update(person_identifiers)
                        .where(person_identifiers.c.identifier_hash == row.identifier_hash)
                        .values(sealed=sealed)
                    )
                    resealed += 1
        return resealed

    # --- inside one transaction

    async def _settled(self, work: Callable[[AsyncConnection], Awaitable[SignedIn]]) -> SignedIn:
        """What ``work`` comes to; where another worker was quicker, what that one wrote is found the second time."""
        try:
            async with self._storage.writing() as connection:
                return await work(connection)
        except (IntegrityError, _OvertakenError):
            async with self._storage.writing() as connection:
                return await work(connection)

    async def _forget_if_unvouched(self, connection: AsyncConnection, identifier_hash: str | None) -> None:
        """A number goes with the last identity that vouched for it, unless somebody comes with it meanwhile."""
        number = select(person_identifiers.c.person_id).where(person_identifiers.c.identifier_hash == identifier_hash)
        await connection.execute(number.with_for_update())
        vouching = select(person_identities.c.identity_id).where(person_identities.c.identifier_hash == identifier_hash)
        if (await connection.execute(vouching.limit(1))).first() is None:
            await connection.execute(
                delete(person_identifiers).where(person_identifiers.c.identifier_hash == identifier_hash)
            )

    async def _by_account(self, connection: AsyncConnection, evidence: Evidence) -> str | None:
        wanted = select(person_identities.c.person_id).where(
            person_identities.c.account_hash == self._account_hash(evidence)
        )
        return (await connection.execute(wanted)).scalar_one_or_none()

    async def _by_identifier(
        self, connection: AsyncConnection, identifier: NationalIdentifier | None, *, held: bool = False
    ) -> str | None:
        """Whose the number is; ``held`` keeps it there, and theirs, to the end of the transaction."""
        if identifier is None:
            return None
        wanted = select(person_identifiers.c.person_id).where(
            person_identifiers.c.identifier_hash == self._identifier_hash(identifier)
        )
        if held:
            wanted = wanted.with_for_update(read=True)
        return (await connection.execute(wanted)).scalar_one_or_none()

    async def _create(self, connection: AsyncConnection) -> str:
        person = secrets.token_urlsafe(16)
        await connection.execute(insert(persons).values(person_id=person, created_at=int(self._clock())))
        return person

    async def _remember(self, connection: AsyncConnection, person: str, evidence: Evidence) -> SignedIn:
        """Writes down number and account."""
        account, now, number = self._account_hash(evidence), int(self._clock()), evidence.identifier
        owner = await self._by_identifier(connection, number, held=True)
        if number is not None and owner is None:
            await connection.execute(insert(person_identifiers).values(**self._number_row(person, number)))
        number_hash = self._identifier_hash(number) if number else None
        known = select(person_identities).where(person_identities.c.account_hash == account)
        row = (await connection.execute(known)).one_or_none()
        if owner not in (None, person) or (row is not None and row.person_id != person):
            raise _OvertakenError
        if row is None:
            identity = secrets.token_urlsafe(16)
            values = {
                "identity_id": identity,
                "account_hash": account,
                "person_id": person,
                "provider": evidence.provider,
                "identifier_hash": number_hash,
                "assurance": evidence.assurance.value,
                "linked_at": now,
                "used_at": now,
            }
            await connection.execute(insert(person_identities).values(values))
            log.info("identity.linked", provider=evidence.provider, assurance=evidence.assurance.value)
            return SignedIn(person, identity, account)
        changes = {
            "used_at": now,
            "assurance": max(Assurance(row.assurance), evidence.assurance).value,
            "identifier_hash": number_hash or row.identifier_hash,
        }
        own = person_identities.c.identity_id == row.identity_id
        await connection.execute(update(person_identities).where(own).values(changes))
        if row.identifier_hash not in (None, changes["identifier_hash"]):
            await self._forget_if_unvouched(connection, row.identifier_hash)
        return SignedIn(person, row.identity_id, account)

    async def _numbers(self, connection: AsyncConnection, person: str) -> Mapping[str, NationalIdentifier]:
        """By hash, in the order in which they were linked."""
        rows = await connection.execute(_NUMBERS.where(person_identifiers.c.person_id == person))
        return {
            row.identifier_hash: NationalIdentifier.model_validate_json(
                self._vault.open(row.sealed, _context(row.identifier_hash))
            )
            for row in rows
        }

    def _number_row(self, person: str, number: NationalIdentifier) -> dict[str, object]:
        found = self._identifier_hash(number)
        sealed = self._vault.seal(number.model_dump_json().encode(), _context(found))
        return {"identifier_hash": found, "person_id": person, "country": number.country.value, "sealed": sealed}

    def _account_hash(self, evidence: Evidence) -> str:
        return self._finder.of("account", evidence.issuer, evidence.subject)

    def _identifier_hash(self, number: NationalIdentifier) -> str:
        return self._finder.of("identifier", number.country.value, number.value)


def numbers_asked_with(identities: Sequence[Identity]) -> Mapping[Country, NationalIdentifier]:
    """What ``People.identifiers`` says of the person with these ways in, the oldest first."""
    return _first_of_each(each.identifier for each in identities if each.identifier)


def _first_of_each(numbers: Iterable[NationalIdentifier]) -> Mapping[Country, NationalIdentifier]:
    first: dict[Country, NationalIdentifier] = {}
    for number in numbers:
        first.setdefault(number.country, number)
    return first


_IN_ORDER = person_identities.c.linked_at, person_identities.c.identity_id
_OF_PERSON = select(person_identities).order_by(*_IN_ORDER)
_NUMBERS = (
    select(person_identifiers)
    .join(person_identities, person_identities.c.identifier_hash == person_identifiers.c.identifier_hash)
    .order_by(*_IN_ORDER)
)


def _context(identifier_hash: str) -> str:
    return f"identifier {identifier_hash}"


def _raise_alarm(evidence: Evidence) -> NoReturn:
    log.error("identity.contested", provider=evidence.provider, assurance=evidence.assurance.value)
    raise IdentifierTaken
