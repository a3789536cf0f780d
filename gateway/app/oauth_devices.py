"""The doors by which a person lets a device in, put together."""

import time
from typing import Final

from aiohttp import web

from gateway.app.oauth_doors import OAuthDoors
from gateway.oauth.devices import Devices
from gateway.policy.quota import Quota
from gateway.web.oauth.device import DeviceAuthorization
from gateway.web.oauth.device_pages import DevicePages
from gateway.web.oauth.words import ConsentWords
from gateway.web.pages.render import Pages
from gateway.web.signin.browser import Forms

GUESSES_A_MINUTE: Final = 5
GUESSES_AT_ONCE: Final = 10
"""How many codes a person may try at one worker: enough for clumsy fingers, and for no search."""


def add_device_doors(app: web.Application, doors: OAuthDoors, devices: Devices, pages: Pages, forms: Forms) -> None:
    """Adds the endpoint for devices, which they find by discovery, and the pages for people."""
    DeviceAuthorization(
        doors.callers(), devices, doors.record, doors.problems, doors.settings.server.public_url
    ).add_routes(app)
    DevicePages(
        clients=doors.parts.clients,
        devices=devices,
        consents=doors.parts.consents,
        sessions=doors.entrance.signin.sessions,
        record=doors.record,
        words=ConsentWords(doors.problems.catalogue, doors.ground.services, doors.rules),
        pages=pages,
        forms=forms,
        guesses=Quota(GUESSES_A_MINUTE, GUESSES_AT_ONCE, time.monotonic),
        clock=doors.ground.clock,
    ).add_routes(app)
