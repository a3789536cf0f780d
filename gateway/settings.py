"""Every setting, its default and its sentence."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from gateway.applications.settings import ApplicationSettings
from gateway.errors import ConfigurationError
from gateway.notices.settings import NoticeSettings
from gateway.oauth.settings import OAuthSettings
from gateway.operators.settings import OperatorSettings
from gateway.registry.settings import RegistrySettings

PREFIX = "BAWABA_"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Server(_Part):
    """Where the gateway listens."""

    host: str = Field("127.0.0.1", description="Address of the public port.")
    port: int = Field(8080, ge=0, le=65535, description="The public port.")
    public_url: str = Field(
        "http://127.0.0.1:8080",
        description="How callers reach the public port, without a slash at the end; no other host is answered. In mode "
        "`production` it must be https.",
    )
    operators_host: str = Field("127.0.0.1", description="Address of the operators' port; never a public one.")
    operators_port: int = Field(
        9090, ge=0, le=65535, description="The operators' port: health, readiness, metrics, and the console."
    )
    callbacks_host: str = Field("127.0.0.1", description="Address where national systems deliver late answers.")
    callbacks_port: int = Field(
        0, ge=0, le=65535, description="First callback port; each worker takes the next. 0: any."
    )
    callbacks_url: str = Field(
        "http://127.0.0.1:{port}", description="How national systems reach the callback door; `{port}` is its port."
    )
    body_bytes: int = Field(65_536, ge=1024, le=1_048_576, description="Largest request body, in bytes.")
    body_seconds: float = Field(10, gt=0, le=60, description="Longest time that a request body may take to arrive.")
    connections: int = Field(2048, ge=1, le=65_536, description="Most open connections of one worker.")
    card_port: int | None = Field(
        None, ge=0, le=65535, description="The port that asks browsers for the certificate of a card; closed without."
    )
    card_certificate_file: Path | None = Field(
        None, description="Certificate of the card port in PEM, followed by those of its authorities."
    )
    card_key_file: Path | None = Field(None, description="Private key of the card port in PEM.")
    mtls_port: int | None = Field(
        None,
        ge=0,
        le=65535,
        description="The port that asks programs for their certificates (RFC 8705), and is the public port otherwise; "
        "closed without.",
    )
    mtls_url: str | None = Field(
        None, description="How programs that show certificates reach that port, or a proxy of ours that asks for them."
    )
    mtls_certificate_file: Path | None = Field(
        None, description="Certificate of that port in PEM, followed by those of its authorities."
    )
    mtls_key_file: Path | None = Field(None, description="Private key of that port in PEM.")
    trusted_proxies: tuple[str, ...] = Field(
        (),
        description="Addresses or networks of proxies whose `Client-Cert` and `Client-Cert-Chain` (RFC 9440) are "
        "believed, which they must take out of what comes to them, and whose `X-Forwarded-For` tells whom limits are "
        "for, at the end of which each must write who came to it.",
    )
    outward_allowed: tuple[str, ...] = Field(
        (),
        description="Networks that addresses given by strangers may lead to all the same, `127.0.0.1/32 port 7301`; "
        "for demos and tests.",
    )
    drain_seconds: float = Field(10, ge=0, le=120, description="How long open requests may go on after a stop.")


class Storage(_Part):
    """Where the record is kept."""

    url: str = Field(
        "sqlite+aiosqlite:///var/bawaba.db", description="Database: sqlite+aiosqlite:// or postgresql+asyncpg://."
    )
    connections: int = Field(
        16,
        ge=2,
        le=256,
        description="Most connections of each worker to PostgreSQL; those of all workers together must be fewer than "
        "its `max_connections`.",
    )
    valkey_url: str = Field(
        "",
        description="A Valkey or Redis server that all workers share, `valkey://host:6379/0`, or `file:PATH` of such "
        "an address; it remembers what may come once. Empty: the database does.",
    )


class LedgerSettings(_Part):
    """The tamper-evident record."""

    origin: str = Field(
        "bawaba.example/ledger", description="Name of this log in its checkpoints (C2SP tlog-checkpoint)."
    )
    key_file: Path = Field(Path("var/keys/ledger.pem"), description="Ed25519 private key that signs checkpoints.")
    pseudonym_key_file: Path = Field(
        Path("var/keys/pseudonym.key"), description="32 random bytes that pseudonyms are made with."
    )


class Tokens(_Part):
    """Access tokens."""

    issuer: str = Field("http://127.0.0.1:8080", description="The `iss` of access tokens; https in mode `production`.")
    audience: str = Field("http://127.0.0.1:8080/v1", description="The `aud` of access tokens.")
    keys_from: str = Field(
        "files",
        description="Where the signing keys are: `files` (in `keys_dir`), `env:NAME` (PEM blocks in that variable), or "
        "an address in a hardware module (`pkcs11:`, RFC 7512).",
    )
    keys_dir: Path = Field(
        Path("var/keys/tokens"), description="Signing keys, one PEM file each; see docs/operators.md."
    )
    identifiers_key_file: Path = Field(
        Path("var/keys/identifiers.key"), description="32 random bytes that seal identifiers inside tokens."
    )


class Lookups(_Part):
    """Questions answered at once."""

    deadline_ms: int = Field(
        5000, ge=100, le=60_000, description="Longest time for a whole question, all states together."
    )


class SignInSettings(_Part):
    """Signing people in, and how long they stay so."""

    vault_file: Path = Field(
        Path("var/keys/vault.key"), description="32-byte keys that seal identifiers at rest; the first seals, all open."
    )
    finder_file: Path = Field(
        Path("var/keys/finder.key"), description="32 random bytes that keyed hashes are made with."
    )
    idle_minutes: int = Field(30, ge=1, le=1440, description="A session without a request ends after so long.")
    absolute_hours: int = Field(8, ge=1, le=72, description="Every session ends after so long.")


class ProviderWiring(_Part):
    """One identity provider."""

    endpoints: dict[str, str] = Field(description="Base address of each endpoint on the name plate.")
    secrets: dict[str, str] = Field(
        default_factory=dict, description="Value of each secret on the name plate, or `file:PATH`."
    )


class RoomWiring(_Part):
    """One room's national system."""

    endpoints: dict[str, str] = Field(description="Base address of each endpoint on the name plate.")
    secrets: dict[str, str] = Field(
        default_factory=dict, description="Value of each secret on the name plate, or `file:PATH`."
    )
    sandbox: dict[str, str] = Field(
        default_factory=dict, description="What only the stand-in knows; the gateway never reads it."
    )


