"""Agencies and their members as rows: for tests that begin where an invitation has been accepted."""

import secrets
import time
from dataclasses import dataclass

import orjson
from sqlalchemy import insert, select

from gateway.agencies import contexts
from gateway.app.signin import signin_keys
from gateway.identity.vault import Vault
from gateway.registry.store import RegistryStore
from gateway.schema import Country
from gateway.storage.engine import Storage
from gateway.storage.registry_tables import registry_agencies, registry_members
from tests.support.house import House

CONTACT = {
    "name": {"ar": "مكتب الربط", "en": "Integration desk"},
    "email": "desk@agency.example",
    "phone": "+96824000000",
}
"""Invented."""


@dataclass(frozen=True)
class Joined:
    """A member of an agency; ``person`` is the subject of the tokens that speak for them."""

    agency: str
    country: Country
    member: str
    person: str
    role: str


async def joined(
    place: House | Storage,
    *,
    agency: str = "om-fisheries",
    country: Country = Country.OM,
    person: str = "person-OM",
    role: str = "owner",
    kind: str = "agency",
    standing: str = "active",
    vault: Vault | None = None,
) -> Joined:
    """Makes the agency, where it is not there yet, and the person a member of it.

    In a house everything is sealed under its own vault; with a mere storage that is the caller's to give.
    """
    storage = place.doors.parts.storage if isinstance(place, House) else place
    ring = signin_keys(place.settings)[0] if isinstance(place, House) else vault or Vault(secrets.token_bytes(32))
    now, member = int(time.time()), secrets.token_urlsafe(12)
    names = {"ar": f"جهة {agency}", "en": f"Agency {agency}"}
    async with storage.writing() as connection:
        there = select(registry_agencies.c.agency_id).where(registry_agencies.c.agency_id == agency)
        if (await connection.execute(there)).one_or_none() is None:
            contact = ring.seal(orjson.dumps(CONTACT), contexts.of_contact(agency))
            row = {
                "agency_id": agency,
                "country": country.value,
                "kind": kind,
                "standing": standing,
                "names": orjson.dumps(names),
                "contact": contact,
                "created_at": now,
                "revision": await RegistryStore(time.time).bump(connection),
            }
            await connection.execute(insert(registry_agencies).values(row))
        await connection.execute(
            insert(registry_members).values(
                member_id=member,
                agency_id=agency,
                person_id=person,
                role=role,
                sealed=ring.seal(person.encode(), contexts.of_member(member)),
                created_at=now,
            )
        )
    return Joined(agency, country, member, person, role)
