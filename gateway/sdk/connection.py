"""What a room is handed to reach its national system: gates, secrets, an inbox and a clock."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gateway.sdk.gate import Gate
from gateway.sdk.inbox import Inbox


@dataclass(frozen=True, slots=True)
class Connection:
    """One room's connection; ``clock`` gives the present moment, aware, in UTC."""

    gates: Mapping[str, Gate]
    secrets: Mapping[str, str] = field(repr=False)
    inbox: Inbox
    clock: Callable[[], datetime]

    def gate(self, endpoint: str) -> Gate:
        """The gate of an endpoint on the room's name plate."""
        return self.gates[endpoint]
