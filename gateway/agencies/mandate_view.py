"""A mandate as the two who agreed to it, and operators, see it."""

from datetime import date, datetime, time, timedelta
from typing import Any, Literal

import orjson
from pydantic import Field
from sqlalchemy import Row

from gateway.agencies import contexts
from gateway.agencies.moments import Moment, moment
from gateway.identity.vault import Vault
from gateway.registry.mandates import MandateDocument
from gateway.registry.manifest import Contact, Slug
from gateway.schema.base import Frozen
from gateway.schema.country import Country
from gateway.schema.text import Text

MandateStanding = Literal["proposed", "active", "revoked", "ended"]
MOST_A_DAY = 100_000_000


class NewMandate(Frozen):
    """What an agency mandates a private partner with.

    `starts_on` and `ends_on` are the first and the last whole day, by the clock of the agency's state.
    `document_digest` is SHA-256 of the signed document, in hexadecimal; `contact` is whom to call at the agency.
    """

    agency: Slug
    partner: Slug
    services: tuple[str, ...] = Field(min_length=1, max_length=100)
    states: tuple[Country, ...] = Field(min_length=1, max_length=len(Country))
    purposes: tuple[str, ...] = Field(min_length=1, max_length=20)
    starts_on: date
    ends_on: date
    daily_quota: int = Field(ge=1, le=MOST_A_DAY)
    obligations: Text
    document_digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    contact: Contact

    def starts_at(self, country: Country) -> int:
        """The first moment, in seconds since 1970."""
        return _midnight(self.starts_on, country)

    def ends_at(self, country: Country) -> int:
        """The first moment after it."""
        return _midnight(self.ends_on + timedelta(days=1), country)


class MandateAcceptance(Frozen):
    """The partner's yes to the document of that digest, and whom to call at the partner."""

    document_digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    contact: Contact


class MandateView(Frozen):
    """A mandate; it holds while its standing is `active`, from `starts_at` to before `ends_at`."""

    id: str
    agency: str
    partner: str
    standing: MandateStanding
    services: tuple[str, ...]
    states: tuple[Country, ...]
    purposes: tuple[str, ...]
    starts_at: Moment
    ends_at: Moment
    daily_quota: int
    obligations: Text
    document_digest: str
    agency_contact: Contact
    partner_contact: Contact | None = Field(description="Null until the partner has accepted.")
    proposed_at: Moment

    @property
    def last_moment(self) -> datetime:
        """On the last day on which it holds."""
        return self.ends_at - timedelta(seconds=1)


class MandatePage(Frozen):
    """Mandates in the order of their ids; `next` is the `after` of the page that follows."""

    mandates: tuple[MandateView, ...]
    next: str | None = Field(description="Null on the last page.")


def seal_contacts(vault: Vault, mandate: str, agency: Contact, partner: Contact | None) -> bytes:
    """Whom to call on both sides, sealed for the row of the mandate."""
    both = {"agency": agency.model_dump(), "partner": partner.model_dump() if partner else None}
    return vault.seal(orjson.dumps(both), contexts.of_parties(mandate))


def open_contacts(vault: Vault, row: Row[Any]) -> tuple[Contact, Contact | None]:
    """The agency's contact and the partner's, of a row of ``registry_mandates``."""
    both = orjson.loads(vault.open(row.contact, contexts.of_parties(row.mandate_id)))
    partner = Contact.model_validate(both["partner"]) if both["partner"] else None
    return Contact.model_validate(both["agency"]), partner


def mandate_view(vault: Vault, row: Row[Any], now: float) -> MandateView:
    """Of a row of ``registry_mandates``: one whose end has passed has ended, whether anybody wrote that down or not."""
    document = MandateDocument.model_validate_json(row.document)
    agency, partner = open_contacts(vault, row)
    over = row.standing in ("proposed", "active") and row.ends_at <= now
    return MandateView(
        id=row.mandate_id,
        agency=row.agency_id,
        partner=row.partner_id,
        standing="ended" if over else row.standing,
        services=tuple(sorted(document.services)),
        states=tuple(country for country in Country if country in document.states),
        purposes=tuple(sorted(document.purposes)),
        starts_at=moment(row.starts_at),
        ends_at=moment(row.ends_at),
        daily_quota=row.daily_quota,
        obligations=document.obligations,
        document_digest=document.paper,
        agency_contact=agency,
        partner_contact=partner,
        proposed_at=moment(row.created_at),
    )


def _midnight(day: date, country: Country) -> int:
    # No state of the six changes its clocks, so every day has one midnight.
    return int(datetime.combine(day, time(), country.facts.zone).timestamp())
