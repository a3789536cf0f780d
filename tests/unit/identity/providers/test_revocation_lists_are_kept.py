"""Revocation lists are asked for where they are, kept for a while, and believed until they end."""

import asyncio
from datetime import datetime, timedelta

import pytest
from cryptography import x509

from gateway.errors import BackendGarbled, ProviderDown, ProviderError, ProviderGarbled, SignInRejected
from gateway.identity.providers.revocation_list import (
    DoorSource,
    RevocationList,
    RevocationLists,
    read_list,
)
from gateway.sandbox.providers.card_authority import LIST_LIFE, Card, CardAuthority
from tests.support.attempts import plate
from tests.support.cards import SALIM, desk, stranger, today

PATH = "/lists/om/cards.crl"
HOUR = timedelta(hours=1)


class Shelf:
    """A place of lists whose content and reach a test changes; it counts how often it is asked."""

    def __init__(self, authority: CardAuthority) -> None:
        self.authority = authority
        self.asked = 0
        self.reachable = True
        self.put()

    def put(self, *cards: Card, began: datetime | None = None, life: timedelta = LIST_LIFE) -> None:
        """From now on this is the list."""
        began = began or today() - timedelta(minutes=1)
        serials = frozenset(card.certificate.serial_number for card in cards)
        self.body = self.authority.issuing.revocation_list(serials, began, began + life)

    async def read(self, path: str, issuer: x509.Certificate) -> RevocationList:
        """The list, after a moment."""
        self.asked += 1
        await asyncio.sleep(0)
        if not self.reachable:
            raise ProviderDown(provider="om-pki")
        return read_list(self.body, issuer)

    async def close(self) -> None:
        """Nothing is open."""


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return today() + self.ahead


class Office:
    """An authority, its shelf, and the lists as the gateway keeps them."""

    def __init__(self, fresh: timedelta = timedelta(minutes=5)) -> None:
        self.authority = stranger()
        self.shelf, self.clock = Shelf(self.authority), Clock()
        self.lists = RevocationLists(plate("om-pki"), self.shelf, fresh, self.clock)
        self.card = self.authority.card(SALIM)

    async def check(self, card: Card | None = None) -> None:
        """Asks about a card."""
        await self.lists.check((card or self.card).certificate, self.authority.issuing.certificate)


async def test_a_card_that_is_on_the_list_is_revoked_and_any_other_is_not() -> None:
    office = Office()
    other = office.authority.card("07654321")
    office.shelf.put(other)
    await office.check()
    with pytest.raises(SignInRejected) as refused:
        await office.check(other)
    assert refused.value.code == "signin_certificate_revoked"


async def test_a_list_is_fetched_once_for_many_cards_at_the_same_time() -> None:
    office = Office()
    cards = [office.authority.card(f"0765432{digit}") for digit in range(8)]
    await asyncio.gather(*(office.check(card) for card in cards))
    assert office.shelf.asked == 1


async def test_a_lost_card_is_refused_once_the_list_is_no_longer_fresh() -> None:
    office = Office()
    await office.check()
    office.shelf.put(office.card)
    await office.check()
    office.clock.ahead = timedelta(minutes=6)
    with pytest.raises(SignInRejected):
        await office.check()
    assert office.shelf.asked == 2


async def test_an_unreachable_list_goes_on_until_its_end_and_not_longer() -> None:
    office = Office()
    await office.check()
    office.shelf.reachable = False
    office.clock.ahead = LIST_LIFE - HOUR
    await office.check()
    office.clock.ahead = LIST_LIFE + HOUR
    with pytest.raises(ProviderDown) as refused:
        await office.check()
    assert refused.value.code == "provider_down"


async def test_without_any_list_nobody_signs_in() -> None:
    office = Office()
    office.shelf.reachable = False
    with pytest.raises(ProviderDown):
        await office.check()
    office.shelf.reachable = True
    await office.check()


