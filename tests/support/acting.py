"""Actors and grants of agencies, made as tests need them."""

from typing import Any

from gateway.agencies.acting import Actor, AgencyAct, AgencyGrant, Role
from gateway.agencies.callers import Caller
from gateway.identity.principal import Assurance
from gateway.schema import Country
from gateway.schema.base import Frozen


def caller(subject: str = "person-OM", **changes: Any) -> Caller:
    """A person of Oman with a token for all states."""
    values: dict[str, Any] = {
        "subject": subject,
        "client": "tests",
        "program": None,
        "countries": None,
        "home": Country.OM,
        "assurance": Assurance.SUBSTANTIAL,
    }
    return Caller(**values | changes)


def actor(role: Role = Role.OWNER, **changes: Any) -> Actor:
    """The person in the agency ``om-fisheries``, as its owner unless told otherwise."""
    values: dict[str, Any] = {
        "id": "member:one",
        "agency": "om-fisheries",
        "country": Country.OM,
        "kind": "agency",
        "standing": "active",
        "role": role,
        "caller": caller(),
    }
    return Actor(**values | changes)


def grant(act: AgencyAct, **changes: Any) -> AgencyGrant:
    """That such an actor may do it."""
    return AgencyGrant(actor(**changes), act)


async def forget(_connection: object, _view: Frozen) -> None:
    """Keeps no answer."""
