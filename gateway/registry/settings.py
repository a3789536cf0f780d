"""The settings of the registry."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class RegistrySettings(BaseModel):
    """Adapters that agencies register while the gateway runs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    follow_seconds: float = Field(
        0.5, ge=0.05, le=2, description="How often each process looks whether the registry has changed."
    )
    host_signing_key_file: Path | None = Field(
        None, description="Ed25519 or P-256 private key, in PEM, that calls to adapter hosts are signed with."
    )
    host_certificate_file: Path | None = Field(
        None, description="Certificate that the gateway shows to adapter hosts, in PEM; with `host_key_file`."
    )
    host_key_file: Path | None = Field(None, description="Private key of that certificate, in PEM.")
