"""One ask is shown step by step without showing anybody, and kept as a case in which everybody is invented."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from gateway.i18n import Catalogue
from gateway.kit.cases import LookupAsk, Subject, cases_in
from gateway.kit.catalogue import known_services
from gateway.kit.first_cases import write_case
from gateway.kit.folder import read_folder
from gateway.kit.making import make_map
from gateway.kit.newcomer import Newcomer, somebody
from gateway.kit.recording import Recording, record_invented, record_real
from gateway.kit.tried import Telling, tell
from gateway.kit.unmasked import Masker, is_personal, leaves_of
from gateway.kit.watching import Watched, watch
from gateway.registry.rooms import Wiring
from gateway.registry.service import Service
from gateway.schema.country import Country
from gateway.sdk.sandbox import population
from tests.support.kit import ROOT, SERVICES, change, checked

BOATS = "boat-licences"
KEY = "a-secret-that-nobody-sees"
REAL = "91234567"
LICENCE = {"number": "P-4471-22", "person": REAL, "state": "ACTIVE", "issued": "2019-02-03", "until": "2029-02-02"}
ROOMS = ("bahrain", "kuwait", "oman", "qatar", "saudi_arabia", "uae")
LOOKUPS = ("commercial-registration", "identity-verification", "pension-contributions", "traffic-fines")


def boats(tmp_path: Path, name: str) -> tuple[Path, Service]:
    one = Newcomer(
        name, Country.OM, "رخص القوارب", "Boat licences", {BOATS: "evidence"}, {BOATS: "om-marine"}, frozenset({BOATS})
    )
    folder = asyncio.run(make_map(one, tmp_path / "adapters", SERVICES))
    return folder, known_services(SERVICES, folder)[BOATS]


def about(country: Country, value: str, **inputs: Any) -> LookupAsk:
    return LookupAsk(
        subject=Subject(country=country, value=value), inputs=inputs, purpose="self_service", language="ar"
    )


@asynccontextmanager
async def real_system(item: Mapping[str, Any]) -> AsyncIterator[Wiring]:
    """A system somewhere in the network that knows one person."""

    async def licences(request: web.Request) -> web.Response:
        if request.match_info["person"] != REAL:
            return web.json_response({"error": {"code": "NO_SUCH_PERSON"}}, status=404)
        return web.json_response({"items": [item]})

    app = web.Application()
    app.router.add_get(f"/{BOATS}/people/{{person}}", licences)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield Wiring({"main": f"http://127.0.0.1:{runner.addresses[0][1]}"}, {"api_key": KEY})
    finally:
        await runner.cleanup()


def lines(watched: Watched, folder: Path, service: str, asked: LookupAsk, personal: bool = False) -> str:
    records = watched.answer.records if watched.answer else ()
    masker = Masker.of(watched.secrets.values(), [asked.subject.value], records, personal)
    telling = Telling(Catalogue.load(), "en", masker)
    return "\n".join(tell(watched, read_folder(folder), service, asked, telling))


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("service", LOOKUPS)
def test_no_step_shows_whom_it_is_about_or_what_the_system_knows_us_by(room: str, service: str) -> None:
    folder = ROOT / "adapters" / room
    plate = read_folder(folder).plate
    assert plate is not None
    people = population(plate.country)
    holdings = {LOOKUPS[0]: people.companies, LOOKUPS[2]: people.contributions, LOOKUPS[3]: people.fines}
    person = somebody(people, holdings.get(service, people.person))
    asked = about(plate.country, person.identifier)

    watched = asyncio.run(watch(folder, plate, known_services(SERVICES)[service], asked))
    shown = lines(watched, folder, service, asked)

    assert watched.answer is not None
    assert watched.answer.status == "ok"
    assert person.identifier not in shown
    assert not [secret for secret in watched.secrets.values() if secret in shown]
    texts = [text for record in watched.answer.records for path, text in leaves_of(record) if is_personal(path)]
    assert texts
    assert not [text for text in texts if len(text) > 4 and text in shown]


def test_every_step_of_a_map_is_shown_with_its_line(tmp_path: Path) -> None:
    folder, service = boats(tmp_path, "tried_steps")
    asked = about(Country.OM, "08123457")
    plate = read_folder(folder).plate
    assert plate is not None

    watched = asyncio.run(watch(folder, plate, service, asked))
    shown = lines(watched, folder, BOATS, asked)
    personal = lines(watched, folder, BOATS, asked, personal=True)

    line = (folder / "manifest.toml").read_text("utf-8").split("valid_until")[0].count("\n") + 1
    (step,) = [each for each in shown.splitlines() if each.startswith("  valid_until ←")]
    assert step.startswith('  valid_until ← until = "2057-11-02" → date:yyyy-MM-dd → {"date": "2057-11-02"')
    assert step.endswith(f"(manifest.toml:{line})")
    assert "GET /boat-licences/people/99999999?lang=ar" in shown
    assert "X-Api-Key: •••" in shown
    assert "Ended: ok" in shown
    assert "GET /boat-licences/people/08123457?lang=ar" in personal
    assert watched.secrets["api_key"] not in personal


def test_a_value_that_cannot_be_read_is_told_with_its_cause(tmp_path: Path) -> None:
    folder, service = boats(tmp_path, "tried_cause")
    change(
        folder / "manifest.toml",
        'path = "until", convert = ["date:yyyy-MM-dd"]',
        'path = "until", convert = ["date:dd/MM/yyyy"]',
    )
    asked = about(Country.OM, "08123457")
    plate = read_folder(folder).plate
    assert plate is not None

    shown = lines(asyncio.run(watch(folder, plate, service, asked)), folder, BOATS, asked)

    line = (folder / "manifest.toml").read_text("utf-8").split("valid_until")[0].count("\n") + 1
    assert (
        'Cause: valid_until; came "2057-11-02"; expected date:dd/MM/yyyy: is not written as the pattern says' in shown
    )
    assert f"see manifest.toml:{line}" in shown
    assert "Ended: garbled" in shown


async def recorded(folder: Path, service: Service, item: Mapping[str, Any], plain: tuple[str, ...] = ()) -> Recording:
    plate = read_folder(folder).plate
    assert plate is not None
    async with real_system(item) as wiring:
        asked = about(Country.OM, REAL)
        watched = await watch(folder, plate, service, asked, wiring)
        return await record_real(watched, asked, "A licence is found.", folder, plate, service, plain)


def test_a_real_call_becomes_a_case_in_which_everybody_is_invented(tmp_path: Path) -> None:
    folder, service = boats(tmp_path, "recorded_real")

    recording = asyncio.run(recorded(folder, service, {**LICENCE, "grade": "A"}, ("items[0].grade",)))

    assert recording.findings == []
    assert recording.case is not None
    written = json.dumps(recording.case, ensure_ascii=False)
    assert not [each for each in (REAL, "4471", KEY) if each in written]
    subject = recording.case["ask"]["subject"]["value"]
    assert json.loads(recording.case["reply"]["body"])["items"][0]["person"] == subject
    assert recording.case["expect"]["records"][0]["subject"]["value"] == subject
    write_case(folder / "cases" / BOATS / "found_recorded.json", recording.case)
    assert checked(folder, "sandbox").passed


def test_what_may_be_somebodys_is_refused(tmp_path: Path) -> None:
    folder, service = boats(tmp_path, "recorded_unsure")

    recording = asyncio.run(recorded(folder, service, {**LICENCE, "grade": "A", "holder": "Khalid Al Zaabi"}))

    assert recording.case is None
    assert ("record-unsure", "items[0].holder") in {(each.rule, each.field) for each in recording.findings}
    assert not [each for each in recording.findings if "Khalid" in (each.came or "")]


def test_a_call_to_the_stand_in_is_recorded_as_it_is(tmp_path: Path) -> None:
    folder, service = boats(tmp_path, "recorded_invented")
    asked = about(Country.OM, "08123457")
    plate = read_folder(folder).plate
    assert plate is not None

    watched = asyncio.run(watch(folder, plate, service, asked))
    recording = asyncio.run(record_invented(watched, asked, "A licence is found."))

    assert recording.case is not None
    write_case(folder / "cases" / BOATS / "found_recorded.json", recording.case)
    assert len(cases_in(folder)[0]) == 8
    with pytest.raises(FileExistsError):
        write_case(folder / "cases" / BOATS / "found_recorded.json", recording.case)
