"""The settings of the operators' console."""

from pydantic import BaseModel, ConfigDict, Field


class OperatorSettings(BaseModel):
    """Who runs the gateway: the console on the operators' port, and the provider that operators sign in with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    provider: str = Field(
        "",
        description="Name plate, in `paths.providers`, of the OpenID Connect provider that operators sign in with; "
        "empty: there is no console.",
    )
    endpoints: dict[str, str] = Field({}, description="Base address of each endpoint on that name plate.")
    secrets: dict[str, str] = Field({}, description="Value of each secret on that name plate, or `file:PATH`.")
    public_url: str = Field(
        "http://localhost:9090",
        pattern=r"^https?://[^/]+$",
        description="How operators reach their port, without a slash at the end; passkeys need a name, not a number.",
    )
    role_claim: str = Field("roles", description="The claim that tells an operator's roles: one text or a list.")
    roles: dict[str, str] = Field(
        {},
        description="What each value of the claim means: `viewer`, `operator`, `security` or `auditor`, or one of them "
        "in one state, `operator:BH`; the national programme of a state, `programme:BH`; or the joint `committee`. Any "
        "other value means nothing.",
    )
    idle_minutes: int = Field(15, ge=1, le=60, description="A session without a request ends after so long.")
    absolute_hours: int = Field(8, ge=1, le=12, description="Every session ends after so long.")
    sign_ins_per_minute: int = Field(
        20, ge=1, le=100_000, description="How often each worker begins or ends a sign-in for one address."
    )
