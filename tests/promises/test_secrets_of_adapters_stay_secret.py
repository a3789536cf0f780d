"""What an agency sets as a secret goes to its own system and nowhere else: no answer, row, entry, diff or log."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from gateway.app.signin import signin_keys
from gateway.registry.secrets import secret_context
from gateway.storage.registry_tables import registry_secrets
from gateway.storage.tables import metadata
from tests.support.door import entries
from tests.support.fisheries import HOLDER, KEY, Fisheries, licence
from tests.support.registry_door import ADAPTER, AGENCY, ONE, ROOT, SERVICE, RegistryDoor, registry_door

OTHER = "another-planted-value-84d1"


class Echo(Fisheries):
    """A system that says back what it was shown."""

    async def _answer(self, request: web.Request) -> web.Response:
        self.shown = request.headers.get("X-Api-Key", "")
        return web.json_response({"licences": [licence("F-1001") | {"title_en": f"Key {self.shown}"}]})


@pytest.fixture
async def door(tmp_path: Path, storage_url: str) -> AsyncIterator[RegistryDoor]:
    async with registry_door(tmp_path, storage_url, Echo()) as opened:
        yield opened


async def test_a_secret_is_used_and_seen_by_nobody(door: RegistryDoor, capsys: pytest.CaptureFixture[str]) -> None:
    owner = await door.joined()
    await door.adapter(owner)
    version = door.version()
    version["cases"][SERVICE][0]["expect"]["records"] = [{"reference": "F-1001", "title": {"en": "Licence"}}]
    await door.ask("PUT", f"{ONE}/versions/1.0.0", owner, version)
    await door.registered(owner, "1.1.0")
    await door.ask("POST", f"{ONE}/versions/1.0.0/acceptance", owner)
    await door.ask("PUT", f"{ONE}/secrets/live/api_key", owner, {"value": OTHER})
    for path in ("", "/events", "/secrets", "/versions/1.0.0", "/diff?from=1.0.0&to=1.1.0"):
        assert (await door.ask("GET", f"{ONE}{path}", owner)).status == 200
    await door.ask("GET", f"{ROOT}/agencies/{AGENCY}/keys", owner)
    await door.ask("PUT", f"{ONE}/secrets/live/api_key", owner, {"value": OTHER, "extra": OTHER})
    await door.ask("PUT", f"{ONE}/secrets/live/api_key", owner, {"value": f"{OTHER}\x00"})
    await door.ask("DELETE", f"{ONE}/secrets/live/api_key", owner)

    assert isinstance(door.fisheries, Echo)
    assert door.fisheries.shown == KEY
    places = {
        "answers": "\n".join(door.heard),
        "rows": repr([await door.rows(table) for table in metadata.sorted_tables]),
        "entries": repr(await entries(door.house)),
        "logs": "".join(capsys.readouterr()),
    }
    assert all(places.values())
    for place, text in places.items():
        for secret in (KEY, OTHER):
            assert secret not in text, place


async def test_a_secret_is_sealed_for_its_adapter_its_environment_and_its_name(door: RegistryDoor) -> None:
    owner = await door.joined()
    await door.adapter(owner)

    rows = await door.rows(registry_secrets)

    vault = signin_keys(door.house.settings)[0]
    assert {(row.environment, row.name) for row in rows} == {("sandbox", "api_key"), ("live", "api_key")}
    for row in rows:
        assert vault.open(row.sealed, secret_context(ADAPTER, row.environment, "api_key")).decode() == KEY
        with pytest.raises(ValueError, match="InvalidTag"):
            vault.open(row.sealed, secret_context("om_other", row.environment, "api_key"))


async def test_a_secret_is_told_by_name_and_set_once_more_by_anybody_who_may(door: RegistryDoor) -> None:
    owner = await door.joined()
    await door.adapter(owner, secrets=["sandbox"])

    listed = await door.ask("GET", f"{ONE}/secrets", owner)
    absent = await door.ask("DELETE", f"{ONE}/secrets/live/api_key", owner)
    elsewhere = await door.ask("PUT", f"{ONE}/secrets/production/api_key", owner, {"value": OTHER})
    strange = await door.ask("PUT", f"{ONE}/secrets/live/Api%20Key", owner, {"value": OTHER})

    assert [set(each) for each in listed["secrets"]] == [{"environment", "name", "set_at"}]
    assert (absent.status, elsewhere.status, strange.status) == (404, 404, 404)
    assert HOLDER not in listed.text


async def test_a_version_whose_secrets_are_not_set_is_not_taken(door: RegistryDoor) -> None:
    owner = await door.joined()
    await door.adapter(owner, secrets=["live"])

    told = await door.ask("PUT", f"{ONE}/versions/1.0.0", owner, door.version())

    assert [(each["field"], each["code"]) for each in told["findings"]] == [("/plate/secrets/0", "secret_missing")]


async def test_a_version_does_not_go_live_without_its_secrets(door: RegistryDoor) -> None:
    owner = await door.joined()
    await door.adapter(owner, secrets=["sandbox"])
    await door.approved(owner)

    told = await door.ask("POST", f"{ONE}/live", owner, {"version": "1.0.0", "share": 100})

    assert (told.status, told.code) == (422, "submission_unfit")
    assert (await door.ask("GET", ONE, owner))["standing"] == "new"
