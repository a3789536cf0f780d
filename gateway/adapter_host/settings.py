"""The settings of one host, as `host.toml` has them."""

from pathlib import Path
from typing import Final

from pydantic import Field

from gateway.adapter_host.protocol import LONGEST_MS, MOST_FILE
from gateway.errors import ConfigurationError
from gateway.schema.base import Frozen
from gateway.toml_file import load_model

_FILE: Final = "file:"


class TlsSettings(Frozen):
    """Mutual TLS. Without it a host listens on loopback alone, behind a proxy that does it."""

    certificate_file: Path = Field(description="Certificate of the host in PEM, followed by those of its authorities.")
    key_file: Path = Field(description="Its private key in PEM, unencrypted.")
    client_authorities_file: Path = Field(
        description="Authorities, in PEM, whose certificates the gateway may show; nobody else is spoken to."
    )


class LimitSettings(Frozen):
    """What the host takes upon itself; beyond it says that it is busy."""

    calls: int = Field(64, ge=1, le=1024, description="Most calls at once.")
    deadline_ms: int = Field(
        60_000,
        ge=100,
        le=LONGEST_MS,
        description="Longest time of a call, in milliseconds, whatever the gateway allows.",
    )
    files_bytes: int = Field(
        268_435_456, ge=MOST_FILE, description="Most bytes of applicants' files, all of them together, that wait."
    )
    connections: int = Field(256, ge=1, le=65_536, description="Most open connections.")
    drain_seconds: float = Field(10.0, ge=0, le=600, description="How long calls may go on once the host is to stop.")


class CallbackSettings(Frozen):
    """The door for national systems that answer later, on the private network; none without."""

    listen: str = Field(description="Address and port, `10.0.0.5:7443`.")
    url: str = Field(
        pattern=r"^https?://[!-~]+$", description="How the national system reaches it, without a slash at the end."
    )


class HostSettings(Frozen):
    """The host itself. Paths are relative to the folder of the file."""

    adapters: Path = Field(Path("adapters"), description="The folder of the rooms.")
    address: str = Field(
        pattern=r"^https?://[a-z0-9.:\[\]-]+(/[A-Za-z0-9._~/-]*[A-Za-z0-9._~-])?$",
        description="The host's address exactly as it is registered at the gateway, without a slash at the end: it is "
        "part of what is signed.",
    )
    signing_key_file: Path = Field(
        description="The host's own private key in PEM, Ed25519 or P-256; signs its answers."
    )
    gateway_keys_file: Path = Field(description="The gateway's public keys, a JWK Set; only their requests are taken.")
    files_folder: Path | None = Field(
        None, description="Where applicants' files wait for their application; a new folder of the system's else."
    )
    endpoints: dict[str, str] = Field(
        default_factory=dict,
        description="Where the national system is: a base URL for each endpoint on the name plate.",
    )
    secrets: dict[str, str] = Field(
        default_factory=dict,
        description="What the national system knows us by, as the name plate lists it; `file:PATH` reads a file.",
    )
    tls: TlsSettings | None = Field(None, description="Mutual TLS; needed unless the host listens on loopback.")
    limits: LimitSettings = Field(LimitSettings(), description="What the host takes upon itself.")
    callbacks: CallbackSettings | None = Field(None, description="The door for answers that come later.")


def load_settings(path: Path) -> HostSettings:
    """The file, checked, its paths made absolute; raises ``ConfigurationError`` naming the key."""
    settings = load_model(path, HostSettings)
    home = path.resolve().parent
    changes: dict[str, object] = {name: home / value for name, value in settings if isinstance(value, Path)}
    if settings.tls:
        changes["tls"] = TlsSettings(**{name: home / value for name, value in settings.tls})
    changes["secrets"] = {name: _secret(name, value, home) for name, value in settings.secrets.items()}
    return settings.model_copy(update=changes)


def listening(text: str, field: str) -> tuple[str, int]:
    """Host and port of ``text``; raises ``ConfigurationError`` naming ``field``."""
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65_535:
        raise ConfigurationError(field=field, problem="must be an address and a port, such as 127.0.0.1:8443")
    return host.removeprefix("[").removesuffix("]"), int(port)


def _secret(name: str, value: str, home: Path) -> str:
    if not value.startswith(_FILE):
        return value
    path = home / value.removeprefix(_FILE)
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigurationError(field=f"secrets.{name}", problem=f"{path} cannot be read") from problem