async def test_a_list_that_has_ended_is_refused_by_a_code_of_its_own() -> None:
    office = Office()
    office.shelf.put(began=today(-3))
    with pytest.raises(ProviderDown) as refused:
        await office.check()
    assert refused.value.code == "provider_list_stale"
    office.shelf.put()
    await office.check()


async def test_an_older_list_does_not_take_the_place_of_a_newer_one() -> None:
    office = Office(fresh=timedelta())
    office.shelf.put(office.card)
    with pytest.raises(SignInRejected):
        await office.check()
    office.shelf.put(began=today() - HOUR)
    with pytest.raises(SignInRejected):
        await office.check()
    office.shelf.put()
    await office.check()


async def test_a_list_of_the_future_is_not_believed_beyond_two_minutes() -> None:
    office = Office(fresh=timedelta())
    office.shelf.put(began=today() + timedelta(seconds=90))
    await office.check()
    office.shelf.put(began=today() + timedelta(seconds=150))
    with pytest.raises(ProviderGarbled):
        await office.check()
    office.shelf.put(began=today() + timedelta(seconds=100))
    await office.check()


async def test_a_card_that_names_no_list_cannot_be_taken_back_and_is_not_believed() -> None:
    office = Office()
    for lists in (None, "/../etc/passwd", "", "/a/./b", "/%2e%2e/x", "/lists om"):
        with pytest.raises(ProviderGarbled):
            await office.check(office.authority.card(SALIM, lists=lists))
    assert office.shelf.asked == 0


async def test_the_list_of_one_authority_says_nothing_of_anothers_cards() -> None:
    office = Office()
    other = Office()
    office.shelf.authority = other.authority
    office.shelf.put()
    with pytest.raises(BackendGarbled):
        await office.check()


async def test_a_part_of_the_list_does_not_pass_for_another_part() -> None:
    office = Office()
    address = x509.UniformResourceIdentifier("http://lists.example/lists/om/part-2.crl")
    part = x509.IssuingDistributionPoint([address], None, False, False, None, False, False)
    office.shelf.body = office.authority.issuing.revocation_list(frozenset(), today(), today(1), part)
    with pytest.raises(ProviderGarbled):
        await office.check()


@pytest.mark.parametrize(
    ("lie", "error"), [("forged", ProviderGarbled), ("garbled", ProviderGarbled), ("stale", ProviderDown)]
)
async def test_a_list_that_lies_or_ended_signs_nobody_in(lie: str, error: type[ProviderError]) -> None:
    async with desk() as at:
        at.reader.behave(lie)
        with pytest.raises(error):
            await at.show(at.authority.card(SALIM))
        at.reader.behave()
        assert (await at.show(at.authority.card(SALIM))).subject == SALIM


async def test_lists_that_are_down_or_late_sign_nobody_in() -> None:
    async with desk(timeout_ms=300) as at:
        at.reader.behave(down=True)
        with pytest.raises(ProviderDown):
            await at.show(at.authority.card(SALIM))
    async with desk(timeout_ms=300) as at:
        at.reader.behave(seconds=1)
        with pytest.raises(ProviderError) as late:
            await at.show(at.authority.card(SALIM))
        assert late.value.code == "provider_late"


async def test_an_authority_that_was_taken_back_takes_its_cards_with_it() -> None:
    async with desk() as at:
        at.reader.behave("taken back")
        with pytest.raises(SignInRejected) as refused:
            await at.show(at.authority.card(SALIM))
    assert refused.value.code == "signin_certificate_revoked"


async def test_a_list_is_asked_for_where_the_settings_say_and_nowhere_else() -> None:
    """The certificate names ``lists.example``, which nobody asks: of its address only the path counts."""
    async with desk() as at:
        card = at.authority.card(SALIM)
        points = card.certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
        assert "lists.example" in str(points)
        assert (await at.show(card)).subject == SALIM
        source = DoorSource(at.provider.plate, at.reader.url)
        found = await source.read(PATH, at.authority.issuing.certificate)
        assert found.ends - found.began == LIST_LIFE
        with pytest.raises(ProviderDown):
            await source.read("/lists/kw/cards.crl", at.authority.issuing.certificate)
        await source.close()
