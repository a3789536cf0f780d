"""Two sides and the mandate between them, for tests."""

from datetime import date
from typing import Any

from gateway.agencies.acting import AgencyAct
from gateway.agencies.mandate_view import MandateAcceptance, MandateView, NewMandate
from gateway.registry.manifest import Contact
from gateway.schema.country import Country
from gateway.schema.text import Text
from tests.support.agencies import joined
from tests.support.joining import AGENCY, Board, actor, forgotten, leave

PARTNER = "om-harbour"
PAPER = "a" * 64
DESK = Contact(name=Text(ar="مكتب", en="Desk"), email="desk@agency.example", phone="+96824000000")
FRONT = Contact(name=Text(ar="استقبال", en="Front"), email="front@partner.example", phone="+96824000001")
NEW = NewMandate(
    agency=AGENCY,
    partner=PARTNER,
    services=("boat-licences", "fishing-grounds"),
    states=(Country.OM,),
    purposes=("self_service",),
    starts_on=date(2026, 10, 1),
    ends_on=date(2026, 12, 31),
    daily_quota=1000,
    obligations=Text(ar="يحفظ السرية.", en="Keeps what it learns secret."),
    document_digest=PAPER,
    contact=DESK,
)
YES = MandateAcceptance(document_digest=PAPER, contact=FRONT)
OWNER, OTHER = actor(), actor(PARTNER, kind="partner")


async def peopled(here: Board) -> Board:
    await joined(here.storage, vault=here.vault)
    await joined(here.storage, agency=PARTNER, kind="partner", vault=here.vault)
    return here


async def proposed(here: Board, **changes: Any) -> MandateView:
    new = NEW.model_copy(update=changes)
    return await here.mandates.propose(leave(OWNER, AgencyAct.PROPOSE_MANDATE), new, forgotten)


async def accepted(here: Board, mandate: str, yes: MandateAcceptance = YES) -> MandateView:
    return await here.mandates.accept(leave(OTHER, AgencyAct.ACCEPT_MANDATE), mandate, yes, forgotten)
