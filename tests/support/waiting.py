"""Agencies, adapters, versions and mandates in a running gateway, for whoever looks at the console's pages."""

import secrets
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import update

from gateway.agencies.acting import AgencyAct
from gateway.agencies.finding import words_of
from gateway.agencies.mandate_notices import MandateNotices
from gateway.agencies.mandate_view import MandateView
from gateway.agencies.mandates import Mandates
from gateway.agencies.telling import AgencyNotices
from gateway.app import now
from gateway.app.signin import signin_keys
from gateway.kit.report import CaseResult, Report
from gateway.notices.store import NoticeStore
from gateway.registry.store import RegistryStore
from gateway.registry.submission import Submission
from gateway.storage.registry_tables import registry_adapters, registry_versions
from tests.support.agencies import joined
from tests.support.house import House
from tests.support.joining import PURPOSES, forgotten, leave
from tests.support.mandates import NEW, OTHER, OWNER, PARTNER, YES
from tests.support.registered import plate, registered, submission

ADAPTER, VERSION = "om_fish", "1.1.0"
INNER = "http://127.0.0.1:7301"
STORE = RegistryStore(time.time)


def hosted(name: str = ADAPTER, version: str = VERSION, **changes: Any) -> Submission:
    """A version of an adapter host, whose sandbox stands at an address that is an exception."""
    addresses = {
        "sandbox": {"adapter": INNER},
        "live": {"adapter": "https://fish.example"},
    }
    return submission(
        plate(
            name,
            version,
            kind="host",
            protocol="adapter-host",
            endpoints=["adapter"],
            addresses=addresses,
            host={"keys": ["fish-2026"], "authority": None},
            **changes,
        )
    )


def report(version: Submission) -> bytes:
    """What the acceptance kit said of it."""
    case = CaseResult(
        service="traffic-fines",
        shows="found",
        promise="A fine that was paid is not shown",
        place="/cases/traffic-fines/0",
        played="sandbox",
        passed=True,
        status="ok",
        code=None,
        took_ms=12,
    )
    return Report(
        adapter=version.plate.label,
        stage="sandbox",
        passed=True,
        findings=(),
        cases=(case,),
        latency_ms={"traffic-fines": 12},
        took_ms=40,
    ).as_json()


async def waits(here: House, standing: str = "submitted", name: str = ADAPTER) -> Submission:
    """A version that waits to be judged, after one that answers already."""
    storage, former, new = here.doors.parts.storage, submission(plate(name)), hosted(name)
    await peopled(here)
    await registered(storage, STORE, former, name=name)
    await registered(storage, STORE, new, standing=standing, name=name)
    await titled(here, name)
    table = registry_versions
    async with storage.writing() as connection:
        await STORE.go_live(connection, name, "1.0.0", 100, "member:tests")
        await connection.execute(
            update(table).where(table.c.adapter_id == name, table.c.version == VERSION).values(report=report(new))
        )
    return new


async def peopled(here: House) -> None:
    """An agency and a private partner, with one more member each."""
    await joined(here, person=f"person-{secrets.token_hex(8)}", role="viewer")
    await joined(here, agency=PARTNER, kind="partner", person=f"person-{secrets.token_hex(8)}")


async def titled(here: House, name: str) -> None:
    """Gives the adapter the title that its versions have."""
    title = {"ar": f"الثروة السمكية {name}", "en": f"Fisheries {name}"}
    values = {"title": orjson.dumps(title), "words": words_of(name, *title.values())}
    async with here.doors.parts.storage.writing() as connection:
        await connection.execute(update(registry_adapters).where(registry_adapters.c.adapter_id == name).values(values))


async def many(here: House, count: int) -> Sequence[str]:
    """So many adapters that nobody has opened yet."""
    names = [f"om_fish_{number:04}" for number in range(count)]
    for name in names:
        await registered(here.doors.parts.storage, STORE, submission(plate(name)), name=name)
        await titled(here, name)
    return names


async def mandated(here: House, days: int = 20) -> MandateView:
    """A mandate that both sides agreed to, which ends in so many days."""
    storage, vault = here.doors.parts.storage, signin_keys(here.settings)[0]
    await peopled(here)
    sides = MandateNotices(AgencyNotices(NoticeStore(vault), mail=False), vault, now)
    mandates = Mandates(storage, vault, STORE, sides, PURPOSES, time.time)
    today = now().date()
    new = NEW.model_copy(update={"starts_on": today - timedelta(days=1), "ends_on": today + timedelta(days=days)})
    made = await mandates.propose(leave(OWNER, AgencyAct.PROPOSE_MANDATE), new, forgotten)
    return await mandates.accept(leave(OTHER, AgencyAct.ACCEPT_MANDATE), made.id, YES, forgotten)
