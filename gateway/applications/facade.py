"""The way in for whoever applies: each call is checked, sealed and durable before it returns."""

import base64
import binascii
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NoReturn

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.applications.drafts import check_room
from gateway.applications.hooks import Attachments, Remember
from gateway.applications.intake import check_action, check_application, check_attachments
from gateway.applications.kept import Application, Detail, Entry, Particulars, Supplied, from_micros
from gateway.applications.life import Standing
from gateway.applications.owned import check_scope, find_owned, look_owned
from gateway.applications.queue import Queue
from gateway.applications.showing import compose, show
from gateway.applications.store import Place, Store
from gateway.applications.terms import Terms
from gateway.applications.view import ActionRequest, ApplicationView, Filters, NewApplication
from gateway.errors import BawabaError, InvalidInput, NotFound
from gateway.flow import Errand, Flow
from gateway.identity.principal import Principal
from gateway.policy.permit import Call, Policy
from gateway.registry.reach import point_to_page
from gateway.registry.route import Dossier
from gateway.registry.service import Service
from gateway.registry.services import Services
from gateway.resilience.deadline import Deadline
from gateway.schema.application import ApplicationStatus
from gateway.schema.base import Frozen
from gateway.sdk.procedure import Order, Procedure
from gateway.storage.engine import Storage
from gateway.storage.together import together

SEALING_SECONDS = 5.0
LONGEST_PAGE = 100
_ID_BYTES = 10


class Taken(Frozen):
    """What the record commits to when something is taken in: the application, and what is to be done about it."""

    application: str
    action: str


@dataclass(frozen=True, slots=True)
class Parts:
    """What applications stand on. ``wake`` is called when something new waits to be delivered; ``events_url`` is where
    national systems may tell of what is taken in."""

    services: Services
    policy: Policy
    flow: Flow
    storage: Storage
    store: Store
    queue: Queue
    attachments: Attachments
    terms: Terms
    clock: Callable[[], datetime]
    wake: Callable[[], None]
    events_url: str


