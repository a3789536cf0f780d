"""Oman's files and decisions go to whom they belong, whole, and nobody else sees an application."""

import hashlib
from collections import Counter as Tally
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from adapters.oman.intake import MOST_BYTES
from gateway.sdk import (
    ApplicationStatus,
    BackendDown,
    BackendGarbled,
    BackendRefused,
    Order,
    Progress,
)
from gateway.sdk.sandbox import Behaviour, Dossier
from tests.support.procedures import Counter, attachment, counter

KHALID, SALIM, NOBODY = ("SA", "1084260288"), ("OM", "08123457"), ("OM", "00000012")
CERTIFICATE: Mapping[str, Any] = {"use": "other", "certificate_language": "en"}
EXTENSION: Mapping[str, Any] = {
    "employer_number": "E-1",
    "employer_name": 'شركة; "البحر"',
    "employment_start": "2026-09-01",
    "monthly_wage": "1250.5",
    "sector": "self_employed",
}


def booked(here: Counter, reference: str = "BW-7KQ2M9") -> Dossier:
    dossier = here.sandbox.desk.find(reference)
    assert dossier
    return dossier


@pytest.mark.parametrize("size", [1000, 3_000_000])
async def test_a_file_arrives_whole_whatever_its_size(size: int) -> None:
    async with counter("oman") as here:
        contract = attachment("employment_contract", size=size)

        await here.submit(here.order("pension-extension", KHALID, EXTENSION, [contract]))

        (file,) = booked(here).files.values()
        assert (file.name, file.size, file.digest) == ("EMPLOYMENT-CONTRACT", size, contract.digest)


async def test_a_file_that_is_not_what_was_signed_is_refused_and_nothing_is_booked() -> None:
    async with counter("oman") as here:
        contract = replace(attachment("employment_contract"), digest=hashlib.sha256(b"another").hexdigest())

        with pytest.raises(BackendRefused) as refused:
            await here.submit(here.order("pension-extension", KHALID, EXTENSION, [contract]))

        assert refused.value.facts == {"reason": "status_401"}
        assert here.books() == []


@pytest.mark.parametrize("secrets", [{"signing_secret": "another"}, {"client_key": "somebody"}])
async def test_a_wrong_key_or_secret_is_refused_before_anything_is_booked(secrets: dict[str, str]) -> None:
    async with counter("oman", secrets=secrets) as here:
        order = here.order("residence-certificate", SALIM, CERTIFICATE)

        for exchange in (here.submit(order), here.track(order, "OM-1"), here.act(order, "OM-1", "withdraw")):
            with pytest.raises(BackendRefused) as refused:
                await exchange
            assert refused.value.facts == {"reason": "status_401"}
        assert here.books() == []


async def test_somebody_is_told_to_be_unknown_by_the_result() -> None:
    async with counter("oman") as here:
        with pytest.raises(BackendRefused) as refused:
            await here.submit(here.order("residence-certificate", NOBODY, CERTIFICATE))

        assert refused.value.facts == {"reason": "not_found"}
        assert here.books() == []


async def test_an_application_is_shown_to_its_applicant_only() -> None:
    async with counter("oman") as here:
        order = here.order("residence-certificate", SALIM, CERTIFICATE)
        number = (await here.submit(order)).reference
        thief = here.order("residence-certificate", KHALID, CERTIFICATE)

        with pytest.raises(BackendGarbled) as shown:
            await here.track(thief, number)
        with pytest.raises(BackendRefused) as acted:
            await here.act(thief, number, "withdraw")
        with pytest.raises(BackendGarbled) as another:
            await here.track(order, "OM-0000000001")

        assert [each.value.code for each in (shown, another)] == ["backend_wrong_subject"] * 2
        assert acted.value.facts == {"reason": "status_400"}
        assert (await here.track(order, number)).status is ApplicationStatus.accepted


async def test_a_decision_is_fetched_by_its_path_and_is_not_signed() -> None:
    async with counter("oman") as here:
        order = here.order("residence-certificate", SALIM, CERTIFICATE)
        approved = (await here.passes(order, await here.submit(order)))[-1]
        (document,) = approved.documents

        fetched = await here.document(order, approved.reference, document.id)

        assert not document.signed
        assert (fetched.media_type, fetched.size) == ("application/pdf", len(fetched.content))
        assert b"/ByteRange" not in fetched.content
        assert here.sandbox.requests["/documents/{reference}/{document}.pdf"] == 1


async def test_a_document_is_there_once_it_is_issued_and_under_its_own_id() -> None:
    async with counter("oman") as here:
        order = here.order("residence-certificate", SALIM, CERTIFICATE)
        first = await here.submit(order)

        for number, document in ((first.reference, f"W-{first.reference}"), (first.reference, "../../results/x")):
            with pytest.raises(BackendGarbled):
                await here.document(order, number, document)


@pytest.mark.parametrize("kind", ["down", "lost", "redirect", "rate_limiting"])
async def test_a_document_that_does_not_come_is_an_error_of_the_system(kind: Any) -> None:
    async with counter("oman") as here:
        order = here.order("residence-certificate", SALIM, CERTIFICATE)
        approved = (await here.passes(order, await here.submit(order)))[-1]
        here.sandbox.behave(Behaviour(kind, times=1))

        with pytest.raises((BackendDown, BackendGarbled)):
            await here.document(order, approved.reference, approved.documents[0].id)


async def test_a_document_that_has_no_end_is_not_read_to_its_end() -> None:
    async with counter("oman") as here:
        order = here.order("residence-certificate", SALIM, CERTIFICATE)
        approved = (await here.passes(order, await here.submit(order)))[-1]
        here.sandbox.behave(Behaviour("huge", times=1))
        taken = Tally[str]()

        with pytest.raises(BackendGarbled):
            await _take(here, replace(order, national_reference=approved.reference), approved, taken)

        assert 0 < taken["bytes"] <= MOST_BYTES


async def _take(here: Counter, order: Order, approved: Progress, taken: Tally[str]) -> None:
    """Takes the document part by part, and notes how much has come."""
    async with here.room.procedures[order.service].open_document(order, approved.documents[0].id) as download:
        async for part in download.parts:
            taken["bytes"] += len(part)


@pytest.mark.parametrize("reference", ["BW/..", "..", "a b", "BW?x=1#y", "مرجع", "%2e%2e"])
async def test_a_reference_cannot_lead_to_another_place(reference: str) -> None:
    """Whatever stands in it, it is one segment of the path, or nothing is sent."""
    async with counter("oman") as here:
        order = here.order("residence-certificate", SALIM, CERTIFICATE, reference=reference)

        try:
            await here.submit(order)
        except (BackendGarbled, BackendRefused, ValueError):
            assert here.books() == []
        else:
            assert [each["reference"] for each in here.books()] == [reference]
