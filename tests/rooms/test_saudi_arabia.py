"""All that Saudi Arabia's bus holds of a person arrives as it is held, in whatever vocabulary it is written."""

from adapters.saudi_arabia.identity_verification import SaudiIdentityVerification
from adapters.saudi_arabia.pension_contributions import SaudiPensionContributions
from adapters.saudi_arabia.sandbox_writing import hijri_dmy, strikes
from adapters.saudi_arabia.traffic_fines import SaudiTrafficFines
from gateway.sdk import Country, Person, TrafficFine
from gateway.sdk.sandbox import SAUDI_LETTERS, SyntheticFine, SyntheticPerson, population
from tests.support.saudi import KHALID, NOBODY, answer, ask, line

SAUDI = population(Country.SA)


async def test_everybody_whom_the_register_knows_is_told_as_the_register_knows_them() -> None:
    """Citizens, residents and visitors, each by an operation of their own."""
    async with line() as connected:
        adapter = SaudiIdentityVerification(connected.system)

        for person in SAUDI.people:
            (told,) = await answer(adapter, ask((person.home, person.identifier)))
            _assert_same_person(told, person)


def _assert_same_person(told: Person, person: SyntheticPerson) -> None:
    assert (told.identifier.country, told.identifier.value) == (person.home, person.identifier)
    assert (told.standing, told.nationality) == (person.standing, person.nationality)
    assert (told.gender, told.alive) == (person.gender, person.alive)
    assert told.birth_date
    assert told.birth_date.date == person.birth
    assert told.names.arabic
    assert told.names.arabic.full == person.arabic.full
    assert (told.names.latin is not None) == (person.standing == "resident")
    if told.names.latin:
        assert told.names.latin.full == person.latin.full.upper()
    if told.notes == ():
        assert told.document_expires
        assert told.document_expires.date == person.document_expires
    short = {address.locators.short_address for address in told.addresses if address.locators}  # type: ignore[union-attr]
    assert (person.address.get("short_address") in short) == bool(person.address)


async def test_two_days_that_disagree_are_both_kept_and_noted() -> None:
    """The Gregorian one counts, the Hijri one stays as its original, and nothing is mended."""
    untidy = [person for person in SAUDI.people if strikes("pair", person.identifier, 7)]
    citizens = [person for person in untidy if person.standing == "citizen"]
    residents = [person for person in untidy if person.standing == "resident"]
    assert citizens
    assert residents

    async with line() as connected:
        adapter = SaudiIdentityVerification(connected.system)

        for person in citizens + residents:
            (told,) = await answer(adapter, ask((person.home, person.identifier)))
            day = told.birth_date if person in citizens else told.document_expires
            true = person.birth if person in citizens else person.document_expires
            assert told.notes == ("dates_disagree",)
            assert (day.date, day.agrees) == (true, False)
            assert day.original != hijri_dmy(true)


async def test_the_primary_address_comes_first_wherever_the_register_lists_it() -> None:
    """The register lists a place of work before the home, whose flag is a word."""
    moved = [person for person in SAUDI.people if person.address and strikes("second address", person.identifier, 8)]

    async with line() as connected:
        adapter = SaudiIdentityVerification(connected.system)

        for person in moved:
            (told,) = await answer(adapter, ask((person.home, person.identifier)))
            home, work = (address.locators for address in told.addresses)
            assert home.short_address == person.address["short_address"]
            assert home.unit_number == (person.address["unit_number"] or None)
            assert (work.unit_number, work.building_number) == (None, str(int(home.building_number) + 1))


async def test_longitude_stands_first_and_is_not_taken_for_latitude() -> None:
    """Saudi Arabia lies between 16 and 33 degrees north and 34 and 56 degrees east."""
    async with line() as connected:
        (told,) = await answer(SaudiIdentityVerification(connected.system), ask(KHALID))

    point = told.addresses[0].coordinates
    assert 16 < point.latitude < 33
    assert 34 < point.longitude < 56