class Applications:
    """A person's applications. A refusal is sealed before it is raised; what is not theirs is not found.

    ``remember`` runs inside the transaction that takes something in, with the view that will be returned.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def apply(
        self, principal: Principal, new: NewApplication, request_id: str, remember: Remember | None = None
    ) -> ApplicationView:
        """Takes an application in; it is durable, and on its way unless it is a draft, once this returns.

        Raises what a lookup raises when it is turned away, ``InvalidInput`` where the service needs attachments,
        which only a draft can be given, ``Conflict`` where the person holds too many drafts, ``SealingFailed`` and
        ``StorageDown``.
        """
        try:
            today = self._parts.clock().date()
            service, particulars = check_application(self._parts.services, self._parts.policy, principal, new, today)
            await self._check_first(principal, service, new)
        except BawabaError as problem:
            await self._refuse(principal, new.service, request_id, problem)
        key = new_id()
        step = "draft" if new.draft else "apply"
        agency, entry = await self._seal(principal, _call(new, particulars, request_id), key, step)
        now = self._parts.clock()
        status = ApplicationStatus.draft if new.draft else ApplicationStatus.submitted
        application = Application(
            id=key,
            person=principal.subject,
            service=service.id,
            country=new.country,
            agency=agency,
            reference=secrets.token_hex(16),
            particulars=particulars.model_copy(update={"events_url": self._parts.events_url}),
            standing=Standing(status),
            created_at=now,
            updated_at=now,
        )
        if not new.draft:
            application = self._submitted(application, service, now)
        async with self._parts.storage.writing() as connection:
            if new.draft:
                # Once more: another may have been made meanwhile.
                await check_room(connection, principal.subject, held=True)
            async with together(connection):
                view = await self._add(connection, application, entry)
                if remember:
                    await remember(connection, view)
        if not new.draft:
            self._parts.wake()
        return view

    async def act(
        self,
        principal: Principal,
        application: str,
        request: ActionRequest,
        request_id: str,
        remember: Remember | None = None,
    ) -> ApplicationView:
        """Takes an action in: durable, and on its way, once this returns.

        Raises ``NotFound``, ``Conflict`` when the action is not possible now, ``InvalidInput`` naming what is missing
        of what the state asked for, ``SealingFailed`` and ``StorageDown``.
        """
        async with self._parts.storage.reading() as connection:
            found = await find_owned(connection, self._parts.store, principal, application)
            try:
                purpose = found.particulars.purpose
                self._parts.policy.admit(principal, found.service, purpose, "applications")
                await self._checked(connection, found, request)
            except BawabaError as problem:
                await self._refuse(principal, found.service, request_id, problem)
        inputs = {"action": request.kind, "values": request.values}
        call = Call(
            found.service, found.country, inputs, purpose, found.particulars.language, request_id, _sealing_deadline()
        )
        _, entry = await self._seal(principal, call, found.id, request.kind)
        async with self._parts.storage.writing() as connection:
            view = await self._take(connection, found.id, request, entry)
            if remember:
                await remember(connection, view)
        self._parts.wake()
        return view

    async def read(self, principal: Principal, application: str) -> ApplicationView:
        """The application as it stands, or as much of it as can be read; raises ``NotFound``."""
        async with self._parts.storage.reading() as connection:
            found = await look_owned(connection, self._parts.store, principal, application)
            return (await self._show(connection, [found]))[0]

    async def page(
        self, principal: Principal, filters: Filters, cursor: str | None = None, limit: int = 20
    ) -> tuple[Sequence[ApplicationView], str | None]:
        """The person's applications, the newest first, and the cursor of the next page if there is one.

        Raises ``Forbidden`` and, where the cursor is not one of ours, ``InvalidInput``.
        """
        check_scope(principal, filters.service)
        after = _place(cursor) if cursor else None
        limit = min(max(limit, 1), LONGEST_PAGE)
        async with self._parts.storage.reading() as connection:
            found, end = await self._parts.store.page(
                connection, principal.subject, filters, after, limit, principal.countries
            )
            return await self._show(connection, found), _cursor(end) if end else None

    # --- the steps

    async def _show(self, connection: AsyncConnection, found: Sequence[Entry]) -> list[ApplicationView]:
        parts = self._parts
        return await show(connection, parts.store, parts.queue, parts.attachments, found)

    async def _check_first(self, principal: Principal, service: Service, new: NewApplication) -> None:
        """Raises why it cannot be taken in as it is: a file is missing, or there are too many drafts already."""
        if not new.draft:
            check_attachments(service, set())
            return
        async with self._parts.storage.glancing() as connection:
            await check_room(connection, principal.subject)

    async def _add(self, connection: AsyncConnection, application: Application, entry: str) -> ApplicationView:
        parts, now = self._parts, application.created_at
        await parts.store.add(connection, application)
        draft = application.status is ApplicationStatus.draft
        detail = Detail() if draft else Detail(action="submit")
        event = await parts.store.record(connection, application, "citizen", "status", now, detail, entry, first=True)
        if not draft:
            await parts.queue.put(connection, application, "submit", Supplied(), now, first=True)
        return compose(application, [event], () if draft else ("submit",))

    async def _take(self, connection: AsyncConnection, key: str, request: ActionRequest, entry: str) -> ApplicationView:
        """Writes the action down, once more checked: much may have happened since it was."""
        parts, now = self._parts, self._parts.clock()
        found = await parts.store.find(connection, key, to_change=True)
        if found is None:
            raise NotFound
        supplied = await self._checked(connection, found, request)
        draft = found.status is ApplicationStatus.draft
        # Whatever the applicant does, it is not the applicant any more who is waited for.
        after = parts.terms.go_on(replace(found, updated_at=now), now)
        if draft and request.kind == "withdraw":
            after = replace(after, standing=Standing(ApplicationStatus.withdrawn), decided_at=now)
        elif draft:
            after = self._submitted(after, parts.services.find(found.service, "procedure"), now)
        await parts.store.save(connection, after)
        await parts.store.record(
            connection, after, "citizen", "status" if draft else "action", now, Detail(action=request.kind), entry
        )
        if not after.status.final:
            message = await parts.queue.put(connection, after, request.kind, supplied, now)
            if request.kind in ("submit", "supply"):
                await parts.attachments.assign(connection, key, message)
        return (await self._show(connection, [after]))[0]

    async def _checked(self, connection: AsyncConnection, found: Application, request: ActionRequest) -> Supplied:
        parts = self._parts
        waiting = (await parts.queue.waiting(connection, [found.id])).get(found.id, set())
        attached = await parts.attachments.present(connection, found.id)
        service = parts.services.find(found.service, "procedure")
        return check_action(found, request, waiting, attached, service)

    def _submitted(self, application: Application, service: Service, now: datetime) -> Application:
        days = service.processing_time.working_days or 1
        return replace(
            application,
            standing=Standing(ApplicationStatus.submitted),
            submitted_at=now,
            expected_on=self._parts.terms.end(application.country, now, days),
        )

    async def _seal(self, principal: Principal, call: Call, key: str, step: str) -> tuple[str, str]:
        """The agency that will decide, and the ledger entry; raises why the person may not apply there."""

        async def take(procedure: Procedure, order: Order) -> Taken:  # type: ignore[type-arg]
            return Taken(application=key, action=step)

        errand = Errand(key, step, Dossier(reference=key, callback_url=""), take)
        carried = await self._parts.flow.carry(principal, call, errand)
        if carried.problem:
            point_to_page(carried.problem, self._parts.services.find(call.service))
            raise carried.problem
        if carried.passage is None:
            raise NotFound
        return carried.passage.agency, carried.receipt.id

    async def _refuse(self, principal: Principal, service: str, request_id: str, problem: BawabaError) -> NoReturn:
        known = service if service in self._parts.services else "unknown"
        await self._parts.flow.refuse(principal, known, request_id, problem)
        raise problem


def new_id() -> str:
    """A public id of an application: 16 letters and digits that are hard to guess and easy to read out."""
    return base64.b32encode(secrets.token_bytes(_ID_BYTES)).decode().lower()


def _call(new: NewApplication, particulars: Particulars, request_id: str) -> Call:
    asked, purpose, language = particulars.asked(), particulars.purpose, particulars.language
    return Call(new.service, new.country, asked, purpose, language, request_id, _sealing_deadline())


def _sealing_deadline() -> Deadline:
    return Deadline.after(SEALING_SECONDS)


def _cursor(end: Place) -> str:
    return base64.urlsafe_b64encode("{}.{}".format(*end).encode()).decode().rstrip("=")


def _place(cursor: str) -> Place:
    try:
        moment, _, key = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii").partition(".")
        from_micros(int(moment))
        if not key.isalnum():
            raise ValueError("not an id")
        return int(moment), key
    except (binascii.Error, ValueError, OverflowError):
        raise InvalidInput("unknown_cursor", field="?cursor") from None
