"""``/v1/me/notices``: what a person was told, and how they want to be told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

import orjson
from aiohttp import web
from pydantic import Field

from gateway.errors import Forbidden, InvalidInput, NotFound
from gateway.i18n import Catalogue, Language
from gateway.identity.principal import Principal
from gateway.notices.channel import Channel
from gateway.notices.message import compose
from gateway.notices.push import Push
from gateway.notices.store import Choice, NoticeStore, Shown
from gateway.registry.services import Services
from gateway.schema.base import Frozen
from gateway.schema.dates import Moment
from gateway.storage.engine import Storage
from gateway.web.body import MODEL_CODES, read_json_object, read_model
from gateway.web.contract import Operation, path_parameter, query_parameter
from gateway.web.doorkeeper import SIGN_IN_CODES, Doorkeeper
from gateway.web.middleware import LANGUAGE

SHOWN: Final = 100
_OWN_CODES: Final = (*SIGN_IN_CODES, (403, "insufficient_scope"))
_BODY_CODES: Final = (
    *((400, code) for code in ("malformed_json", "json_too_deep", "duplicate_key", "bad_text", "json_not_object")),
    (408, "body_too_slow"),
    (413, "body_too_large"),
    *((415, code) for code in ("unsupported_media_type", "content_encoding")),
    *((422, code) for code in MODEL_CODES),
)


class ShownNotice(Frozen):
    """One notice, in the language asked for."""

    id: str
    application: str = Field(description="The application that it is about.")
    kind: str = Field(description="The status that it tells of, or `overdue`.")
    at: Moment
    title: str
    text: str
    read: bool = Field(description="Whether somebody has said so, by `POST /v1/me/notices/{notice}/read`.")


class ShownNotices(Frozen):
    """The newest notices of the person, a hundred at most; asking for them changes nothing."""

    notices: tuple[ShownNotice, ...]


class NoticeWish(Frozen):
    """How the person wants to be told. Without a service: about every one that has no choice of its own."""

    service: str = Field("", max_length=60)
    channel: str = Field(max_length=20)
    language: Language
    target: str = Field(
        max_length=4000,
        description="An e-mail address, a telephone number with its country code, the address of a webhook, or a push "
        "subscription as JSON text.",
    )


class NoticeChoice(NoticeWish):
    """A choice as it is shown: of a push subscription only whose service it is."""


class KeptChoice(NoticeChoice):
    """A choice as it is kept; the secret of a webhook is shown once, when it is chosen."""

    secret: str | None = None


class NoticeChoices(Frozen):
    """What the person chose, the channels that are open, and the key that browsers subscribe to web push with."""

    choices: tuple[NoticeChoice, ...]
    channels: tuple[str, ...]
    push_key: str | None


@dataclass(frozen=True, slots=True)
class NoticePages:
    """The endpoints and what they stand on."""

    doorkeeper: Doorkeeper
    storage: Storage
    store: NoticeStore
    channels: Mapping[str, Channel]
    services: Services
    catalogue: Catalogue
    public_url: str
    clock: Callable[[], datetime]
    body_seconds: float

    def operations(self) -> Sequence[Operation]:
        choice = (query_parameter("service", maxLength=60), query_parameter("channel", maxLength=20))
        return (
            Operation("list_notices", "GET", "/v1/me/notices", self.list, ShownNotices, secured=True, codes=_OWN_CODES),
            Operation(
                "read_notice",
                "POST",
                "/v1/me/notices/{notice}/read",
                self.read,
                ShownNotice,
                parameters=(path_parameter("notice", pattern="^[0-9a-f]{32}$"),),
                secured=True,
                codes=(*_OWN_CODES, (404, "not_found")),
            ),
            Operation(
                "list_notice_choices",
                "GET",
                "/v1/me/notice-choices",
                self.choices,
                NoticeChoices,
                secured=True,
                codes=_OWN_CODES,
            ),
            Operation(
                "choose_notices",
                "PUT",
                "/v1/me/notice-choices",
                self.choose,
                KeptChoice,
                body=NoticeWish,
                secured=True,
                codes=(*_OWN_CODES, *_BODY_CODES, (404, "unknown_service"), (422, "address_refused")),
                example={"channel": "email", "language": "ar", "target": "maryam@people.example"},
            ),
            Operation(
                "unchoose_notices",
                "DELETE",
                "/v1/me/notice-choices",
                self.unchoose,
                NoticeChoices,
                parameters=choice,
                secured=True,
                codes=(*_OWN_CODES, (404, "not_found")),
            ),
        )

    async def list(self, request: web.Request) -> web.Response:
        """What the person was told, the newest first."""
        principal, language = await self._identify(request), request[LANGUAGE]
        async with self.storage.glancing() as connection:
            found = await self.store.shown(connection, principal.subject, SHOWN)
        return _json(ShownNotices(notices=tuple(self._said(each, language) for each in found)))

    async def read(self, request: web.Request) -> web.Response:
        """Marks one as read; one that was read already stays as it is."""
        principal, language = await self._identify(request), request[LANGUAGE]
        async with self.storage.writing() as connection:
            notice = request.match_info["notice"]
            found = await self.store.read(connection, principal.subject, notice, self.clock())
        if found is None:
            raise NotFound
        return _json(self._said(found, language))

    async def choices(self, request: web.Request) -> web.Response:
        """What the person chose."""
        return _json(await self._choices(await self._identify(request)))

    async def choose(self, request: web.Request) -> web.Response:
        """Keeps a choice in the place of the one of the same service and channel."""
        principal = await self._identify(request)
        wanted = read_model(await read_json_object(request, self.body_seconds), NoticeWish)
        if wanted.service:
            self.services.find(wanted.service, "procedure")
        channel = self.channels.get(wanted.channel)
        if channel is None:
            raise InvalidInput("field_choice", field="/channel")
        target = channel.check(wanted.target)
        kept = Choice(wanted.service, wanted.channel, wanted.language, target)
        async with self.storage.writing() as connection:
            await self.store.choose(connection, principal.subject, kept, self.clock())
        secret = orjson.loads(target)["secret"] if wanted.channel == "webhook" else None
        return _json(KeptChoice(**_shown(kept).model_dump(), secret=secret))

    async def unchoose(self, request: web.Request) -> web.Response:
        """Takes a choice away."""
        principal = await self._identify(request)
        service, channel = request.query.get("service", ""), request.query.get("channel", "")
        async with self.storage.writing() as connection:
            gone = await self.store.unchoose(connection, principal.subject, service, channel)
        if not gone:
            raise NotFound
        return _json(await self._choices(principal))

    def _said(self, shown: Shown, language: Language) -> ShownNotice:
        notice = shown.notice
        said = compose(self.catalogue, notice.in_language(language), self.public_url)
        return ShownNotice(
            id=notice.id,
            application=notice.about,
            kind=notice.kind,
            at=notice.at,
            title=said.title,
            text=said.text,
            read=shown.read_at is not None,
        )

    async def _choices(self, principal: Principal) -> NoticeChoices:
        async with self.storage.reading() as connection:
            found = await self.store.choices(connection, principal.subject)
        push = self.channels.get("push")
        return NoticeChoices(
            choices=tuple(map(_shown, found)),
            channels=tuple(sorted(self.channels)),
            push_key=push.public_key if isinstance(push, Push) else None,
        )

    async def _identify(self, request: web.Request) -> Principal:
        principal = await self.doorkeeper.identify(request)
        if "applications" not in principal.scopes:
            raise Forbidden("insufficient_scope", scope="applications")
        return principal


def _shown(choice: Choice) -> NoticeChoice:
    """The choice without what only the other side may know."""
    target = choice.target
    if choice.channel == "webhook":
        target = orjson.loads(target)["url"]
    elif choice.channel == "push":
        target = str(urlsplit(orjson.loads(target)["url"]).hostname)
    return NoticeChoice(service=choice.service, channel=choice.channel, language=choice.language, target=target)


def _json(document: Frozen) -> web.Response:
    return web.Response(
        body=document.model_dump_json().encode(), content_type="application/json", headers={"Cache-Control": "no-store"}
    )
