"""A certificate of residence: handed in, followed and fetched, in the words of the shared schema."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any

from adapters.example.national import ExampleSystem
from gateway.sdk import (
    Action,
    ApplicationStatus,
    Download,
    Order,
    PartialText,
    Procedure,
    Progress,
    Reason,
    ResultDocument,
    Wanted,
)

# The state's own words, each with what it means; a word that is not here is not guessed at.
_STATUSES: Mapping[str, ApplicationStatus] = {
    "RECEIVED": ApplicationStatus.accepted,
    "IN_REVIEW": ApplicationStatus.in_progress,
    "INFO_NEEDED": ApplicationStatus.needs_citizen,
    "ISSUED": ApplicationStatus.approved,
    "REJECTED": ApplicationStatus.refused,
    "WITHDRAWN": ApplicationStatus.withdrawn,
}


class ExampleResidenceCertificate(Procedure[ExampleSystem, dict[str, Any]]):
    """One application in the national system is one resource, found by its number."""

    service = "residence-certificate"

    async def submit(self, order: Order) -> dict[str, Any]:
        # The reference is what makes a second try the same application.
        document = {
            "reference": order.reference,
            "service": order.service,
            "person": order.subject.value,
            "use": order.inputs["use"],
            "certificate_language": order.inputs["certificate_language"],
            "callback_url": order.callback_url,
        }
        return await self.system.post("/applications", document, order.deadline)

    async def track(self, order: Order) -> dict[str, Any]:
        return await self.system.standing(_number(order), order.deadline)

    async def act(self, order: Order, action: Action) -> dict[str, Any]:
        document = {"action": action.kind, "reference": action.reference, "values": dict(action.values)}
        return await self.system.post(f"/applications/{_number(order)}/actions", document, order.deadline)

    def normalise(self, answer: dict[str, Any], order: Order) -> Progress:
        return Progress(
            reference=answer["number"],
            status=_STATUSES.get(answer["status"]),
            national_status=answer["status"],
            changed_at=datetime.fromisoformat(answer["since"]),
            reasons=tuple(Reason(code=each["code"], text=_text(each)) for each in answer["reasons"]),
            wanted=tuple(Wanted(name=each["name"], kind="text", title=_text(each)) for each in answer["wanted"]),
            documents=tuple(ResultDocument(id=each["id"], title=_text(each)) for each in answer["documents"]),
        )

    def open_document(self, order: Order, document: str) -> AbstractAsyncContextManager[Download]:
        return self.system.document(_number(order), document, order.deadline)


def _number(order: Order) -> str:
    """The state's own number, else our reference, which finds the application too."""
    return order.national_reference or order.reference


def _text(words: dict[str, Any]) -> PartialText:
    return PartialText(ar=words["ar"], en=words["en"])
