"""Where programs get tokens, each is bound to the key or certificate that its program proves: attacks T25 and T30."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.oauth.certificates import thumbprint_of
from gateway.sandbox.providers.card_authority import Card
from tests.support.cards import SALIM, stranger, structured
from tests.support.programs import BACK, VERIFIER, Prover, asking, challenge, confidential
from tests.support.proofs import Holder
from tests.support.token_house import TokenHouse, Told, token_house

TOKEN, PAR = "/oauth/token", "/oauth/par"
CARD_APP = "qa-card-app"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[TokenHouse]:
    """This machine is its own trusted proxy, so that a certificate may come in a header."""
    async with token_house(tmp_path, server={"trusted_proxies": ("127.0.0.1/32",)}) as house:
        yield house


def program() -> Holder:
    return Holder(clock=time.time)


async def push(house: TokenHouse, proof: str = "", **changes: Any) -> Told:
    """What the confidential program is told that pushes a request, with that proof."""
    headers = {"DPoP": proof} if proof else {}
    return await house.post(PAR, asking(**changes), prover=house.askers.prover, **headers)


async def code_of(house: TokenHouse, pushed: Told) -> str:
    """The code that a person's yes to the pushed request gives."""
    assert pushed.status == 201, pushed.document
    query = urlencode({"client_id": "kw-moi-app", "request_uri": pushed["request_uri"]})
    return await house.allowed(house.askers.browser(), f"/oauth/authorize?{query}", "bahraini-citizen")


async def redeem(house: TokenHouse, code: str, *proofs: str, **more: str) -> Told:
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    return await house.post(TOKEN, fields, prover=house.askers.prover, DPoP=", ".join(proofs), **more)


def cnf(told: Told) -> dict[str, str]:
    found: dict[str, str] = jwt.decode(told["access_token"], options={"verify_signature": False})["cnf"]
    return found


def refused(told: Told, error: str = "invalid_dpop_proof") -> bool:
    assert "access_token" not in told.document
    return (told.status, told.error) == (400, error)


async def test_a_token_is_bound_to_the_key_that_the_program_proves(house: TokenHouse) -> None:
    holder = program()

    told = await redeem(house, await house.code(), holder.proof("POST", house.url + TOKEN))

    assert (told.status, told["token_type"], cnf(told)) == (200, "DPoP", {"jkt": holder.jkt})


@pytest.mark.parametrize("name", ["none", "two", "other method", "other address", "garbled", "replayed", "par's"])
async def test_without_a_proof_of_this_request_there_is_no_token_and_the_code_stays(
    house: TokenHouse, name: str
) -> None:
    """T25: as it has to, since a program that must use a nonce asks twice with one code."""
    holder, code = program(), await house.code()
    used = holder.proof("POST", house.url + PAR)
    assert (await push(house, used)).status == 201
    proofs = {
        "none": [],
        "two": [holder.proof("POST", house.url + TOKEN) for _ in range(2)],
        "other method": [holder.proof("GET", house.url + TOKEN)],
        "other address": [holder.proof("POST", house.url + "/oauth/revoke")],
        "garbled": ["e30.e30.e30"],
        "replayed": [holder.proof("POST", house.url + TOKEN)],
        "par's": [used],
    }[name]
    if name == "replayed":
        assert (await redeem(house, await house.code(), *proofs)).status == 200

    assert refused(await redeem(house, code, *proofs))

    assert (await redeem(house, code, holder.proof("POST", house.url + TOKEN))).status == 200
    codes = [entry.get("code") for entry in await house.askers.sealed("token")]
    assert codes.count("invalid_dpop_proof") == 1


async def test_a_clock_that_is_wrong_is_helped_by_a_nonce(house: TokenHouse) -> None:
    """RFC 9449, 8."""
    holder, code = Holder(clock=lambda: time.time() + 3_600), await house.code()

    told = await redeem(house, code, holder.proof("POST", house.url + TOKEN))

    assert refused(told, "use_dpop_nonce")
    nonce = told.headers["DPoP-Nonce"]
    assert (await redeem(house, code, holder.proof("POST", house.url + TOKEN, nonce=nonce))).status == 200


async def test_where_nonces_are_needed_each_door_tells_its_own(tmp_path: Path) -> None:
    """RFC 9449, 8 and 9: 400 at the doors for tokens, 401 at the others."""
    async with token_house(tmp_path, oauth={"dpop_nonces": True}) as house:
        holder = house.holder
        told = await push(house, holder.proof("POST", house.url + PAR))
        assert refused(told, "use_dpop_nonce")
        nonce = told.headers["DPoP-Nonce"]
        pushed = await push(house, holder.proof("POST", house.url + PAR, nonce=nonce))
        code = await code_of(house, pushed)
        assert refused(await redeem(house, code, holder.proof("POST", house.url + TOKEN)), "use_dpop_nonce")
        token = (await redeem(house, code, holder.proof("POST", house.url + TOKEN, nonce=nonce)))["access_token"]

        told = await house.get("/v1/me/accesses", token)
        assert (told.status, told.headers["DPoP-Nonce"]) == (401, nonce)
        url = f"{house.url}/v1/me/accesses"
        again = await house.get("/v1/me/accesses", token, DPoP=holder.proof("GET", url, token, nonce=nonce))
        assert again.status == 200


