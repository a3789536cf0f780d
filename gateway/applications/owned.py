"""Whose an application is: what is not a person's own is not found by them."""

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.applications.kept import Application
from gateway.applications.store import Store
from gateway.errors import Forbidden, NotFound
from gateway.identity.principal import Principal


async def find_owned(
    connection: AsyncConnection, store: Store, principal: Principal, application: str, *, to_change: bool = False
) -> Application:
    """The person's own application of that id; raises ``NotFound``, and ``Forbidden`` where the token is for less."""
    found = await store.find(connection, application, principal.subject, to_change=to_change)
    if found is None or (principal.countries is not None and found.country not in principal.countries):
        raise NotFound
    check_scope(principal, found.service)
    return found


def check_scope(principal: Principal, service: str | None) -> None:
    """Raises ``Forbidden`` where the token is not for applications, nor for those of the service."""
    if principal.scopes.isdisjoint({"applications", f"applications:{service}"}):
        raise Forbidden("insufficient_scope", scope="applications")
