"""How every application is carried: files first, then the application, then what is asked and done about it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, ClassVar

from adapters.qatar.application_answers import Standing, progress
from adapters.qatar.application_messages import Details, HandedOver, Kind, action_body, application, target, which
from adapters.qatar.national import QatarSystem
from gateway.sdk import Action, Attachment, Download, Order, Procedure, Progress


class QatarProcedure(Procedure[QatarSystem, Standing]):
    """One kind of application; a subclass says which, and how its inputs are written as ``details``."""

    kind: ClassVar[Kind]

    def details(self, inputs: Mapping[str, Any]) -> Details:
        """The inputs in the agency's own elements."""
        raise TypeError(f"{type(self).__name__} must say what it asks for")

    async def submit(self, order: Order) -> Standing:
        files = await self._hand_over(order, order.attachments)
        body = application(order, self.details(order.inputs), files)
        return await self.system.apply("POST", self.kind, target(self.kind.path, order), body, order)

    async def track(self, order: Order) -> Standing:
        return await self.system.apply("GET", self.kind, target(self.kind.path, order, **which(order)), b"", order)

    async def act(self, order: Order, action: Action) -> Standing:
        files = await self._hand_over(order, action.attachments)
        return await self.system.apply(
            "POST", self.kind, target(self.kind.actions, order), action_body(order, action, files), order
        )

    def normalise(self, answer: Standing, order: Order) -> Progress:
        return progress(answer, order)

    @asynccontextmanager
    async def open_document(self, order: Order, document: str) -> AsyncIterator[Download]:
        async with self.system.document(self.kind, order, document) as download:
            yield download

    async def _hand_over(self, order: Order, files: Sequence[Attachment]) -> Sequence[HandedOver]:
        """Sends the files, one after the other."""
        return [HandedOver(await self.system.upload(self.kind, order, file), file) for file in files]
