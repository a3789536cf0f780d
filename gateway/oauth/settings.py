"""The settings of the authorization server, a section of the whole."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class OAuthSettings(BaseModel):
    """Programs that act for people or for their agency."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    client_authorities_file: Path | None = Field(
        None,
        description="Certificates, in PEM, of the authorities that programs' certificates may be of "
        "(`tls_client_auth`); none is believed without.",
    )
    dpop_nonces: bool = Field(
        False,
        description="Whether every proof by DPoP needs a nonce of ours (RFC 9449, 8); without, one needs it whose "
        "clock is wrong by more than half a minute.",
    )
