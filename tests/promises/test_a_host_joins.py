"""An agency joins by a host of its own: registered as any adapter is, it answers citizens until its key is revoked."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import trustme

from gateway.adapter_host.keys import load_keys
from tests.support.fisheries import ADAPTER, AGENCY
from tests.support.harbour import AUTHORITY, LICENCES, SOON, Harbour, harbour
from tests.support.registry_door import ONE, ROOT
from tests.support.signing import ed25519

PAGES = Path(__file__).parents[2] / "docs"
pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def coast(tmp_path: Path, storage_url: str) -> AsyncIterator[Harbour]:
    async with harbour(tmp_path, storage_url) as found:
        yield found


async def brought(coast: Harbour, authority: trustme.CA | None = None) -> str:
    """The agency has uploaded what its host is known by, and registered it; the owner's token."""
    owner = await coast.door.joined()
    key = coast.host.sides.host
    await coast.upload(owner, key, authority)
    told = await coast.register(owner, coast.version(key.kid))
    assert told.status == 200, told.text
    return owner


async def test_a_registered_host_reaches_a_citizen(coast: Harbour) -> None:
    """Under mutual TLS, with signatures both ways, on both workers, without a restart."""
    owner = await brought(coast)
    tried = await coast.attempt(owner)

    said = await coast.live(owner)
    answers = await coast.answered("ok", said + SOON)

    assert tried["report"]["passed"], tried.text
    assert {case["shows"] for case in tried["report"]["cases"]} >= {"found", "absent", "refused", "garbled", "down"}
    for answer in answers:
        assert (answer["adapter"], answer["agency"]) == (f"{ADAPTER}@1.0.0", AGENCY)
        assert [record["reference"] for record in answer["records"]] == list(LICENCES)
        assert answer["receipt"]["id"]


@pytest.mark.parametrize("which", ["signing", "authority"])
async def test_a_revoked_key_stops_its_host_within_two_seconds(coast: Harbour, which: str) -> None:
    """What worked before does not go on here: nobody is left who could say that it is the agency's host."""
    owner = await brought(coast)
    await coast.answered("ok", await coast.live(owner) + SOON)

    said = await coast.revoke(owner, coast.host.sides.host.kid if which == "signing" else AUTHORITY)
    answers = await coast.answered("down", said + SOON)

    assert [answer["code"] for answer in answers] == ["adapter_broken"] * 2
    assert all(answer["records"] == [] for answer in answers)
    events = (await coast.door.ask("GET", f"{ONE}/events", owner))["events"]
    assert [event["what"] for event in events].count("key-revoked") == 1


async def test_a_key_is_changed_while_the_host_answers(coast: Harbour) -> None:
    """A version that names two keys goes on with the one that is left."""
    owner = await coast.door.joined()
    old, key = ed25519(), coast.host.sides.host
    await coast.upload(owner, old)
    await coast.upload(owner, key)
    assert (await coast.register(owner, coast.version(old.kid, key.kid))).status == 200
    await coast.answered("ok", await coast.live(owner) + SOON)

    await coast.revoke(owner, old.kid)

    assert [(await coast.ask(port))[1]["answers"][0]["status"] for port in coast.ports * 5] == ["ok"] * 10


async def test_a_host_whose_certificate_is_of_another_authority_is_not_spoken_to(coast: Harbour) -> None:
    """Nor does the kit let it pass."""
    owner = await brought(coast, trustme.CA())

    tried = await coast.attempt(owner)
    answers = await coast.answered("down", await coast.live(owner) + SOON)

    assert not tried["report"]["passed"]
    assert tried["standing"] == "draft"
    found = next(case for case in tried["report"]["cases"] if case["shows"] == "found")
    assert (found["status"], found["code"]) == ("down", "backend_down")
    assert [answer["code"] for answer in answers] == ["backend_down"] * 2


async def test_a_host_that_signs_by_another_key_is_not_believed(coast: Harbour) -> None:
    owner, other = await coast.door.joined(), ed25519()
    await coast.upload(owner, other)
    await coast.register(owner, coast.version(other.kid))

    tried = await coast.attempt(owner)
    answers = await coast.answered("garbled", await coast.live(owner) + SOON)

    assert not tried["report"]["passed"]
    assert all(answer["records"] == [] for answer in answers)


async def test_whoever_runs_a_host_reads_the_gateways_key_at_its_address(coast: Harbour) -> None:
    """Without a token; what is answered is the file that a host is given, and its public half alone."""
    sides = coast.host.sides

    told = await coast.door.ask("GET", f"{ROOT}/keys", None)
    sides.file("fetched.json").write_text(told.text, "utf-8")
    known = load_keys(sides.file("fetched.json"), "gateway_keys_file")

    assert (told.status, told.headers["Content-Type"]) == (200, "application/jwk-set+json")
    assert told.document == {"keys": [sides.gateway.jwk]}
    assert known[sides.gateway.kid].verifies(b"a call", sides.gateway.sign(b"a call"))
    assert "d" not in told["keys"][0]
    pages = [(PAGES / page).read_text("utf-8") for page in ("adapter-protocol/README.md", "adapter-host.md")]
    assert all(f"{ROOT}/keys" in page for page in pages)


async def test_a_gateway_that_calls_no_host_publishes_no_key(tmp_path: Path) -> None:
    async with harbour(tmp_path, registry={}) as coast:
        told = await coast.door.ask("GET", f"{ROOT}/keys", None)

    assert (told.status, told.document) == (200, {"keys": []})


@pytest.mark.parametrize(
    ("language", "words"), [("en", "this gateway has no key of its own"), ("ar", "فليس لهذه البوابة بعدُ مفتاح")]
)
async def test_a_gateway_without_a_key_for_hosts_says_so(tmp_path: Path, language: str, words: str) -> None:
    async with harbour(tmp_path, registry={}) as coast:
        owner, key = await coast.door.joined(), coast.host.sides.host
        await coast.upload(owner, key)
        await coast.door.ask("PUT", ONE, owner, {"agency": AGENCY})

        told = await coast.door.ask("PUT", f"{ONE}/versions/1.0.0", owner, coast.version(key.kid), language=language)

    assert (told.status, told.code) == (422, "submission_unfit")
    (finding,) = _findings(told.document)
    assert (finding["field"], words in str(finding)) == ("/plate/kind", True)


def _findings(document: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = document["findings"]
    return found
