"""A token that is bound to a key or a certificate opens the front door for its holder alone: attacks T25 and T30."""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.app import now
from gateway.identity.confirmation import Confirmation
from gateway.identity.principal import Assurance
from gateway.identity.tokens import Holder as Person
from gateway.oauth.certificates import thumbprint_of
from gateway.sandbox.providers.card_authority import Card
from gateway.sandbox.providers.card_reader import client_context
from gateway.sandbox.providers.certificates import certificate_pem, key_pem
from gateway.schema import Country, NationalIdentifier
from tests.support.cards import SALIM, stranger, structured
from tests.support.door import CITIZEN
from tests.support.house import House, house
from tests.support.proofs import Holder
from tests.unit.identity.examples import Clock

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROXY, ELSEWHERE = "127.0.0.2", "127.0.0.3"
PATH = "/v1/me/accesses"
ALGS = 'algs="ES256 PS256 EdDSA Ed25519"'


@dataclass(frozen=True)
class Heard:
    """One answer, as far as these tests look."""

    status: int
    code: str
    challenge: str
    nonce: str


@dataclass
class Door:
    """The house's front door, and a program in front of it."""

    house: House
    authorities: str

    @property
    def public(self) -> str:
        """What programs know of the address; a proxy may have made another of it."""
        return self.house.settings.server.public_url

    @property
    def by_certificate(self) -> str:
        return f"https://127.0.0.1:{self.house.doors.mtls_port}"

    def token(self, confirmation: Confirmation | None) -> str:
        country, value = CITIZEN.identifiers[0]
        held = NationalIdentifier.parse(Country(country), value, today=now().date())
        person = Person("person-bound", {held.country: held}, held.country, Assurance.HIGH)
        return self.house.mint.mint(person, client="tests", scopes=["lookups"], confirmation=confirmation)

    async def ask(
        self,
        *headers: tuple[str, str],
        base: str = "",
        origin: str = "127.0.0.1",
        card: Card | None = None,
        path: str = PATH,
        method: str = "GET",
    ) -> Heard:
        """What the door answers to a request from ``origin`` that shows the certificate, if any."""
        context: Any = client_context(card, self.authorities) if base.startswith("https") else False
        connector = aiohttp.TCPConnector(local_addr=(origin, 0), ssl=context)
        async with aiohttp.ClientSession(connector=connector) as session:
            url = (base or self.house.url) + path
            async with session.request(method, url, headers=list(headers)) as answer:
                document = await answer.json(content_type=None) if method != "HEAD" else {}
                told = answer.headers
                code = document.get("code", "")
                return Heard(answer.status, code, told.get("WWW-Authenticate", ""), told.get("DPoP-Nonce", ""))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def door(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    """A gateway behind a proxy at one address of this machine, with a port that asks for certificates besides."""
    folder = tmp_path_factory.mktemp("house")
    authority, files = stranger(), (folder / "mtls.pem", folder / "mtls.key")
    own = authority.server("127.0.0.1")
    files[0].write_text(certificate_pem(own.certificate) + certificate_pem(authority.issuing.certificate), "ascii")
    files[1].write_text(key_pem(own.key), "ascii")
    server: Mapping[str, Any] = {
        "trusted_proxies": (f"{PROXY}/32",),
        "mtls_port": 0,
        "mtls_url": "https://mtls.bawaba.example",
        "mtls_certificate_file": files[0],
        "mtls_key_file": files[1],
    }
    async with house(folder, rooms=["bahrain"], server=server) as running:
        yield Door(running, certificate_pem(authority.root.certificate))


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def awake(door: Door) -> None:
    await door.house.awake()


def program() -> Holder:
    """A program whose clock is right."""
    return Holder(clock=Clock(time.time()))


def by_key(holder: Holder) -> Confirmation:
    return Confirmation("jkt", holder.jkt)


def by_card(card: Card) -> Confirmation:
    return Confirmation("x5t#S256", thumbprint_of(card.certificate.public_bytes(Encoding.DER)))


def proved(token: str, *proofs: str, scheme: str = "DPoP") -> Sequence[tuple[str, str]]:
    return (("Authorization", f"{scheme} {token}"), *(("DPoP", proof) for proof in proofs))


async def test_the_holder_of_the_key_comes_in_and_the_key_is_asked_for_every_time(door: Door) -> None:
    """T25: the good case; a query is no part of what is proved."""
    holder = program()
    token = door.token(by_key(holder))

    for scheme in ("DPoP", "dpop"):
        proof = holder.proof("GET", door.public + PATH, token)
        assert (await door.ask(*proved(token, proof, scheme=scheme), path=f"{PATH}?limit=5")).status == 200


async def test_a_bound_token_is_no_bearers_token(door: Door) -> None:
    """T25: with or without its proof, and what to bring is told."""
    holder = program()
    token = door.token(by_key(holder))

    for proofs in ([], [holder.proof("GET", door.public + PATH, token)]):
        heard = await door.ask(*proved(token, *proofs, scheme="Bearer"))
        assert (heard.status, heard.code) == (401, "invalid_token")
        assert 'Bearer realm="bawaba", error="invalid_token"' in heard.challenge
        assert heard.challenge.endswith(f', DPoP realm="bawaba", {ALGS}')


async def test_a_bearers_token_is_not_brought_as_a_bound_one(door: Door) -> None:
    """T25: whoever asks so believes that the token is worth nothing to a thief."""
    holder, token = program(), door.token(None)
    assert (await door.ask(("Authorization", f"Bearer {token}"))).status == 200

    heard = await door.ask(*proved(token, holder.proof("GET", door.public + PATH, token)))

    assert (heard.status, heard.code) == (401, "invalid_token")
    assert heard.challenge.startswith('DPoP realm="bawaba", error="invalid_token"')


@pytest.mark.parametrize(
    "name",
    ["none", "two", "other method", "other address", "other token", "no token", "replayed", "host", "forwarded"],
)
async def test_a_proof_that_is_not_of_this_request_opens_nothing(door: Door, name: str) -> None:
    """T25."""
    holder = program()
    token, other = door.token(by_key(holder)), door.token(by_key(holder))
    url = door.public + PATH
    good = holder.proof("GET", url, token)
    assert (await door.ask(*proved(token, good))).status == 200
    proofs, headers = {
        "none": ([], []),
        "two": ([holder.proof("GET", url, token) for _ in range(2)], []),
        "other method": ([holder.proof("POST", url, token)], []),
        "other address": ([holder.proof("GET", f"{door.public}/v1/me", token)], []),
        "other token": ([holder.proof("GET", url, other)], []),
        "no token": ([holder.proof("GET", url)], []),
        "replayed": ([good], []),
        "host": ([holder.proof("GET", f"http://evil.example{PATH}", token)], [("X-Forwarded-Host", "evil.example")]),
        "forwarded": ([holder.proof("GET", f"http://evil.example{PATH}", token)], [("Forwarded", "host=evil.example")]),
    }[name]

    heard = await door.ask(*proved(token, *proofs), *headers)

    assert (heard.status, heard.code) == (401, "invalid_dpop_proof")
    assert heard.challenge.startswith('DPoP realm="bawaba", error="invalid_dpop_proof"')
    assert heard.challenge.endswith(ALGS)


async def test_a_stolen_token_with_the_thiefs_own_proof_opens_nothing(door: Door) -> None:
    """T25."""
    owner, thief = program(), program()
    token = door.token(by_key(owner))
    assert (await door.ask(*proved(token, owner.proof("GET", door.public + PATH, token)))).status == 200

    heard = await door.ask(*proved(token, thief.proof("GET", door.public + PATH, token)))

    assert (heard.status, heard.code) == (401, "invalid_token")
    assert heard.challenge.startswith('DPoP realm="bawaba", error="invalid_token"')


async def test_a_clock_that_is_wrong_is_helped_by_a_nonce(door: Door) -> None:
    """T25: an hour late is refused, with the nonce that makes up for it."""
    holder = Holder(clock=Clock(time.time() - 3_600))
    token = door.token(by_key(holder))

    heard = await door.ask(*proved(token, holder.proof("GET", door.public + PATH, token)))

    assert (heard.status, heard.code) == (401, "use_dpop_nonce")
    assert 'error="use_dpop_nonce"' in heard.challenge
    again = holder.proof("GET", door.public + PATH, token, nonce=heard.nonce)
    assert (await door.ask(*proved(token, again))).status == 200
    assert (await door.ask(*proved(token, again))).code == "invalid_dpop_proof"


async def test_without_a_token_both_ways_are_told(door: Door) -> None:
    heard = await door.ask()

    assert heard.challenge == f'Bearer realm="bawaba", DPoP realm="bawaba", {ALGS}'


async def test_the_holder_of_the_certificate_comes_in_at_the_port_that_asks_for_it(door: Door) -> None:
    """T30: by a handshake that proves its key; the address may be its own, and the certificate anybody's."""
    card, other = stranger().card(SALIM), stranger().card(SALIM)
    token = ("Authorization", f"Bearer {door.token(by_card(card))}")

    assert (await door.ask(token, base=door.by_certificate, card=card)).status == 200

    for shown in (other, None):
        heard = await door.ask(token, base=door.by_certificate, card=shown)
        assert (heard.status, heard.code) == (401, "invalid_token")
        assert 'Bearer realm="bawaba", error="invalid_token"' in heard.challenge


async def test_a_certificate_in_a_header_counts_from_our_proxy_and_nobody_else(door: Door) -> None:
    """T30: nor at the port that asks for certificates itself."""
    card, other = stranger().card(SALIM), stranger().card(SALIM)
    token = ("Authorization", f"Bearer {door.token(by_card(card))}")
    own = ("Client-Cert", structured(card.certificate))
    assert (await door.ask(token, own, origin=PROXY)).status == 200

    for refused in (
        await door.ask(token, own, origin=ELSEWHERE),
        await door.ask(token, origin=PROXY),
        await door.ask(token, ("Client-Cert", structured(other.certificate)), origin=PROXY),
        await door.ask(token, own, own, origin=PROXY),
        await door.ask(token, ("Client-Cert", "nonsense"), origin=PROXY),
        await door.ask(token, own, origin=PROXY, base=door.by_certificate),
        await door.ask(token, own, origin=PROXY, base=door.by_certificate, card=other),
    ):
        assert (refused.status, refused.code) == (401, "invalid_token")


async def test_a_token_of_a_certificate_is_not_brought_with_a_proof(door: Door) -> None:
    """T30, T25: each binding has its own way."""
    card, holder = stranger().card(SALIM), program()
    token = door.token(by_card(card))

    proof = holder.proof("GET", door.public + PATH, token)
    heard = await door.ask(*proved(token, proof), ("Client-Cert", structured(card.certificate)), origin=PROXY)

    assert (heard.status, heard.code) == (401, "invalid_token")


async def test_a_proof_at_the_port_for_certificates_names_that_address(door: Door) -> None:
    """T25: by the Host that the program meant."""
    holder = program()
    token = door.token(by_key(holder))
    host = ("Host", "mtls.bawaba.example")
    there = holder.proof("GET", f"https://mtls.bawaba.example{PATH}", token)
    here = holder.proof("GET", door.public + PATH, token)

    assert (await door.ask(*proved(token, there), host, base=door.by_certificate)).status == 200
    assert (await door.ask(*proved(token, here), host, base=door.by_certificate)).code == "invalid_dpop_proof"
    again = holder.proof("GET", f"https://mtls.bawaba.example{PATH}", token)
    assert (await door.ask(*proved(token, again))).code == "invalid_dpop_proof"


async def test_the_port_for_certificates_is_the_public_one_for_who_has_none(door: Door) -> None:
    """It asks, and lets in: a bearer's token is judged as anywhere."""
    token = ("Authorization", f"Bearer {door.token(None)}")

    assert (await door.ask(token, base=door.by_certificate)).status == 200
    assert (await door.ask(base=door.by_certificate)).code == "token_missing"
