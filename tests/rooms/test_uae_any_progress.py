"""Whatever the Emirates say of an application is understood, or not believed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given

from adapters.uae.progress import progress
from gateway.sdk import ApplicationStatus, BackendGarbled, Order, Progress
from gateway.sdk.sandbox import Orders
from tests.support.any_answer import spoilt
from tests.support.procedures import Counter, counter
from tests.support.uae import residence


@pytest_asyncio.fixture
async def here() -> AsyncIterator[Counter]:
    async with counter("uae") as opened:
        opened.sandbox.desk.orders = Orders(pace=0.05)
        yield opened


GOOD: dict[str, Any] = {
    "applicationNo": "AE-0000000001",
    "clientReference": "BW-7KQ2M9",
    "idn": "784-1991-1028974-3",
    "idnIssuer": "ARE",
    "status": "AWAITING-PAYMENT",
    "statusTime": "2026-11-24T12:00:00.123456+04:00",
    "reasons": [{"reasonCode": "TICKET-NOT-DUE", "reasonAR": "غير مستحقة", "reasonEN": None}],
    "requirements": [{"requirement": "CLARIFICATION", "requirementType": "TEXT", "titleAR": "إيضاح", "titleEN": "x"}],
    "payment": {"amount": "650.00", "currency": "AED", "payUrl": "https://pay.example/1", "expiryTime": None},
    "documents": [
        {"documentId": "D-1", "documentNameAR": "شهادة", "documentNameEN": "x", "contentType": "application/pdf"}
    ],
}


async def test_a_good_answer_is_understood_whole(here: Counter) -> None:
    understood = progress(GOOD, residence(here))

    assert understood.status is ApplicationStatus.awaiting_payment
    assert [wanted.name for wanted in understood.wanted] == ["clarification"]
    assert [reason.code for reason in understood.reasons] == ["TICKET-NOT-DUE"]


async def test_an_answer_about_another_of_the_same_person_s_applications_is_not_believed(here: Counter) -> None:
    with pytest.raises(BackendGarbled) as garbled:
        progress(GOOD, replace(residence(here), national_reference="AE-0000000002"))

    assert garbled.value.code == "backend_wrong_subject"


async def test_a_document_of_another_type_is_not_offered(here: Counter) -> None:
    page = {**GOOD["documents"][0], "contentType": "text/html"}

    with pytest.raises(BackendGarbled):
        progress({**GOOD, "documents": [page]}, residence(here))


@pytest.fixture(scope="module")
def order() -> Order:
    """An order that outlives the counter at which it was made."""

    async def make() -> Order:
        async with counter("uae") as opened:
            return residence(opened)

    return asyncio.run(make())


@given(answer=spoilt(GOOD))
def test_whatever_the_bus_says_is_a_progress_or_garbled(order: Order, answer: dict[str, Any]) -> None:
    with suppress(BackendGarbled):
        assert isinstance(progress(answer, order), Progress)
