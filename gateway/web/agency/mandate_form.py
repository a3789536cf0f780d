"""The forms of a mandate, read as they are meant, with every field that is wrong."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from gateway.agencies.mandate_view import MandateAcceptance, NewMandate
from gateway.errors import InvalidInput
from gateway.schema.base import Frozen
from gateway.schema.country import Country

CONTACT: Final = ("contact_ar", "contact_en", "email", "phone")
TERMS: Final = ("partner", "services", "purposes", "starts_on", "ends_on", "daily_quota")
PROPOSAL: Final = (*TERMS, "obligations_ar", "obligations_en", "document_digest", *CONTACT)
ACCEPTANCE: Final = ("document_digest", *CONTACT)
_PLACES: Final[Mapping[tuple[str, ...], str]] = {
    ("obligations", "ar"): "obligations_ar",
    ("obligations", "en"): "obligations_en",
    ("contact", "name", "ar"): "contact_ar",
    ("contact", "name", "en"): "contact_en",
    ("contact", "email"): "email",
    ("contact", "phone"): "phone",
}
Given = Mapping[str, str]
FormT = TypeVar("FormT", bound=Frozen)


class WrongForm(InvalidInput):
    """Some fields of a form are wrong; ``fields`` are their names, in the form's order."""

    code = "invalid_input"

    def __init__(self, fields: tuple[str, ...]) -> None:
        super().__init__(field=f"/{fields[0]}")
        self.fields = fields


def read_proposal(agency: str, country: Country, given: Given) -> NewMandate:
    """A mandate of the agency for its own state; raises ``WrongForm``."""
    days = {name: _day(given.get(name, "")) for name in ("starts_on", "ends_on")}
    quota = given.get("daily_quota", "").strip()
    told = {
        "agency": agency,
        "partner": given.get("partner", "").strip(),
        "services": _listed(given.get("services", "")),
        "states": [country],
        "purposes": _listed(given.get("purposes", "")),
        **days,
        "daily_quota": int(quota) if quota.isascii() and quota.isdigit() and len(quota) < 12 else 0,
        "obligations": {"ar": given.get("obligations_ar", "").strip(), "en": given.get("obligations_en", "").strip()},
        **_shared(given),
    }
    return _read(NewMandate, told, PROPOSAL)


def read_acceptance(given: Given) -> MandateAcceptance:
    """The partner's yes; raises ``WrongForm``."""
    return _read(MandateAcceptance, _shared(given), ACCEPTANCE)


def _shared(given: Given) -> dict[str, Any]:
    return {
        "document_digest": given.get("document_digest", "").strip().lower(),
        "contact": {
            "name": {"ar": given.get("contact_ar", "").strip(), "en": given.get("contact_en", "").strip()},
            "email": given.get("email", "").strip(),
            "phone": given.get("phone", "").strip(),
        },
    }


def _read(model: type[FormT], told: Mapping[str, Any], fields: tuple[str, ...]) -> FormT:
    try:
        return model.model_validate(told, strict=False)
    except ValidationError as problem:
        found = {_PLACES.get(tuple(map(str, each["loc"])), str(each["loc"][0])) for each in problem.errors()}
        raise WrongForm(tuple(name for name in fields if name in found) or fields[:1]) from problem


def _listed(text: str) -> list[str]:
    """Words with blanks, commas or ends of lines between them, each once."""
    return list(dict.fromkeys(re.findall(r"[^\s,،]+", text)))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
