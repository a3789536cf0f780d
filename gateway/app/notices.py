"""The channels that people are told by, put together as the settings open them."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from gateway.applications.telling import AGENCY, Telling
from gateway.errors import ConfigurationError
from gateway.i18n import Catalogue
from gateway.identity.vault import Vault
from gateway.notices.channel import Channel
from gateway.notices.mail import Mail, Server
from gateway.notices.postman import Postman
from gateway.notices.push import Push
from gateway.notices.settings import MailSettings, NoticeSettings, TextSettings
from gateway.notices.store import NoticeStore
from gateway.notices.text_message import Shape, TextMessage
from gateway.notices.webhook import Webhook
from gateway.outward.addresses import Allowed, Outward
from gateway.registry.registry import Registry
from gateway.settings import Settings, secret
from gateway.storage.engine import Storage


@dataclass(frozen=True, slots=True)
class NoticeParts:
    """What a worker tells people with; ``channels`` are those that a person may choose."""

    store: NoticeStore
    channels: Mapping[str, Channel]
    telling: Telling
    postman: Postman


def notice_parts(
    settings: Settings,
    storage: Storage,
    vault: Vault,
    registry: Registry,
    catalogue: Catalogue,
    clock: Callable[[], datetime],
) -> NoticeParts:
    """Builds them; nothing is sent until the postman walks. Raises ``ConfigurationError`` naming the setting."""
    store = NoticeStore(vault)
    channels = open_channels(settings.notices, outward(settings))
    contacts = {room.plate.country: room.plate.contact.email for room in registry.rooms}
    mail = {AGENCY: channels["email"]} if "email" in channels else {}
    postman = Postman(storage, store, {**channels, **mail}, catalogue, settings.server.public_url, clock)
    return NoticeParts(store, channels, Telling(store, contacts if mail else {}), postman)


def outward(settings: Settings) -> Outward:
    """The judge of strangers' addresses; raises ``ConfigurationError`` where an exception is none."""
    try:
        return Outward([Allowed.parse(text) for text in settings.server.outward_allowed])
    except ValueError as problem:
        raise ConfigurationError(field="server.outward_allowed", problem=str(problem)) from None


def open_channels(section: NoticeSettings, judge: Outward) -> dict[str, Channel]:
    """The channels whose settings are there."""
    opened: list[Channel] = []
    if section.email.host:
        opened.append(Mail(_server(section.email)))
    if section.sms.url:
        opened.append(TextMessage("sms", _shape("sms", section.sms)))
    if section.whatsapp.url:
        opened.append(TextMessage("whatsapp", _shape("whatsapp", section.whatsapp)))
    if section.push.key_file:
        opened.append(Push(_key(section.push.key_file), section.push.contact, judge, time.time))
    if section.webhooks:
        opened.append(Webhook(judge, time.time))
    return {channel.name: channel for channel in opened}


def _server(mail: MailSettings) -> Server:
    return Server(mail.host, mail.port, mail.sender, mail.security, mail.username, secret(mail.password))


def _shape(name: str, text: TextSettings) -> Shape:
    if urlsplit(text.url).scheme not in ("http", "https"):
        raise ConfigurationError(field=f"notices.{name}.url", problem="must be an http or https address")
    headers = {header: secret(value) for header, value in text.headers.items()}
    return Shape(text.url, headers, text.body, text.encoding)


def _key(path: Path) -> EllipticCurvePrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as problem:
        raise ConfigurationError(field="notices.push.key_file", problem=f"{path} cannot be read as a key") from problem
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise ConfigurationError(field="notices.push.key_file", problem=f"{path} must be a key on P-256")
    return key
