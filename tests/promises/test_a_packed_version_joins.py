"""What `bawaba adapter new` makes and `adapter pack` packs is registered, passes the gateway's own kit, and answers."""

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from gateway.kit.beside import sandbox_class
from gateway.sdk.sandbox import population
from tests.support.fisheries import HOLDER
from tests.support.program import environment
from tests.support.registry_door import ROOT, RegistryDoor, registry_door, stand

AGENCY, ADAPTER, SERVICE = "om-marine", "om_ferries", "ferry-licences"
ONE = f"{ROOT}/adapters/{ADAPTER}"
NEW = ("--kind", "field_map", "--state", "OM", "--agency", AGENCY, "--service", SERVICE)
TITLES = ("--title-ar", "رخص العبّارات", "--title-en", "Ferry licences")
SOON = 2.0


def bawaba(folder: Path, *words: str) -> None:
    """The command, in that folder; it must end well."""
    command = [str(Path(sys.executable).with_name("bawaba")), *words]
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


async def registered(door: RegistryDoor, folder: Path, key: str) -> str:
    """The packed version at the registry, tried and stood approved; the owner's token."""
    owner = await door.joined(agency=AGENCY)
    version: dict[str, Any] = json.loads((folder / "version.json").read_text("utf-8"))
    assert (await door.ask("PUT", ONE, owner, {"agency": AGENCY})).status == 200
    for place in ("sandbox", "live"):
        assert (await door.ask("PUT", f"{ONE}/secrets/{place}/api_key", owner, {"value": key})).status == 200
    made = await door.ask("PUT", f"{ONE}/versions/0.1.0", owner, version)
    assert made.status == 200, made.text
    tried = await door.ask("POST", f"{ONE}/versions/0.1.0/acceptance", owner)
    assert tried["report"]["passed"], tried.text
    await stand(door.storage, "0.1.0", "approved", ADAPTER)
    return owner


async def test_what_the_kit_makes_joins_as_it_is(tmp_path: Path) -> None:
    """Its cases hold numbers with a fraction, its sandbox is its own, and a citizen is answered within two seconds."""
    await asyncio.to_thread(bawaba, tmp_path, "adapter", "new", ADAPTER, *NEW, *TITLES)
    kind = sandbox_class(tmp_path / "adapters", ADAPTER)
    secrets = dict(kind.make_secrets())
    async with kind(population=population(kind.country), secrets=secrets).running() as url:
        to = ("--agency", AGENCY, "--sandbox", url, "--live", url, "--out", "version.json")
        await asyncio.to_thread(bawaba, tmp_path, "adapter", "pack", ADAPTER, *to)
        port = url.rpartition(":")[2]
        reach = {"outward_allowed": (f"127.0.0.1/32 port {port}",)}
        async with registry_door(tmp_path / "house", server=reach) as door:
            owner = await registered(door, tmp_path, secrets["api_key"])
            told = await door.ask("POST", f"{ONE}/live", owner, {"version": "0.1.0", "share": 100})
            answers = await _answered(door, time.monotonic() + SOON)

    assert told.status == 200, told.text
    (answer,) = answers
    assert (answer["status"], answer["adapter"]) == ("ok", f"{ADAPTER}@0.1.0")
    assert answer["records"]


async def _answered(door: RegistryDoor, until: float) -> list[dict[str, Any]]:
    token = door.house.token(("OM", HOLDER), scopes=("lookups",))
    while True:
        status, document = await door.house.lookup(SERVICE, token, countries=["OM"])
        if status == 200:
            found: list[dict[str, Any]] = document["answers"]
            return found
        assert time.monotonic() < until, document
        await asyncio.sleep(0.02)
