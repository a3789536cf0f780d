"""What one call leaves in the ledger, and the receipt that proves it is there."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import orjson
from pydantic import AfterValidator, AwareDatetime, Field

from gateway.schema.answer import Outcome
from gateway.schema.base import Frozen
from gateway.schema.country import Country


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


# Every string has a closed form, so that a name, a telephone number with its sign or a sentence cannot slip in.
Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]{0,63}$")]
Label = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$")]
AdapterLabel = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,63}@[0-9A-Za-z.+-]{1,32}$")]
Assurance = Annotated[str, Field(pattern=r"^(low|substantial|high)$")]
Pseudonym = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]
Digest = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{43}=$")]


class Entry(Frozen):
    """One call: when, which service, why, whose data (by pseudonym), who asked, and how it ended.

    ``country`` is the state asked and ``home`` the caller's. ``ask_digest`` and ``answer_digest`` are salted
    commitments (``commitments.commit``). ``application`` is the random public id of the application that the call
    is about, ``program`` the id of the program that was registered or changed, and ``step`` what was done about
    it. What is not known is absent, as with a call that was turned away before it had an owner. ``took_ms`` is in
    milliseconds.
    """

    at: Moment
    request_id: Label
    service: Slug
    outcome: Outcome
    purpose: Slug | None = None
    country: Country | None = None
    home: Country | None = None
    subject: Pseudonym | None = None
    client: Label | None = None
    assurance: Assurance | None = None
    code: Code | None = None
    adapter: AdapterLabel | None = None
    step: Slug | None = None
    application: Label | None = None
    program: Label | None = None
    ask_digest: Digest | None = None
    answer_digest: Digest | None = None
    took_ms: int = Field(0, ge=0)

    def canonical(self) -> bytes:
        """As JSON with sorted keys, no blanks and no nulls."""
        known = {name: value for name, value in self.__dict__.items() if value is not None}
        return orjson.dumps(known, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Says that an entry is durable in the log named ``origin``; made only by ``Ledger``.

    ``index`` counts from 0; ``leaf_hash`` (RFC 6962) and ``salt`` are base64. The salt opens the commitments
    of the entry and is the owner's alone.
    """

    id: str
    index: int
    leaf_hash: str
    sealed_at: datetime
    origin: str
    salt: str
