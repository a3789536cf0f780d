"""The name plate of a room: who, what, where and how much, read before any of its code."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from gateway.errors import ConfigurationError
from gateway.field_map import FieldMap
from gateway.schema.base import Frozen
from gateway.schema.country import Country
from gateway.schema.text import Text
from gateway.toml_file import load_model

Stage = Literal["draft", "sandbox", "live"]
Kind = Literal["room", "field_map", "host", "listing"]
"""How an adapter works: by code in a folder, by a map on its name plate, beside the national system, or not yet."""

Environment = Literal["sandbox", "live"]


VERSION_PATTERN = r"^(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})$"
"""Three numbers as semver writes them, none so long that it cannot be compared."""

EndpointName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=60)]


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
    """One service as this state gives it: by which agency, and how fast the room promises to be.

    ``map`` is how it is asked and read where no code does: in adapters whose ``kind`` is ``field_map``.
    """

    agency: str
    latency_budget_ms: int = Field(ge=1, le=60_000)
    map: FieldMap | None = None


class Exemption(Frozen):
    """A rule of the acceptance kit that does not apply here, and the reason why."""

    rule: str
    reason: str = Field(min_length=20)


class HostIdentity(Frozen):
    """How an adapter host is known: by the names of keys that its agency uploaded.

    ``keys`` verify its signatures, ``authority`` is the certificate authority that its TLS certificate is from.
    """

    keys: tuple[str, ...] = Field(min_length=1, max_length=4)
    authority: str | None = None


class Manifest(Frozen):
    """``adapters/<state>/manifest.toml``, or what an agency registers in its place.

    ``agency`` is whose adapter it is and ``addresses`` are the base URLs of its endpoints, for each environment: a
    folder has neither, for there the settings say it.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")
    kind: Kind = "room"
    agency: Slug | None = None
    title: Text
    country: Country
    version: str = Field(pattern=VERSION_PATTERN)
    stage: Stage
    protocol: str
    contact: Contact
    endpoints: tuple[EndpointName, ...] = Field(max_length=16)
    secrets: tuple[EndpointName, ...] = Field((), max_length=16)
    addresses: dict[Environment, dict[EndpointName, str]] = Field(default_factory=dict)
    host: HostIdentity | None = None
    limits: Limits = Limits()
    services: dict[str, Offer] = Field(min_length=1, max_length=100)
    exemptions: tuple[Exemption, ...] = ()

    @model_validator(mode="after")
    def _of_one_kind(self) -> Self:
        """Each kind has what it works with, and nothing that it does not."""
        if (self.kind == "listing") == bool(self.endpoints):
            raise ValueError("an adapter has endpoints, and a mere listing has none")
        if (self.kind == "host") != (self.host is not None):
            raise ValueError("an adapter host, and nothing else, is known by its keys in host")
        for environment, addresses in self.addresses.items():
            if set(addresses) != set(self.endpoints):
                raise ValueError(f"addresses.{environment} must give the address of each of the endpoints")
        return self

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
