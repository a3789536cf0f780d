"""Adapters found by their names and titles, in both languages, a page at a time."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.registry.search import asked, normalise, terms
from gateway.storage.registry_tables import registry_adapters


def words_of(name: str, *titles: str) -> str:
    """The words of a name and its titles as they are searched, a blank before each."""
    texts = (name.replace("_", " "), name, *titles)
    words = {word for text in texts for word in (*normalise(text).split(), *terms(text))}
    return "".join(f" {word}" for word in sorted(words) if word.isprintable())


async def page_of(
    connection: AsyncConnection, agencies: Sequence[str], query: str, limit: int, after: str
) -> Sequence[Row[Any]]:
    """The adapters of those agencies whose words begin as each word of the query does, in the order of their names.

    ``after`` is the name that the page before ended with; one more than ``limit`` comes where there are more.
    """
    table, query = registry_adapters, query.replace("_", " ")
    wanted = select(table).where(table.c.agency_id.in_(agencies), table.c.adapter_id > after)
    for word in asked(query) or tuple(normalise(query).split()):
        wanted = wanted.where(table.c.words.contains(f" {word}", autoescape=True))
    return (await connection.execute(wanted.order_by(table.c.adapter_id).limit(limit + 1))).all()
