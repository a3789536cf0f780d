"""A host written from the page alone, in Node, answers a gateway and refuses what the page says."""

import re
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from gateway.adapter_host.messages import Request
from gateway.errors import BackendLate
from gateway.resilience.deadline import Deadline
from gateway.schema import Person
from gateway.sdk.asking import records_of
from tests.support.hosts import SERVICE, Host, Sides, an_ask, asked, trouble
from tests.support.node_host import PROGRAM, node_host
from tests.support.raw_calls import Heard, proves, question, signed
from tests.support.signing import ed25519, p256, with_headers, without_header

SLOW = "08000001"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def host(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Host]:
    async with node_host(tmp_path_factory.mktemp("node")) as running:
        yield running


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def said(host: Host, request: Request, body: bytes = b"", tls: ssl.SSLContext | None = None) -> Heard:
    """What the host answers to a request as it is."""
    async with (
        aiohttp.ClientSession() as session,
        session.request(
            request.method,
            request.target,
            headers=dict(request.headers),
            data=body or None,
            ssl=tls or host.sides.tls(),
        ) as answer,
    ):
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Heard(answer.status, headers, await answer.read())


async def test_somebody_is_found(host: Host) -> None:
    (person,) = await asked(host)

    assert isinstance(person, Person)
    assert person.names.arabic is not None
    assert (person.names.arabic.full, person.identifier.value) == ("سالم بن حمد المعمري", "08123457")
    assert person.source.adapter == an_ask().source.adapter


async def test_somebody_is_absent(host: Host) -> None:
    assert await asked(host, an_ask(value="08999999")) == ()


async def test_the_host_says_what_it_is(host: Host) -> None:
    async with host.system() as system:
        about = await system.about(Deadline.after(5))

    assert (about.protocol, about.country.value, about.services[0].id) == ("1.0", "OM", SERVICE)


async def test_many_questions_come_by_one_connection(host: Host) -> None:
    async with host.lookup() as lookup:
        for _ in range(20):
            assert len(await records_of(lookup, an_ask())) == 1


async def test_the_deadline_is_kept(host: Host) -> None:
    """By the host: it is its signed answer that says so, and nothing counts against it."""
    async with host.lookup() as lookup:
        with pytest.raises(BackendLate):
            await records_of(lookup, an_ask(value=SLOW, seconds=0.6))

        assert lookup.system.gate.state.failures == 0


@pytest.mark.parametrize(
    ("spoil", "status", "code"),
    [
        ("nothing", 200, "ok"),
        ("body", 401, "digest_mismatch"),
        ("path", 401, "signature_wrong"),
        ("type", 401, "signature_wrong"),
        ("deadline", 401, "signature_wrong"),
        ("signature", 401, "signature_missing"),
        ("label", 401, "signature_malformed"),
        ("components", 401, "signature_components"),
        ("parameter", 401, "signature_parameters"),
        ("algorithm", 401, "signature_algorithm"),
        ("tag", 401, "signature_tag"),
        ("key", 401, "key_unknown"),
        ("old", 401, "signature_old"),
        ("future", 401, "signature_future"),
        ("before", 503, "host_starting"),
        ("service", 404, "service_unknown"),
    ],
)
async def test_a_request_that_was_tampered_with_is_refused(host: Host, spoil: str, status: int, code: str) -> None:
    """With the codes of the page, and its refusal is signed as an answer to what came."""
    body = question()
    made = signed(host, body)
    described = made.headers["signature-input"]

    def saying(old: str, new: str) -> Request:
        request: Request = with_headers(made, signature_input=described.replace(old, new))
        return request

    now = int(re.search(r"created=(\d+)", described)[1])  # type: ignore[index]
    request = {
        "nothing": made,
        "body": made,
        "path": Request("POST", made.target.replace(SERVICE, "traffic-fines"), made.headers),
        "type": with_headers(made, content_type="text/json"),
        "deadline": with_headers(made, bawaba_deadline_ms="600000"),
        "signature": without_header(made, "signature-input"),
        "label": saying("bawaba=", "sig1="),
        "components": saying(' "content-digest"', ""),
        "parameter": saying(";tag=", ";expires=9;tag="),
        "algorithm": saying('alg="ed25519"', 'alg="ecdsa-p256-sha256"'),
        "tag": saying("adapter-1", "adapter-2"),
        "key": signed(host, body, signer=ed25519()),
        "old": signed(host, body, moment=now - 100),
        "future": signed(host, body, moment=now + 100),
        "before": signed(host, body, moment=now - 60),
        "service": signed(host, body, path="/lookups/traffic-fines"),
    }[spoil]

    heard = await said(host, request, body.replace(b"08123457", b"08765432") if spoil == "body" else body)

    assert (heard.status, heard.code) == (status, code)
    assert proves(host, request, heard)


async def test_a_request_that_comes_again_is_refused(host: Host) -> None:
    body = question()
    request = signed(host, body)

    assert (await said(host, request, body)).status == 200
    assert (await said(host, request, body)).code == "nonce_replayed"


async def test_a_gateway_that_shows_no_certificate_is_not_spoken_to(host: Host) -> None:
    context = ssl.create_default_context(cadata=host.sides.authority)

    assert (await trouble(host, tls=context)).outcome == "down"


async def test_an_answer_by_another_key_is_not_believed(host: Host) -> None:
    assert (await trouble(host, keys=[ed25519().jwk])).outcome == "garbled"


async def test_it_signs_and_verifies_by_keys_of_the_other_kind_too(tmp_path: Path) -> None:
    async with node_host(tmp_path, Sides(tmp_path, gateway=p256(), host=p256())) as other:
        assert len(await asked(other)) == 1


async def test_it_has_fewer_than_150_lines_and_stands_on_node_alone() -> None:
    text = PROGRAM.read_text("utf-8")

    assert len(text.splitlines()) < 150
    assert max(map(len, text.splitlines())) <= 120
    assert all(module.startswith("node:") for module in re.findall(r"from '([^']*)'", text))
    assert not re.search(r"import\(|require\(", text)
