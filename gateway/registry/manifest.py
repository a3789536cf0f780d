"""The name plate of a room: who, what, where and how much, read before any of its code."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from gateway.errors import ConfigurationError
from gateway.schema.base import Frozen
from gateway.schema.country import Country
from gateway.schema.text import Text
from gateway.toml_file import load_model

Stage = Literal["draft", "sandbox", "live"]


class Contact(Frozen):
    """Whom an operator calls."""

    name: Text
    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")
    phone: str = Field(pattern=r"^\+[0-9]{6,15}$")


class Limits(Frozen):
    """What the back gate allows this room; times are in milliseconds, sizes in bytes."""

    timeout_ms: int = Field(default=4000, ge=50, le=60_000)
    concurrent: int = Field(default=64, ge=1, le=1024)
    response_bytes: int = Field(default=2_097_152, ge=1024, le=67_108_864)
    attempts: int = Field(default=3, ge=1, le=5)
    breaker_failures: int = Field(default=5, ge=1, le=100)
    breaker_open_ms: int = Field(default=5000, ge=50, le=600_000)


class Offer(Frozen):
    """One service as this state gives it: by which agency, and how fast the room promises to be."""

    agency: str
    latency_budget_ms: int = Field(ge=1, le=60_000)


class Exemption(Frozen):
    """A rule of the acceptance kit that does not apply here, and the reason why."""

    rule: str
    reason: str = Field(min_length=20)


class Manifest(Frozen):
    """``adapters/<state>/manifest.toml``."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")
    title: Text
    country: Country
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    stage: Stage
    protocol: str
    contact: Contact
    endpoints: tuple[str, ...] = Field(min_length=1)
    secrets: tuple[str, ...] = ()
    limits: Limits = Limits()
    services: dict[str, Offer] = Field(min_length=1)
    exemptions: tuple[Exemption, ...] = ()

    @property
    def label(self) -> str:
        """The adapter as records and entries name it, ``kuwait@1.0.0``."""
        return f"{self.name}@{self.version}"

    @classmethod
    def load(cls, folder: Path) -> "Manifest":
        """Reads and checks ``folder/manifest.toml``; raises ``ConfigurationError`` naming the key."""
        path = folder / "manifest.toml"
        plate = load_model(path, cls)
        if plate.name != folder.name:
            raise ConfigurationError(field=f"{path}: name", problem=f"must be the folder's name, {folder.name}")
        return plate
