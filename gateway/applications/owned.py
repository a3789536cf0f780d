"""Whose an application is: what is not a person's own is not found by them."""

from typing import Final, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.applications.kept import Application, Entry
from gateway.applications.store import Store
from gateway.errors import Forbidden, NotFound, Unavailable
from gateway.identity.principal import Principal

UNREADABLE: Final = "application_unreadable"

FoundT = TypeVar("FoundT", bound=Entry)


async def find_owned(
    connection: AsyncConnection, store: Store, principal: Principal, application: str, *, to_change: bool = False
) -> Application:
    """The person's own application of that id; raises ``NotFound``, ``Forbidden`` where the token is for less, and
    ``Unavailable`` with ``application_unreadable``."""
    try:
        found = await store.find(connection, application, principal.subject, to_change=to_change)
    except ValueError as problem:
        await look_owned(connection, store, principal, application)
        raise Unavailable(UNREADABLE) from problem
    return _own(principal, found)


async def look_owned(connection: AsyncConnection, store: Store, principal: Principal, application: str) -> Entry:
    """The same to be looked at only, or as much of it as can be read."""
    found = await store.look(connection, application, principal.subject)
    return _own(principal, found)


def _own(principal: Principal, found: FoundT | None) -> FoundT:
    if found is None or (principal.countries is not None and found.country not in principal.countries):
        raise NotFound
    check_scope(principal, found.service)
    return found


def check_scope(principal: Principal, service: str | None) -> None:
    """Raises ``Forbidden`` where the token is not for applications, nor for those of the service."""
    if principal.scopes.isdisjoint({"applications", f"applications:{service}"}):
        raise Forbidden("insufficient_scope", scope="applications")
