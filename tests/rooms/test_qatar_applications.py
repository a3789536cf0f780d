"""Qatar takes an application once however often it comes, in its own words, and tells of it by itself."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any, get_args

import pytest
import pytest_asyncio

from adapters.qatar.application_messages import KINDS
from adapters.qatar.national import QatarSystem
from adapters.qatar.sandbox_files import Files
from adapters.qatar.sandbox_standing import Standings
from adapters.qatar.sandbox_xml import Record
from gateway.sdk import (
    ApplicationStatus,
    BackendDown,
    BackendGarbled,
    BackendRefused,
    Procedure,
)
from gateway.sdk.sandbox import Behaviour, Orders, Stage
from tests.support.applying import (
    BRANCH,
    CITIZENS,
    DEGREE,
    EXTENSION,
    FINES,
    RESIDENCE,
    SAUDI,
    booked,
    decided,
    extension,
    residence,
    settlement,
)
from tests.support.procedures import ADAPTERS, Counter, attachment, counter


@pytest_asyncio.fixture
async def here() -> AsyncIterator[Counter]:
    async with counter("qatar") as opened:
        opened.sandbox.desk.orders = Orders(pace=0.05)
        yield opened


# --- what is sent


@pytest.mark.parametrize(
    ("service", "inputs", "members"),
    [
        ("fine-settlement", FINES["qatar"], {"violationNumber": "202600546261"}),
        ("residence-certificate", RESIDENCE, {"addressedTo": "SCHOOL", "certificateLanguage": "AR"}),
        (
            "pension-extension",
            EXTENSION,
            {
                "employer@number": "E-20417",
                "employedSince": "01-Sep-2026",
                "wage": "١٬٢٥٠٫٥٠",
                "wage@currency": "QAR",
                "sector": "SELF EMPLOYED",
            },
        ),
        (
            "branch-registration",
            BRANCH,
            {"homeRegistration": "1010123456", "activity@code": "471100", "manager": "Khalid O'Hara"},
        ),
        (
            "certificate-equivalence",
            DEGREE,
            {"institution@country": "SAU", "degree": "DOCTORATE", "graduatedOn": "30-Jun-2019"},
        ),
    ],
)
async def test_inputs_are_written_as_the_agency_writes_them(
    here: Counter, service: str, inputs: Mapping[str, str], members: Mapping[str, str]
) -> None:
    await here.submit(here.order(service, SAUDI, inputs, language="ar"))

    dossier = booked(here)
    assert {name: dossier.fields[name] for name in members} == members
    assert (dossier.identifier, dossier.fields["nationality"]) == ("1084260288", "SAU")
    assert dossier.callback_url == here.door


async def test_somebody_with_a_qid_applies_by_it(here: Counter) -> None:
    await here.submit(residence(here))

    assert (booked(here).identifier, booked(here).fields["nationality"]) == (CITIZENS["qatar"][1], "")


async def test_files_arrive_before_the_application_and_are_named_by_it(here: Counter) -> None:
    files = (attachment("employment_contract", size=3_000_000), attachment("last_payslip", "image/png"))

    await here.submit(extension(here, *files))

    (books,) = here.books()
    assert books["files"] == {file.name: file.digest for file in files}
    assert booked(here).files["last_payslip"].media_type == "image/png"


async def test_an_application_whose_acknowledgement_is_given_is_received(here: Counter) -> None:
    progress = await here.submit(residence(here))

    assert progress.status is ApplicationStatus.accepted
    assert progress.national_status == "RECEIVED"
    assert progress.changed_at == here.clock()
    assert progress.reference == here.books()[0]["number"]


# --- once, however often it comes


async def test_five_at_once_under_one_reference_are_one_application(here: Counter) -> None:
    order = extension(here, attachment("employment_contract"))

    answers = await asyncio.gather(*(here.submit(order) for _ in range(5)))

    assert len({answer.reference for answer in answers}) == 1
    assert [each["submissions"] for each in here.books()] == [5]


async def test_a_lost_acknowledgement_is_made_good_by_handing_in_again(here: Counter) -> None:
    here.sandbox.behave(Behaviour("lost", times=1))
    with pytest.raises(BackendDown):
        await here.submit(residence(here))

    progress = await here.submit(residence(here))

    assert [(each["number"], each["submissions"]) for each in here.books()] == [(progress.reference, 2)]


async def test_the_gate_hands_nothing_in_twice_by_itself(here: Counter) -> None:
    """Whoever keeps the application does that, and knows of every try."""
    here.sandbox.behave(Behaviour("lost", times=3))

    with pytest.raises(BackendDown):
        await here.submit(residence(here))

    assert [each["submissions"] for each in here.books()] == [1]


async def test_an_application_is_followed_by_our_reference_while_its_number_is_lost(here: Counter) -> None:
    here.sandbox.behave(Behaviour("lost", times=1))
    with pytest.raises(BackendDown):
        await here.submit(residence(here))
    procedure: Procedure[QatarSystem, Any] = here.room.procedures["residence-certificate"]

    answer = await procedure.track(residence(here))

    assert procedure.normalise(answer, residence(here)).reference == here.books()[0]["number"]


async def test_handed_in_again_later_it_says_how_it_stands_now(here: Counter) -> None:
    order = residence(here)
    await decided(here, order)

    again = await here.submit(order)

    assert again.status is ApplicationStatus.approved


async def test_another_application_under_the_same_reference_is_refused(here: Counter) -> None:
    await here.submit(residence(here))

    for other in (residence(here, use="bank"), settlement(here)):
        with pytest.raises(BackendRefused) as refused:
            await here.submit(other)
        assert refused.value.facts["reason"] == "1006"

    assert [each["service"] for each in here.books()] == ["residence-certificate"]


async def test_an_action_that_is_repeated_is_done_once(here: Counter) -> None:
    here.sandbox.desk.orders = Orders("ask", pace=0.05)
    order = residence(here)
    asked = await decided(here, order)

    for _ in range(3):
        await here.act(order, asked.reference, "supply", {"electricity_number": "12345678"}, reference="act-7")

    assert booked(here).supplied == {"electricityNumber": "12345678"}
    assert [each["actions"] for each in here.books()] == [1]


async def test_an_action_whose_answer_is_lost_is_done_once_when_it_comes_again(here: Counter) -> None:
    here.sandbox.desk.orders = Orders("stall", pace=0.05)
    order = residence(here)
    number = (await here.submit(order)).reference
    here.sandbox.behave(Behaviour("lost", times=1))
    with pytest.raises(BackendDown):
        await here.act(order, number, "withdraw", reference="act-1")
    moment = here.clock()
    here.clock.advance(5)

    progress = await here.act(order, number, "withdraw", reference="act-1")

    assert progress.status is ApplicationStatus.withdrawn
    assert progress.changed_at == moment


async def test_what_is_decided_is_not_withdrawn(here: Counter) -> None:
    order = residence(here)
    number = (await decided(here, order)).reference

    progress = await here.act(order, number, "withdraw")

    assert progress.status is ApplicationStatus.approved


async def test_a_document_that_is_asked_for_is_supplied_as_a_file(here: Counter) -> None:
    here.sandbox.desk.orders = Orders("ask", pace=0.05)
    order = extension(here, attachment("employment_contract"))
    asked = await decided(here, order)
    file = attachment("salary_certificate", "image/jpeg")

    progress = await here.act(order, asked.reference, "supply", attachments=[file])

    assert [(each.name, each.kind) for each in asked.wanted] == [("salary_certificate", "document")]
    assert progress.status is ApplicationStatus.in_progress
    assert booked(here).files["salary_certificate"].digest == file.digest


# --- what is told


async def test_every_change_is_told_once_signed_and_in_order(here: Counter) -> None:
    order = residence(here)
    await here.submit(order)
    await decided(here, order)
    await here.hears(3)

    assert [each.national_status for each in here.told(order)] == ["RECEIVED", "UNDER REVIEW", "APPROVED"]
    assert len({each.delivery for each in here.heard}) == 3
    assert here.refused == []


async def test_what_is_told_twice_has_one_number(here: Counter) -> None:
    here.sandbox.desk.orders = Orders(pace=0.05, telling="twice")
    order = residence(here)
    await decided(here, order)
    await here.hears(6)

    assert len({each.delivery for each in here.heard}) == 3


async def test_what_is_told_late_comes_in_the_opposite_order_with_its_own_moments(here: Counter) -> None:
    here.sandbox.desk.orders = Orders(pace=0.05, telling="late")
    order = residence(here)
    await decided(here, order)
    await here.hears(3)

    told = here.told(order)
    assert [each.national_status for each in told] == ["APPROVED", "UNDER REVIEW", "RECEIVED"]
    assert sorted(told, key=lambda each: each.changed_at) == told[::-1]


async def test_what_is_told_equals_what_is_answered(here: Counter) -> None:
    order = residence(here)
    last = await decided(here, order)
    await here.hears(3)

    assert here.told(order)[-1] == last


async def test_nothing_is_told_to_another_machine(here: Counter) -> None:
    order = replace(residence(here), callback_url="http://192.0.2.7/events/qatar")

    with pytest.raises(BackendRefused) as refused:
        await here.submit(order)

    assert refused.value.facts["reason"] == "1000"


async def test_what_is_told_about_somebody_else_is_not_believed(here: Counter) -> None:
    order = residence(here)
    await here.submit(order)
    await here.hears(1)
    here.sandbox.behave(Behaviour("wrong", times=1))
    here.clock.advance(0.05)
    await here.hears(2)

    with pytest.raises(BackendGarbled) as garbled:
        here.told(order)

    assert garbled.value.code == "backend_wrong_subject"


async def test_a_callback_that_is_garbled_on_the_way_is_refused(here: Counter) -> None:
    await here.submit(residence(here))
    await here.hears(1)
    here.sandbox.behave(Behaviour("garbled", times=1))
    here.clock.advance(0.05)

    await here.refuses(1)

    assert len(here.heard) == 1


# --- what is written down


def test_every_element_that_is_told_of_an_application_stands_in_the_readme(here: Counter) -> None:
    """Nothing is dropped in silence: what the schema does not carry is listed with its reason."""
    readme = (ADAPTERS / "qatar/README.md").read_text("utf-8")
    standings = Standings(here.sandbox, Files(here.sandbox))
    told: set[str] = set()

    for kind in KINDS:
        fields = {"nationality": "SAU", **FINES["qatar"]}
        dossier = here.sandbox.desk.submit(kind.service, kind.service, SAUDI[1], fields)
        for stage in get_args(Stage):
            told |= names(standings.record(dossier, stage, here.clock()))

    assert {"page", "requirement", "document", "reason"} < told
    assert {name for name in told if f"`{name}`" not in readme} == set()


def names(record: Record) -> set[str]:
    """The elements and attributes of a record and of those inside it."""
    inner = [value for value in record.values() if isinstance(value, Mapping)]
    return {name.lstrip("@") for name in record if name != "#"}.union(*map(names, inner))
