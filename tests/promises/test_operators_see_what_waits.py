"""Operators see what waits, is parked or is overdue, by agency, and send it again or give it up by one command."""

import asyncio
import re
from pathlib import Path

from sqlalchemy import select

from gateway.applications.view import ApplicationView
from gateway.schema import Country
from gateway.schema.application import ApplicationStatus as Status
from gateway.storage.application_tables import notices
from tests.support.house import House, house
from tests.support.office import applicant, wanted
from tests.support.program import run

AGENCY = "om-rop-civil-status"


async def applied(here: House) -> ApplicationView:
    return await here.doors.parts.applications.applications.apply(applicant(), wanted(), "request-1")


async def until(here: House, key: str, status: Status) -> ApplicationView:
    async with asyncio.timeout(30):
        while True:
            view = await here.doors.parts.applications.applications.read(applicant(), key)
            if view.status is status:
                return view
            await asyncio.sleep(0.05)


async def until_parked(here: House) -> None:
    async with asyncio.timeout(30):
        while True:
            if await here.doors.parts.applications.parking.parked():
                return
            await asyncio.sleep(0.05)


async def measured(here: House, name: str) -> dict[str, float]:
    """A gauge by agency, as Prometheus reads it."""
    async with here.session.get(f"{here.operators_url}/metrics") as response:
        text = await response.text()
    found = re.findall(rf'^bawaba_applications_{name}{{agency="([a-z-]+)"}} ([0-9.]+)$', text, re.MULTILINE)
    return {agency: float(value) for agency, value in found}


async def bawaba(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """Runs the command beside the gateway, as an operator does."""
    config = str(folder / "gateway.toml")
    return await asyncio.to_thread(run, "applications", *arguments, "--config", config)


async def test_what_is_parked_is_counted_listed_and_sent_again(tmp_path: Path) -> None:
    async with house(tmp_path, rooms=["example"]) as here:
        sandbox = here.sandboxes["example"]
        secrets = sandbox.secrets
        sandbox.secrets = {**secrets, "api_key": "changed without telling us"}
        view = await applied(here)
        await until_parked(here)

        counted = await measured(here, "parked")
        code, listed, _ = await bawaba(tmp_path, "parked")
        sandbox.secrets = secrets
        resent = await bawaba(tmp_path, "resend", view.id)

        assert counted[AGENCY] == 1
        assert sum(counted.values()) == 1
        assert (await measured(here, "waiting")).keys() == counted.keys()
        assert code == 0
        for words in (view.id, "residence-certificate", "OM", AGENCY, "submit", "backend_refused"):
            assert words in listed
        assert (resent[0], resent[1].strip()) == (0, f"On its way again: {view.id}.")
        assert (await until(here, view.id, Status.approved)).national_reference
        assert (await measured(here, "parked"))[AGENCY] == 0
        assert "Nothing is parked" in (await bawaba(tmp_path, "parked"))[1]


async def test_what_is_given_up_has_failed_and_what_is_not_parked_cannot_be(tmp_path: Path) -> None:
    async with house(tmp_path, rooms=["example"]) as here:
        sandbox = here.sandboxes["example"]
        sandbox.secrets = {**sandbox.secrets, "api_key": "changed without telling us"}
        view = await applied(here)
        await until_parked(here)

        code, _, _ = await bawaba(tmp_path, "give-up", view.id)
        again, _, complaint = await bawaba(tmp_path, "give-up", view.id)

        after = await until(here, view.id, Status.failed)
        assert (code, again) == (0, 1)
        assert "nothing is parked" in complaint
        assert after.timeline[-1].actor == "operator"
        assert after.timeline[-1].receipt
        async with here.doors.parts.storage.reading() as connection:
            told = (await connection.execute(select(notices.c.status))).scalars().all()
        assert "failed" in told


async def test_an_operator_is_told_of_a_word_that_nobody_knows(tmp_path: Path) -> None:
    async with house(tmp_path, rooms=["example"], applications={"track_seconds": 0.1}) as here:
        here.sandboxes["example"].desk.orders = type(here.sandboxes["example"].desk.orders)(course="strange", pace=0.6)
        view = await applied(here)
        await until(here, view.id, Status.approved)

        async with here.session.get(f"{here.operators_url}/metrics") as response:
            text = await response.text()

        labels = f'country="{Country.OM.value}",service="residence-certificate"'
        assert re.search(rf"^bawaba_application_puzzles_total{{{labels}}} 1.0$", text, re.MULTILINE)
