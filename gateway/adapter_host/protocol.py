"""What travels between the gateway and a host: the bodies of the adapter protocol, version 1."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field

from gateway.schema.base import Frozen
from gateway.schema.country import Country
from gateway.schema.identifier import NationalIdentifier
from gateway.schema.records import AnyRecord
from gateway.schema.source import Source

VERSION: Final = "1.0"
JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"
PDF: Final = "application/pdf"

FAILED_STATUS: Final = 424
"""The host did its part, and the national system did not: Failed Dependency."""

MOST_BODY: Final = 2_097_152
"""Bytes of a question and of an answer, but for files and documents."""
MOST_FILE: Final = 26_214_400
"""Bytes of an applicant's file."""
MOST_DOCUMENT: Final = 20_971_520
"""Bytes of a document that a state issued."""
MOST_RECORDS: Final = 10_000
LONGEST_MS: Final = 600_000
"""Milliseconds that a call may have."""
LONGEST_WAIT: Final = 86_400.0

ServiceName = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9-]{0,59}$", description="A service of the gateway's catalogue")
]
Reference = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,100}$")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the file, in hexadecimal")]
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$")]
Inputs = dict[str, Any]


class Question(Frozen):
    """A lookup: one question about one person to one state."""

    subject: NationalIdentifier = Field(description="Whom it is about, by the number that the state knows")
    inputs: Inputs = Field(description="What was asked, as the service's JSON Schema in the catalogue has it")
    purpose: Code = Field(description="Why it is asked, a code of the gateway's closed list")
    language: str = Field(pattern=r"^[a-z]{2}(-[A-Za-z0-9]{1,8})*$", description="The asker's, BCP 47")
    reference: Reference = Field(description="Unique to this call; it may be shown to the national system")
    source: Source = Field(description="To be copied into each record, with the national reference where there is one")


class Records(Frozen):
    """The answer to a lookup; an empty list says that the state knows nothing of the person."""

    records: tuple[AnyRecord, ...] = Field(max_length=MOST_RECORDS)


class FileNote(Frozen):
    """A file of the applicant that was put before, with `PUT /applications/{service}/files/{reference}/{digest}`."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", description="The service's name for it")
    media_type: str = Field(pattern=r"^[a-z]+/[a-z0-9.+-]{1,60}$")
    size: int = Field(ge=1, le=MOST_FILE, description="In bytes")
    digest: Digest


class Order(Frozen):
    """An application, as every exchange about it names it."""

    subject: NationalIdentifier = Field(description="The applicant, by the number that the state knows")
    inputs: Inputs = Field(description="What was filled in, as the service's JSON Schema in the catalogue has it")
    purpose: Code = Field(description="Why it is asked, a code of the gateway's closed list")
    language: str = Field(pattern=r"^[a-z]{2}(-[A-Za-z0-9]{1,8})*$", description="The applicant's, BCP 47")
    reference: Reference = Field(
        description="The application's own: the same at every try, by which a repetition is known"
    )
    call: Reference = Field(description="Unique to this exchange")
    national_reference: str | None = Field(
        default=None, min_length=1, max_length=200, description="The state's own, once it has given one"
    )
    source: Source


class Submission(Frozen):
    """The application handed in, with the files that were put before."""

    order: Order
    files: tuple[FileNote, ...] = Field(default=(), max_length=50)


class Tracking(Frozen):
    """How does the application stand?"""

    order: Order


class Act(Frozen):
    """What the applicant does about an application under way.

    `supply` gives what was asked for (`values` and `files`), `withdraw` takes it back, `confirm_payment` has the state
    look whether it was paid.
    """

    order: Order
    kind: Literal["supply", "withdraw", "confirm_payment"]
    reference: Reference = Field(description="The act's own: the same at every try, by which a repetition is known")
    values: dict[str, str] = Field(default_factory=dict)
    files: tuple[FileNote, ...] = Field(default=(), max_length=50)


class Stored(Frozen):
    """A file was taken, whole, and its digest fits."""

    digest: Digest
    size: int


class ServiceOffer(Frozen):
    """One service that the host gives."""

    id: ServiceName
    kind: Literal["lookup", "procedure"]


class About(Frozen):
    """What the host is."""

    protocol: str = Field(pattern=r"^1\.[0-9]+$", description="The version of this protocol")
    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")
    version: str = Field(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$", description="The version of the adapter")
    country: Country
    services: tuple[ServiceOffer, ...]


class Health(Frozen):
    """The host lives. It says nothing of the national system."""

    status: Literal["ok"] = "ok"


class Problem(Frozen):
    """Why there is no answer (RFC 9457).

    With status 424 it speaks of the national system, and `outcome` says how: `refused` it said no, `late` the deadline
    passed, `down` it cannot be reached, `garbled` what it said cannot be believed. With any other status it speaks of
    the request.
    """

    type: Literal["about:blank"] = "about:blank"
    title: str = Field(max_length=100)
    status: int = Field(ge=400, le=599)
    code: Code
    detail: str | None = Field(default=None, max_length=500, description="For the one who mends it; nothing personal")
    outcome: Literal["refused", "late", "down", "garbled"] | None = None
    reason: Code | None = Field(default=None, description="The national system's own code; nothing personal")
    retry_after: float | None = Field(default=None, ge=0, le=LONGEST_WAIT, description="Seconds", allow_inf_nan=False)
