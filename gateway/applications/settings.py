"""The settings of applications, a section of the whole."""

from pydantic import BaseModel, ConfigDict, Field


class ApplicationSettings(BaseModel):
    """What takes days: applications on their way to the states, and back."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    track_seconds: float = Field(
        900, ge=0.1, le=86_400, description="How long is waited between two questions about the same application."
    )
    retry_seconds: float = Field(
        5, ge=0.05, le=3600, description="First pause after a delivery that failed; each next one is twice as long."
    )
    retry_longest_seconds: float = Field(
        600, ge=1, le=86_400, description="Longest pause between two tries; half of every pause is random."
    )
    park_after_hours: float = Field(
        72, gt=0, le=8760, description="A message that could not be delivered for so long waits for an operator."
    )
    lease_seconds: float = Field(
        60,
        ge=1,
        le=3600,
        description="How long a worker may hold a message; one held by a worker that died is tried again after it.",
    )
    draft_days: int = Field(30, ge=2, le=3650, description="A draft ends so many days after its last change.")
    workers: int = Field(4, ge=1, le=256, description="Exchanges with one state at once, in each process.")
    poll_seconds: float = Field(
        1, ge=0.05, le=60, description="How often each process looks for what another process took in."
    )
    scanner: str = Field(
        "",
        description="A virus scanner that speaks clamd's protocol, `tcp://host:port` or `unix:/path`; where it is set "
        "and cannot be asked, no file is taken. Empty: none.",
    )
    events_url: str = Field(
        "",
        description="How national systems reach `/events/{room}` of any worker; empty: at the worker that took the "
        "application in, whose port should then be fixed.",
    )
