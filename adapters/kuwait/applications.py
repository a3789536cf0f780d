"""How every application is carried: files first, then the request, and afterwards what is asked and done about it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, ClassVar

from adapters.kuwait.national import KuwaitSystem
from adapters.kuwait.request_answers import Standing, progress
from adapters.kuwait.requests import CONFIRM, STATUS, SUPPLY, WITHDRAW, Kind, Member, Rows
from adapters.kuwait.values import item_code
from gateway.sdk import Action, Attachment, Country, Download, Order, Procedure, Progress

_LANGUAGES: Mapping[str, str] = {"ar": "1", "en": "2"}
_OPERATIONS: Mapping[str, str] = {"supply": SUPPLY, "withdraw": WITHDRAW, "confirm_payment": CONFIRM}


class KuwaitProcedure(Procedure[KuwaitSystem, Standing]):
    """One kind of request; a subclass says which, and how its inputs are written as ``Details``."""

    kind: ClassVar[Kind]

    def details(self, inputs: Mapping[str, Any]) -> Mapping[str, Member]:
        """The inputs in the agency's own members."""
        raise TypeError(f"{type(self).__name__} must say what it asks for")

    async def submit(self, order: Order) -> Standing:
        members = {
            **_applicant(order),
            "Attachments": await self._hand_over(order, order.attachments),
            "Details": self.details(order.inputs),
            "Language": _LANGUAGES.get(order.language, _LANGUAGES["en"]),
            "RefId": order.reference,
            "RequestReason": order.purpose,
            "SPCallbackURL": order.callback_url,
        }
        return await self.system.request(self.kind, self.kind.submit, order, members)

    async def track(self, order: Order) -> Standing:
        return await self.system.request(self.kind, STATUS, order, _which(order))

    async def act(self, order: Order, action: Action) -> Standing:
        members: dict[str, Member] = {**_which(order), "ActionRef": action.reference}
        if action.kind == "supply":
            members["Attachments"] = await self._hand_over(order, action.attachments)
            items = [{"ItemCode": item_code(name), "Value": value} for name, value in action.values.items()]
            members["Items"] = Rows("Item", items)
        return await self.system.request(self.kind, _OPERATIONS[action.kind], order, members)

    def normalise(self, answer: Standing, order: Order) -> Progress:
        return progress(answer, order)

    @asynccontextmanager
    async def open_document(self, order: Order, document: str) -> AsyncIterator[Download]:
        async with self.system.document(self.kind, order, document) as download:
            yield download

    async def _hand_over(self, order: Order, files: Sequence[Attachment]) -> Rows:
        """Sends the files, one after the other, and gives what the request says of them."""
        items = []
        for file in files:
            number = await self.system.upload(self.kind, order, file)
            items.append({"FileID": number, "ItemCode": item_code(file.name), "Sha256": file.digest})
        return Rows("Attachment", items)


def _which(order: Order) -> Mapping[str, Member]:
    """The application; without a number, which is lost with a lost acknowledgement, it is known by its RefId."""
    return {"RefId": order.reference, "RequestID": order.national_reference or ""}


def _applicant(order: Order) -> Mapping[str, Member]:
    subject, at_home = order.subject, order.subject.country is Country.KW
    return {
        "GccCivilNo": "" if at_home else subject.value,
        "GccNationality": "" if at_home else subject.country.facts.numeric,
        "PersonCivilNo": subject.value if at_home else "",
    }
