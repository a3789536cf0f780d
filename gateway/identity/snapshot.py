"""A principal as it stood when something was asked, to be kept with it until it can be done."""

from datetime import datetime

from gateway.identity.principal import Assurance, Principal
from gateway.schema.base import Frozen
from gateway.schema.country import Country
from gateway.schema.identifier import NationalIdentifier


class Snapshot(Frozen):
    """What a verified token said of the person, in a form that can be sealed; fields as in ``Principal``."""

    subject: str
    identifiers: tuple[NationalIdentifier, ...]
    home: Country
    assurance: Assurance
    client: str
    scopes: tuple[str, ...]
    countries: tuple[Country, ...] | None
    token_id: str
    expires_at: datetime
    session: str | None = None
    authenticated_at: datetime | None = None

    @classmethod
    def of(cls, principal: Principal) -> "Snapshot":
        """The principal, to be kept."""
        return cls(
            subject=principal.subject,
            identifiers=tuple(principal.identifiers.values()),
            home=principal.home,
            assurance=principal.assurance,
            client=principal.client,
            scopes=tuple(sorted(principal.scopes)),
            countries=None if principal.countries is None else tuple(sorted(principal.countries)),
            token_id=principal.token_id,
            expires_at=principal.expires_at,
            session=principal.session,
            authenticated_at=principal.authenticated_at,
        )

    def principal(self) -> Principal:
        """Who asked, as they were known then: what they asked for is done in their name, long after their token."""
        return Principal(
            subject=self.subject,
            identifiers={identifier.country: identifier for identifier in self.identifiers},
            home=self.home,
            assurance=self.assurance,
            client=self.client,
            scopes=frozenset(self.scopes),
            countries=None if self.countries is None else frozenset(self.countries),
            token_id=self.token_id,
            expires_at=self.expires_at,
            session=self.session,
            authenticated_at=self.authenticated_at,
        )
