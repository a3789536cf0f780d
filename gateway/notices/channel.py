"""What a channel is, and how one says that it could not deliver."""

from typing import Protocol

from gateway.notices.message import Message


class NotDelivered(Exception):
    """It did not go through this time; its text is a keyword for the log."""


class Undeliverable(NotDelivered):
    """It will never go through: the address is no longer one."""


class Channel(Protocol):
    """One way to reach people. ``name`` is its key in choices, settings and sentences."""

    name: str

    def check(self, target: str) -> str:
        """The target in the form that is kept; raises ``InvalidInput`` with ``/target`` where it cannot be one."""

    async def send(self, message: Message, target: str) -> None:
        """Sends it; raises ``NotDelivered`` to be tried again, ``Undeliverable`` to be left."""

    async def close(self) -> None:
        """Ends its connections."""