@pytest.mark.parametrize("how", ["named", "proved", "both"])
async def test_a_code_goes_to_the_key_that_it_was_asked_for_with(house: TokenHouse, how: str) -> None:
    """RFC 9449, 10 and 10.1: a code that leaks is worth nothing without that key, and is spent."""
    holder, thief = program(), program()
    named = {} if how == "proved" else {"dpop_jkt": holder.jkt}

    async def code() -> str:
        proof = "" if how == "named" else holder.proof("POST", house.url + PAR)
        return await code_of(house, await push(house, proof, **named))

    good = await redeem(house, await code(), holder.proof("POST", house.url + TOKEN))
    assert cnf(good) == {"jkt": holder.jkt}
    stolen = await code()
    assert refused(await redeem(house, stolen, thief.proof("POST", house.url + TOKEN)), "invalid_grant")
    assert refused(await redeem(house, stolen, holder.proof("POST", house.url + TOKEN)), "invalid_grant")
    # The build without the defence: an unbound code goes to whoever brings it with a key.
    unbound = await code_of(house, await push(house))
    assert cnf(await redeem(house, unbound, thief.proof("POST", house.url + TOKEN))) == {"jkt": thief.jkt}


async def test_a_pushed_request_that_means_two_keys_is_refused(house: TokenHouse) -> None:
    """RFC 9449, 10.1."""
    holder, other = program(), program()
    assert (await push(house, holder.proof("POST", house.url + PAR), dpop_jkt=holder.jkt)).status == 201

    assert refused(await push(house, holder.proof("POST", house.url + PAR), dpop_jkt=other.jkt))
    assert refused(await push(house, "e30.e30.e30", dpop_jkt=holder.jkt))


async def card_app(house: TokenHouse, card: Card, sender: str = "mtls", **changes: Any) -> None:
    """Registers a program that proves itself by its certificate, and has its tokens bound to it."""
    values = {
        "client_id": CARD_APP,
        "auth_method": "self_signed_tls_client_auth",
        "jwks": None,
        "certificate_thumbprints": (thumbprint_of(card.certificate.public_bytes(Encoding.DER)),),
        "sender": sender,
    }
    await house.askers.admit(confidential(**{**values, **changes}))


async def tokens_by_card(house: TokenHouse, card: Card, **headers: str) -> Told:
    """The whole way of that program, each time with the certificate shown."""
    shown: dict[str, Any] = {"Client_Cert": structured(card.certificate)}
    pushed = await house.post(PAR, asking(client_id=CARD_APP, code_challenge=challenge()), **shown)
    assert pushed.status == 201, pushed.document
    query = urlencode({"client_id": CARD_APP, "request_uri": pushed["request_uri"]})
    code = await house.allowed(house.askers.browser(), f"/oauth/authorize?{query}", "bahraini-citizen")
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
        "client_id": CARD_APP,
    }
    async with house.askers.entrance.session.post(
        house.url + TOKEN, data=fields, headers={"Client-Cert": shown["Client_Cert"], **headers}
    ) as answer:
        return Told(answer.status, answer.headers.copy(), await answer.read(), await answer.json(content_type=None))


async def test_a_token_is_bound_to_the_certificate_that_the_program_shows(house: TokenHouse) -> None:
    """T30 begins here (RFC 8705, 3)."""
    card, other = stranger().card(SALIM), stranger().card(SALIM)
    await card_app(house, card)

    told = await tokens_by_card(house, card)

    thumbprint = thumbprint_of(card.certificate.public_bytes(Encoding.DER))
    assert (told["token_type"], cnf(told)) == ("Bearer", {"x5t#S256": thumbprint})
    token = {"Authorization": f"Bearer {told['access_token']}"}
    for shown, status in ((card, 200), (other, 401), (None, 401)):
        headers = token | ({"Client-Cert": structured(shown.certificate)} if shown else {})
        assert (await house.get("/v1/me/accesses", **headers)).status == status


async def test_a_program_binds_its_tokens_in_its_own_way(house: TokenHouse) -> None:
    """A certificate where a proof is due is none, and the other way round; who may do either says which by doing it."""
    card, holder = stranger().card(SALIM), program()

    def proof() -> dict[str, str]:
        return {"DPoP": holder.proof("POST", house.url + TOKEN)}

    await card_app(house, card, "mtls")
    assert refused(await tokens_by_card(house, card, **proof()), "invalid_request")
    await card_app(house, card, "dpop")
    assert refused(await tokens_by_card(house, card))
    assert cnf(await tokens_by_card(house, card, **proof())) == {"jkt": holder.jkt}
    await card_app(house, card, "either")
    assert cnf(await tokens_by_card(house, card, **proof())) == {"jkt": holder.jkt}
    assert list(cnf(await tokens_by_card(house, card))) == ["x5t#S256"]
    await house.askers.admit(confidential(client_id="bh-key-app", sender="mtls", jwks=house.askers.prover.jwks))
    fields = {"grant_type": "authorization_code", "code": "any", "client_id": "bh-key-app"}
    prover = Prover(house.askers.prover.key, "bh-key-app", house.askers.issuer)
    async with house.askers.entrance.session.post(house.url + TOKEN, data=fields | prover.proof()) as answer:
        assert (await answer.json())["error"] == "invalid_request"


async def test_a_proof_that_one_worker_took_for_a_token_no_worker_takes_again(tmp_path: Path, storage_url: str) -> None:
    """T25: on SQLite and on PostgreSQL, at the door for tokens and at the others."""
    async with token_house(tmp_path, storage_url) as house, house.askers.entrance.another_worker() as doors:
        other = f"http://127.0.0.1:{doors.public_port}"
        proof = house.holder.proof("POST", house.url + TOKEN)
        told = await redeem(house, await house.code(), proof)
        assert told.status == 200
        assert refused(await redeem(house, await house.code(), proof, url=other))

        shown = house.shown(told["access_token"], "/v1/me/accesses")
        assert (await house.get("/v1/me/accesses", **shown)).status == 200
        again = await house.get("/v1/me/accesses", url=other, **shown)
        assert (again.status, again["code"]) == (401, "invalid_dpop_proof")
        assert await house.works(told["access_token"], url=other)
