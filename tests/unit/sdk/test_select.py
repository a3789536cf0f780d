"""What leaves a room is about the asker, only what was asked for, and holds nobody else's number."""

from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.errors import BackendGarbled
from gateway.schema import (
    Activity,
    AnyRecord,
    CommercialRegistration,
    Country,
    Evidence,
    Money,
    NationalIdentifier,
    PartialText,
    Party,
    Source,
    TrafficFine,
    Violation,
)
from gateway.sdk import Ask, Deadline, has_party, identifier_of
from gateway.sdk.select import select

NOW = datetime(2026, 11, 1, tzinfo=UTC)
TODAY = NOW.date()
KHALID = NationalIdentifier.parse(Country.SA, "1084260288", today=TODAY)
MARYAM = NationalIdentifier.parse(Country.BH, "010345570", today=TODAY)
SOURCE = Source(country=Country.BH, agency="bh-moic", adapter="bahrain@1.0.0", fetched_at=NOW)


def ask(subject: NationalIdentifier = MARYAM, **inputs: Any) -> Ask:
    return Ask(
        service="commercial-registration",
        country=Country.BH,
        subject=subject,
        inputs=inputs,
        purpose="self_service",
        language="en",
        reference="req-1-BH",
        deadline=Deadline.after(5),
        source=SOURCE,
    )


def party(identifier: NationalIdentifier | None, name: str = "Somebody") -> Party:
    return Party(name=PartialText(en=name), identifier=identifier, role="partner")


def company(*parties: Party) -> CommercialRegistration:
    return CommercialRegistration(
        source=SOURCE,
        number="12345-1",
        names=PartialText(en="Pearls"),
        status="active",
        main=True,
        activities=(Activity(code="1", description=PartialText(en="Pearls")),),
        parties=parties,
    )


def fine(subject: NationalIdentifier, status: Any = "unpaid", day: int = 1) -> TrafficFine:
    return TrafficFine(
        source=SOURCE,
        reference=f"fine-{day}",
        subject=subject,
        violation=Violation(code="1", description=PartialText(en="Speed")),
        occurred_at=datetime(2026, 5, day, tzinfo=UTC),
        amount=Money.of("20", "BHD"),
        status=status,
    )


def numbers(records: tuple[AnyRecord, ...]) -> list[list[str | None]]:
    """The identifiers of each registration's parties."""
    found = [record for record in records if isinstance(record, CommercialRegistration)]
    return [[each.identifier.value if each.identifier else None for each in record.parties] for record in found]


def test_of_the_parties_only_the_asker_is_shown_with_a_number() -> None:
    register = company(party(MARYAM), party(KHALID), party(None))

    assert numbers(select([register], ask(MARYAM))) == [[MARYAM.value, None, None]]
    assert numbers(select([register], ask(KHALID))) == [[None, KHALID.value, None]]


def test_a_registration_of_others_shows_no_number_at_all() -> None:
    """As when it is asked for by its own number, which anybody may."""
    assert numbers(select([company(party(KHALID))], ask(MARYAM, registration_number="12345-1"))) == [[None]]


def test_names_roles_and_order_of_the_parties_stay() -> None:
    before = company(party(KHALID, "Khalid"), party(MARYAM, "Maryam"))

    (after,) = select([before], ask(MARYAM))

    assert isinstance(after, CommercialRegistration)
    assert [each.name.en for each in after.parties] == ["Khalid", "Maryam"]
    assert after.model_copy(update={"parties": ()}) == before.model_copy(update={"parties": ()})


def test_what_the_room_made_is_not_changed() -> None:
    register = company(party(KHALID))

    select([register], ask(MARYAM))

    assert numbers((register,)) == [[KHALID.value]]


def test_no_hidden_number_is_in_what_is_sent() -> None:
    (record,) = select([company(party(MARYAM), party(KHALID))], ask(MARYAM))

    sent = record.model_dump_json()

    assert KHALID.value not in sent
    assert MARYAM.value in sent


def test_a_registration_with_nobody_to_hide_is_handed_on_as_it_is() -> None:
    register = company(party(MARYAM), party(None))

    (record,) = select([register], ask(MARYAM))

    assert record is register


def test_a_record_about_somebody_else_is_garbled() -> None:
    with pytest.raises(BackendGarbled) as garbled:
        select([fine(MARYAM), fine(KHALID)], ask(MARYAM))

    assert garbled.value.code == "backend_wrong_subject"


@pytest.mark.parametrize(
    ("inputs", "left"),
    [
        ({}, ["fine-1", "fine-2", "fine-3"]),
        ({"since": "2026-05-02"}, ["fine-2", "fine-3"]),
        ({"status": "paid"}, ["fine-2"]),
        ({"status": "all"}, ["fine-1", "fine-2", "fine-3"]),
        ({"status": "unpaid", "since": "2026-05-02"}, ["fine-3"]),
    ],
)
def test_the_filters_of_the_ask_decide_and_the_order_stays(inputs: dict[str, str], left: list[str]) -> None:
    fines = [fine(MARYAM, day=1), fine(MARYAM, "paid", 2), fine(MARYAM, day=3)]

    kept = select(fines, ask(MARYAM, **inputs))

    assert [each.reference for each in kept if isinstance(each, TrafficFine)] == left


def test_whether_the_asker_has_a_part_in_a_company_is_told_by_state_and_number() -> None:
    assert has_party(company(party(KHALID), party(MARYAM)), ask(MARYAM))
    assert not has_party(company(party(KHALID), party(None)), ask(MARYAM))
    assert not has_party(company(), ask(MARYAM))


def test_the_askers_own_number_in_an_answer_is_the_one_that_was_asked_with() -> None:
    assert identifier_of(ask(MARYAM), Country.BH, MARYAM.value) is MARYAM
    assert identifier_of(ask(MARYAM), Country.BH, MARYAM.value, MARYAM.kind) is MARYAM


def test_another_number_in_an_answer_is_read_and_judged() -> None:
    assert identifier_of(ask(MARYAM), Country.SA, KHALID.value) == KHALID
    with pytest.raises(ValueError, match="no identifier"):
        identifier_of(ask(MARYAM), Country.BH, "01034557")


def test_an_evidence_about_somebody_else_is_not_shown() -> None:
    def permit(subject: NationalIdentifier) -> Evidence:
        return Evidence(source=SOURCE, reference="E-1", subject=subject, title=PartialText(en="Fishing permit"))

    assert select([permit(MARYAM)], ask(MARYAM)) == (permit(MARYAM),)
    with pytest.raises(BackendGarbled) as refusal:
        select([permit(MARYAM), permit(KHALID)], ask(MARYAM))

    assert refusal.value.code == "backend_wrong_subject"
