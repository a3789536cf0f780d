"""What goes to PostgreSQL and back, as SQLAlchemy sends it and as the driver adds to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from gateway.storage.engine import Storage


@contextmanager
def round_trips(storage: Storage) -> Iterator[list[str]]:
    """The statements that are sent while the context lasts, BEGIN, COMMIT and pings among them, as they come.

    What the driver adds is known of a connection from its first use on.
    """
    sent: list[str] = []
    known: list[Any] = []

    def heard(said: Any) -> None:
        sent.append(said.query)

    def watch(adapted: Any, *_: object) -> None:
        if adapted.driver_connection not in known:
            known.append(adapted.driver_connection)
            adapted.driver_connection.add_query_logger(heard)

    def told(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    engine = storage.engine.sync_engine
    event.listen(engine.pool, "checkout", watch)
    event.listen(engine, "before_cursor_execute", told)
    try:
        yield sent
    finally:
        event.remove(engine.pool, "checkout", watch)
        event.remove(engine, "before_cursor_execute", told)
