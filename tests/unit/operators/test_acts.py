"""An operator's act: permitted, sealed, done; what is refused or cannot be sealed is not done."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from gateway.errors import Conflict, Forbidden, SealingFailed
from gateway.identity.operators.operator import Operator, read_posts
from gateway.ledger.entry import Entry
from gateway.ledger.ledger import Ledger
from gateway.operators.acts import OperatorActs
from gateway.policy.operators import OperatorAct, OperatorGrant, OperatorPolicy
from gateway.schema.country import Country

NOW = datetime(2026, 9, 1, tzinfo=UTC)
GUARD = Operator("operator-1", read_posts("security:BH"), "session", "totp", 0, 1)


@dataclass
class Book(Ledger):
    """A ledger of one page; ``broken`` it takes nothing."""

    broken: bool = False
    entries: list[Entry] = field(default_factory=list)
    owners: list[str] = field(default_factory=list)

    def new_salt(self) -> bytes:
        return bytes(32)

    def pseudonym(self, subject: str) -> str:
        return f"{subject:-<43}"

    async def seal(self, entry: Entry, owner: str, salt: bytes | None = None) -> None:  # type: ignore[override]
        if self.broken:
            raise SealingFailed
        self.entries.append(entry)
        self.owners.append(owner)

    @property
    def lines(self) -> list[tuple[str | None, str, str | None]]:
        return [(entry.step, entry.outcome.value, entry.code) for entry in self.entries]


@dataclass
class Deed:
    """What an act does, and what the ledger held by then."""

    book: Book
    problem: Exception | None = None
    seen: list[int] = field(default_factory=list)

    async def __call__(self, grant: OperatorGrant) -> str:
        self.seen.append(len(self.book.entries))
        if self.problem:
            raise self.problem
        return str(grant.act)


def acts(book: Book) -> OperatorActs:
    return OperatorActs(OperatorPolicy(), book, lambda: NOW)


async def test_an_act_is_in_the_ledger_before_it_is_done() -> None:
    deed = Deed(book := Book())

    done = await acts(book).perform(
        GUARD, OperatorAct.SUSPEND_CLIENT, "request-1", deed, country=Country.BH, about={"client": "bh-app"}
    )

    assert (done, deed.seen, book.owners) == ("suspend-client", [1], ["operator-1"])
    (entry,) = book.entries
    assert (entry.client, entry.country, entry.service, entry.request_id) == ("bh-app", "BH", "operators", "request-1")
    assert entry.subject == "operator-1---------------------------------"


async def test_what_cannot_be_sealed_is_not_done() -> None:
    deed = Deed(book := Book(broken=True))

    with pytest.raises(SealingFailed):
        await acts(book).perform(GUARD, OperatorAct.SUSPEND_CLIENT, "request-1", deed, country=Country.BH)

    assert deed.seen == []


async def test_what_is_refused_is_not_done_and_in_the_ledger() -> None:
    deed = Deed(book := Book())

    with pytest.raises(Forbidden):
        await acts(book).perform(GUARD, OperatorAct.SUSPEND_CLIENT, "request-1", deed, country=Country.KW)

    assert (deed.seen, book.lines) == ([], [("suspend-client", "refused", "operator_role_missing")])


async def test_what_fails_once_it_was_sealed_has_an_entry_that_says_so() -> None:
    deed = Deed(book := Book(), Conflict())

    with pytest.raises(Conflict):
        await acts(book).perform(GUARD, OperatorAct.SUSPEND_CLIENT, "request-1", deed, country=Country.BH)

    assert book.lines == [("suspend-client", "ok", None), ("suspend-client", "refused", "conflict")]


async def test_a_step_of_nobody_known_has_no_owner() -> None:
    await acts(book := Book()).note("", "first-factor", "request-1", "operator_unknown")

    assert (book.owners, book.entries[0].subject) == ([""], None)


async def test_an_act_about_an_agency_is_found_under_the_registry_by_the_adapters_label() -> None:
    deed = Deed(book := Book())
    programme = Operator("operator-2", read_posts("programme:BH"), "session", "totp", 0, 1)
    about = {"adapter": "fisheries@1.0.0", "digest": "0" * 64}

    await acts(book).perform(programme, OperatorAct.ENDORSE_ADAPTER, "request-1", deed, country=Country.BH, about=about)

    (entry,) = book.entries
    assert (entry.service, entry.step, entry.adapter) == ("registry", "endorse-adapter", "fisheries@1.0.0")