async def test_an_address_is_told_in_the_language_of_the_ask() -> None:
    """The register holds each word twice; what is not words is the same in both."""
    async with line() as connected:
        adapter = SaudiIdentityVerification(connected.system)
        (arabic,), (english,) = [await answer(adapter, ask(KHALID, language=each)) for each in ("ar", "en")]

    ours = SAUDI.people[0].address
    of_arabic, of_english = (told.addresses[0].locators for told in (arabic, english))
    assert (of_arabic.street, of_arabic.city) == (ours["street_ar"], ours["city_ar"])
    assert (of_english.street, of_english.city) == (ours["street"], ours["city"])
    assert of_arabic.postal_code == of_english.postal_code == ours["postal_code"]
    assert arabic.names == english.names


async def test_every_fine_is_told_as_it_was_written() -> None:
    """Amount, moment, standing and plate, of residents and visitors alike."""
    drivers = {fine.identifier: SAUDI.person(fine.identifier) for fine in SAUDI.all_fines}

    async with line() as connected:
        adapter = SaudiTrafficFines(connected.system)

        for person in drivers.values():
            assert person
            told = await answer(adapter, ask((person.home, person.identifier)))
            fines = SAUDI.fines(person.identifier)
            assert [each.reference for each in told] == [fine.reference for fine in fines]
            for each, fine in zip(told, fines, strict=True):
                _assert_same_fine(each, fine)


def _assert_same_fine(told: TrafficFine, fine: SyntheticFine) -> None:
    assert told.occurred_at == fine.occurred_at
    assert told.amount.amount == fine.amount
    assert (told.discounted.amount if told.discounted else None) == fine.discounted
    assert (told.status, told.black_points) == (fine.status, fine.black_points)
    assert (told.violation.code, told.violation.description.ar) == (fine.violation_code, fine.violation_ar)
    assert told.notes == (("dates_disagree",) if strikes("pair", fine.reference, 9) else ())
    assert told.due
    assert told.due.date == fine.due
    assert told.plate
    assert (told.plate.country, told.plate.number) == (fine.plate_country, fine.plate_number)
    letters = fine.plate_letters or None
    if fine.plate_country is Country.SA:
        letters = " ".join(SAUDI_LETTERS[letter] for letter in fine.plate_letters)
    assert told.plate.letters == letters


async def test_more_fines_than_a_page_of_other_systems_arrive_in_one_answer() -> None:
    """The worst driver's list is longer than sixteen thousand bytes, which a header could never be."""
    worst = max(SAUDI.people, key=lambda person: len(SAUDI.fines(person.identifier)))

    async with line() as connected:
        told = await answer(SaudiTrafficFines(connected.system), ask((worst.home, worst.identifier)))

    assert len(told) == 37


async def test_every_month_of_insurance_is_told_as_it_is_held() -> None:
    """In its order, with shares that are the insured's and the employer's."""
    insured = {each.identifier: SAUDI.person(each.identifier) for each in SAUDI.all_contributions}

    async with line() as connected:
        adapter = SaudiPensionContributions(connected.system)

        for person in insured.values():
            assert person
            told = await answer(adapter, ask((person.home, person.identifier)))
            held = SAUDI.contributions(person.identifier)
            assert [each.period for each in told] == [each.period for each in held]
            assert [each.wage.amount for each in told] == [each.wage for each in held]
            assert [each.employee_share.amount for each in told] == [each.employee_share for each in held]
            assert [each.employer_share.amount for each in told] == [each.employer_share for each in held]
            assert [each.status for each in told] == [each.status for each in held]
            assert [each.paid_on.date if each.paid_on else None for each in told] == [each.paid_on for each in held]


async def test_months_are_credited_as_they_are_paid() -> None:
    """A month that is due or late adds nothing to those before it."""
    async with line() as connected:
        told = await answer(SaudiPensionContributions(connected.system), ask(KHALID))

    paid = [each.status == "paid" for each in told]
    assert [each.months_credited for each in told] == [sum(paid[: place + 1]) for place in range(len(paid))]


async def test_nobody_is_found_under_a_number_that_nobody_has() -> None:
    """A fault with a code of its own, which is an answer: nothing is tried again and nothing counts as a failure."""
    async with line() as connected:
        for adapter in (SaudiIdentityVerification, SaudiTrafficFines, SaudiPensionContributions):
            assert await answer(adapter(connected.system), ask(NOBODY)) == ()

        state = connected.gates["soap"].state
        assert (state.requests, state.retries, state.failures) == (3, 0, 0)