class Paths(_Part):
    """Folders."""

    adapters: Path = Field(Path("adapters"), description="The rooms.")
    services: Path = Field(Path("config/services"), description="The services, one file each.")
    policy: Path = Field(Path("config/policy.toml"), description="The rules.")
    providers: Path = Field(Path("config/providers"), description="The identity providers' name plates.")
    holidays: Path = Field(
        Path("config/holidays.toml"), description="Days of rest of each state that go before those of the library."
    )


class Settings(BaseSettings):
    """The whole of ``config/gateway.toml``; an environment variable ``BAWABA_SERVER__PORT`` goes before the file."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True)

    mode: str = Field(
        "demo",
        pattern="^(demo|production)$",
        description="In `production` keys made for the demo are refused, and public addresses without TLS.",
    )
    server: Server = Server()
    storage: Storage = Storage()
    ledger: LedgerSettings = LedgerSettings()
    tokens: Tokens = Tokens()
    oauth: OAuthSettings = OAuthSettings()
    lookups: Lookups = Lookups()
    applications: ApplicationSettings = ApplicationSettings()
    notices: NoticeSettings = NoticeSettings()
    operators: OperatorSettings = OperatorSettings()
    registry: RegistrySettings = RegistrySettings()
    paths: Paths = Paths()
    signin: SignInSettings = SignInSettings()
    providers: dict[str, ProviderWiring] = Field(
        default_factory=dict, description="Wiring of each identity provider that people may sign in with."
    )
    rooms: dict[str, RoomWiring] = Field(default_factory=dict, description="Wiring of each room that is open.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment goes before what the file says, which arrives as arguments."""
        return env_settings, init_settings


def load(path: Path | None) -> Settings:
    """Reads the file (none: defaults), then the environment; raises ``ConfigurationError`` naming the key."""
    values: Mapping[str, Any] = {}
    try:
        if path is not None:
            values = tomllib.loads(path.read_text("utf-8"))
        settings = Settings(**values)
    except OSError as problem:
        raise ConfigurationError(field=str(path), problem=f"cannot be read: {problem.strerror}") from problem
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise ConfigurationError(field=str(path), problem=f"is not TOML: {problem}") from problem
    except SettingsError as problem:
        raise ConfigurationError(field="environment", problem=str(problem)) from problem
    except ValidationError as problem:
        first = problem.errors(include_input=False)[0]
        raise ConfigurationError(field=".".join(map(str, first["loc"])), problem=_expected(first)) from problem
    _refuse_unknown_variables()
    _refuse_plain_addresses(settings)
    return settings


def _expected(error: ErrorDetails) -> str:
    if error["type"] == "extra_forbidden":
        return "is not a setting; see docs/settings.md"
    return "is missing" if error["type"] == "missing" else error["msg"]


def secret(value: str) -> str:
    """The secret itself, or the contents of the file that ``file:PATH`` names."""
    if not value.startswith("file:"):
        return value
    path = Path(value.removeprefix("file:"))
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigurationError(field=str(path), problem="the file of a secret cannot be read") from problem


def _refuse_unknown_variables() -> None:
    """A misspelt variable would be passed over in silence; pydantic-settings looks only for those it knows."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    known |= {"BAWABA_CONFIG"}
    for variable in os.environ:
        if variable.startswith(PREFIX) and variable.split("__")[0] not in known:
            raise ConfigurationError(field=variable, problem="is not a setting; see docs/settings.md")


def _refuse_plain_addresses(settings: Settings) -> None:
    """Whoever came by http would show tokens and cookies to everybody on the way; a demo stays on its machine."""
    addresses = {"server.public_url": settings.server.public_url, "tokens.issuer": settings.tokens.issuer}
    for field, address in addresses.items():
        if settings.mode == "production" and not address.lower().startswith("https://"):
            raise ConfigurationError(field=field, problem="must be an address of https in mode production")
