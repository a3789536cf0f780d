"""An act for an agency: permitted by role, sealed, done; what is refused or cannot be sealed is not done."""

from datetime import UTC, datetime

import pytest

from gateway.agencies.acting import ALLOWED, STOPPING, AgencyAct, AgencyActs, AgencyGrant, Role
from gateway.errors import Conflict, Forbidden, SealingFailed
from gateway.schema import Country
from tests.support.acting import actor, caller
from tests.unit.operators.test_acts import Book

NOW = datetime(2026, 9, 1, tzinfo=UTC)


class Deed:
    """What an act does, and what the ledger held by then."""

    def __init__(self, book: Book, problem: Exception | None = None) -> None:
        self.book, self.problem, self.seen = book, problem, list[int]()

    async def __call__(self, grant: AgencyGrant) -> str:
        self.seen.append(len(self.book.entries))
        if self.problem:
            raise self.problem
        return str(grant.act)


def acts(book: Book) -> AgencyActs:
    return AgencyActs(book, lambda: NOW)


async def test_an_act_is_in_the_ledger_before_it_is_done() -> None:
    deed = Deed(book := Book())

    done = await acts(book).perform(actor(), AgencyAct.GO_LIVE, "request-1", deed, adapter="om_fish@1.0.0")

    assert (done, deed.seen, book.owners) == ("go-live", [1], ["person-OM"])
    (entry,) = book.entries
    assert (entry.service, entry.step, entry.country, entry.adapter) == ("registry", "go-live", "OM", "om_fish@1.0.0")
    assert (entry.client, entry.assurance, entry.home) == ("tests", "substantial", "OM")
    assert entry.subject == f"{'person-OM':-<43}"


async def test_what_cannot_be_sealed_is_not_done() -> None:
    deed = Deed(book := Book(broken=True))

    with pytest.raises(SealingFailed):
        await acts(book).perform(actor(), AgencyAct.GO_LIVE, "request-1", deed)

    assert deed.seen == []


async def test_what_fails_once_it_was_sealed_has_an_entry_that_says_so() -> None:
    deed = Deed(book := Book(), Conflict("adapter_retired"))

    with pytest.raises(Conflict):
        await acts(book).perform(actor(), AgencyAct.GO_LIVE, "request-1", deed)

    assert book.lines == [("go-live", "ok", None), ("go-live", "refused", "adapter_retired")]


@pytest.mark.parametrize("act", list(AgencyAct))
async def test_a_role_that_does_not_reach_is_refused_and_sealed(act: AgencyAct) -> None:
    for role in Role:
        deed = Deed(book := Book())
        if role in ALLOWED[act]:
            await acts(book).perform(actor(role), act, "request-1", deed)
            assert deed.seen == [1]
        else:
            with pytest.raises(Forbidden, match="agency_role_missing"):
                await acts(book).perform(actor(role), act, "request-1", deed)
            assert (deed.seen, book.lines) == ([], [(act.value, "refused", "agency_role_missing")])


def test_every_act_has_its_roles_and_an_owner_may_do_all() -> None:
    assert set(ALLOWED) == set(AgencyAct)
    assert all(Role.OWNER in roles for roles in ALLOWED.values())
    assert [act for act in AgencyAct if Role.VIEWER in ALLOWED[act]] == [AgencyAct.SEE]


@pytest.mark.parametrize("act", list(AgencyAct))
def test_a_suspended_agency_looks_and_stops_and_no_more(act: AgencyAct) -> None:
    suspended = actor(standing="suspended")

    if act in STOPPING:
        assert acts(Book()).permit(suspended, act).act is act
    else:
        with pytest.raises(Forbidden, match="agency_suspended"):
            acts(Book()).permit(suspended, act)


def test_a_token_for_other_states_does_not_reach() -> None:
    with pytest.raises(Forbidden, match="country_not_allowed"):
        acts(Book()).permit(actor(caller=caller(countries=frozenset({Country.KW}))), AgencyAct.SEE)

    own = actor(caller=caller(countries=frozenset({Country.OM})))
    assert acts(Book()).permit(own, AgencyAct.SEE).actor is own
