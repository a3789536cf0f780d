"""An agency registers and changes its own programs by itself, none of another's, and an operator lets them in."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.oauth.clients import MOST_OF_AN_AGENCY
from gateway.schema import Country
from tests.support.agency_house import BATCH, AgencyHouse, agency_house
from tests.support.openid_keys import make_key
from tests.support.programs import Prover, asking, confidential, public
from tests.support.proofs import Holder
from tests.support.token_house import Told

PATH = "/oauth/register"
SCOPES = ("clients", "lookups:traffic-fines")
WITHIN_SECONDS = 1.0


def document(**changes: Any) -> dict[str, Any]:
    """A good registration but for ``changes``; a field that is changed to ``...`` is left out."""
    values = {
        "name": {"ar": "تطبيق المرور", "en": "Traffic app"},
        "auth_method": "private_key_jwt",
        "jwks_uri": "https://app.traffic.example/keys",
        "logo_uri": "https://app.traffic.example/logo.png",
        "grants": ["authorization_code", "refresh_token"],
        "redirect_uris": ["https://app.traffic.example/back"],
        "scopes": ["openid", "lookups:traffic-fines"],
        "purposes": ["service_delivery"],
    }
    return {name: value for name, value in (values | changes).items() if value is not ...}


class Registrar:
    """The agencies' programs before the doors for registrations."""

    def __init__(self, house: AgencyHouse) -> None:
        self.house = house

    async def token(self, prover: Prover | None = None) -> str:
        """What a program holds that may register others; that of kw-traffic unless told otherwise."""
        told = await self.house.ask(prover or self.house.batch, "client_credentials", scope="clients")
        assert told.status == 200, told.document
        return str(told["access_token"])

    async def send(
        self, method: str, token: str, path: str = "", said: Any = None, *, url: str = "", **headers: str
    ) -> Told:
        """What a door answers whoever brings the token and the proof of its key."""
        tokens, address = self.house.tokens, f"{PATH}{path}"
        sent = tokens.shown(token, address, method) | headers
        session = tokens.askers.entrance.session
        async with session.request(method, f"{url or tokens.url}{address}", json=said, headers=sent) as answer:
            body = await answer.read()
            return Told(answer.status, answer.headers.copy(), body, await answer.json(content_type=None))

    async def made(self, token: str, **changes: Any) -> str:
        """The id of a new program."""
        told = await self.send("POST", token, said=document(**changes))
        assert told.status == 201, told.document
        return str(told["client_id"])


@pytest.fixture
async def registrar(tmp_path: Path, storage_url: str) -> AsyncIterator[Registrar]:
    async with agency_house(tmp_path, storage_url) as house:
        for prover in (house.batch, house.stranger):
            await house.admit(prover, scopes=SCOPES)
        yield Registrar(house)


async def test_a_program_that_an_agency_registered_acts_once_an_operator_approves_it(registrar: Registrar) -> None:
    house, token, prover = registrar.house, await registrar.token(), Prover()
    told = await registrar.send(
        "POST",
        token,
        said=document(
            jwks=prover.jwks, jwks_uri=..., grants=["client_credentials"], redirect_uris=..., scopes=["lookups"]
        ),
    )
    prover.client_id, prover.issuer = told["client_id"], house.batch.issuer

    assert (told.status, told["standing"], told["agency"]) == (201, "pending", "kw-traffic")
    assert (told.headers["Location"], told.headers["Cache-Control"]) == (f"{PATH}/{prover.client_id}", "no-store")
    before = await house.ask(prover, "client_credentials")
    assert (before.status, before.error) == (401, "invalid_client")
    await house.tokens.askers.clients.approve(prover.client_id)
    assert (await house.ask(prover, "client_credentials")).status == 200
    shown = await registrar.send("GET", token, f"/{prover.client_id}")
    assert (shown.status, shown.document) == (200, {**told.document, "standing": "approved"})
    (entry,) = await house.tokens.askers.sealed("register")
    assert (entry["client"], entry["program"], entry["outcome"]) == (BATCH, prover.client_id, "ok")


async def test_a_changed_program_waits_for_an_operator_again(registrar: Registrar) -> None:
    clients, token = registrar.house.tokens.askers.clients, await registrar.token()
    made = await registrar.made(token)
    await clients.approve(made)
    back = "https://app.traffic.example/elsewhere"

    changed = await registrar.send("PUT", token, f"/{made}", document(redirect_uris=[back]))

    assert (changed.status, changed["standing"], changed["redirect_uris"]) == (200, "pending", [back])
    assert changed["client_id"] == made
    page = await registrar.house.tokens.askers.push({"client_id": made})
    assert page[0] == 401
    (entry,) = await registrar.house.tokens.askers.sealed("change-registration")
    assert (entry["client"], entry["program"]) == (BATCH, made)


async def test_another_agencys_program_is_as_if_it_were_not_there(registrar: Registrar) -> None:
    theirs = await registrar.made(await registrar.token())
    token = await registrar.token(registrar.house.stranger)

    for method, said in (("GET", None), ("PUT", document()), ("PUT", document(logo_uri="https://10.0.0.1/x"))):
        answers = [await registrar.send(method, token, f"/{name}", said) for name in (theirs, "nobody-at-all", BATCH)]
        shown = [{**answer.document, "request_id": ""} for answer in answers]
        assert {answer.status for answer in answers} == {404}
        assert shown[0] == shown[1] == shown[2]
    kept = await registrar.send("GET", await registrar.token(), f"/{theirs}")
    assert kept["redirect_uris"] == document()["redirect_uris"]


async def test_an_agency_of_the_same_name_in_another_state_is_another(registrar: Registrar) -> None:
    twin = Prover(client_id="om-traffic-batch", issuer=registrar.house.batch.issuer)
    await registrar.house.admit(twin, scopes=SCOPES, country=Country.OM)
    made = await registrar.made(await registrar.token())

    assert (await registrar.send("GET", await registrar.token(twin), f"/{made}")).status == 404
    own = await registrar.send("POST", await registrar.token(twin), said=document())
    assert (own["agency"], own["country"]) == ("kw-traffic", "OM")


@pytest.mark.parametrize("name", ["client_id", "agency", "country", "standing"])
async def test_nobody_says_who_they_are_or_how_they_stand(registrar: Registrar, name: str) -> None:
    said = document() | {name: {"country": "OM", "standing": "approved"}.get(name, "om-other")}

    told = await registrar.send("POST", await registrar.token(), said=said)

    assert (told.status, told["code"], told["field"]) == (422, "field_unknown", f"/{name}")


PRIVATE = {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43, "d": "A" * 43, "kid": "1", "alg": "ES256"}


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"logo_uri": "http://app.traffic.example/logo.png"}, "address_refused", "/logo_uri"),
        ({"logo_uri": "https://169.254.169.254/latest"}, "address_refused", "/logo_uri"),
        ({"jwks_uri": "https://127.0.0.1/keys"}, "address_refused", "/jwks_uri"),
        ({"jwks_uri": "https://app.traffic.example:22/keys"}, "address_refused", "/jwks_uri"),
        ({"backchannel_logout_uri": "https://[::ffff:10.0.0.1]/out"}, "address_refused", "/backchannel_logout_uri"),
        ({"scopes": ["openid", "everything"]}, "field_choice", "/scopes/1"),
        ({"scopes": ["introspection"]}, "field_choice", "/scopes/0"),
        ({"jwks": {"keys": []}, "jwks_uri": ...}, "keys_unfit", "/jwks"),
        ({"jwks": {"keys": [Prover().jwks["keys"][0], PRIVATE]}, "jwks_uri": ...}, "keys_unfit", "/jwks"),
        ({"jwks": Prover().jwks}, "registration_unfit", "/auth_method"),
        ({"redirect_uris": ...}, "registration_unfit", "/auth_method"),
        ({"redirect_uris": ["https://*.traffic.example/"]}, "field_type", "/redirect_uris"),
        ({"client_secret": "hunter2"}, "field_unknown", "/client_secret"),
        ({"name": ...}, "field_missing", "/name"),
    ],
)
async def test_a_registration_that_leads_astray_is_refused_by_its_field(
    registrar: Registrar, changes: dict[str, Any], code: str, field: str
) -> None:
    token = await registrar.token()
    made = await registrar.made(token)

    new = await registrar.send("POST", token, said=document(**changes))
    changed = await registrar.send("PUT", token, f"/{made}", document(**changes))

    for told in (new, changed):
        assert (told.status, told["code"], told["field"]) == (422, code, field)
    refused = [each for each in await registrar.house.tokens.askers.sealed("register") if each["outcome"] == "refused"]
    assert [(each["client"], each["code"]) for each in refused] == [(BATCH, code)]


async def test_only_an_agencys_own_program_with_leave_and_the_key_of_its_token_registers(registrar: Registrar) -> None:
    house, token = registrar.house, await registrar.token()
    made = await registrar.made(token)
    without = (await house.own_token(scope="lookups:traffic-fines"))["access_token"]
    person = (await house.signed_in())["access_token"]
    thief = Holder(make_key("ES256"), clock=time.time)

    for method, path, said in (("POST", "", document()), ("GET", f"/{made}", None), ("PUT", f"/{made}", document())):
        stolen = {"DPoP": thief.proof(method, f"{house.tokens.url}{PATH}{path}", token)}
        lacking = await registrar.send(method, without, path, said)
        assert (lacking.status, lacking["code"]) == (403, "insufficient_scope")
        assert 'scope="clients"' in lacking.headers["WWW-Authenticate"]
        wrong = await registrar.send(method, person, path, said)
        assert (wrong.status, wrong["code"]) == (403, "program_required")
        assert (await registrar.send(method, token, path, said, **stolen)).status == 401
        assert (await registrar.send(method, token, path, said, Authorization=f"Bearer {token}")).status == 401
        unbound = house.tokens.askers.entrance.house.mint.mint_program(BATCH, scopes=("clients",))
        assert (await registrar.send(method, unbound, path, said, Authorization=f"Bearer {unbound}")).status == 401


async def test_the_leave_to_register_is_never_asked_of_a_person(registrar: Registrar) -> None:
    askers = registrar.house.tokens.askers
    await askers.admit(confidential(jwks=askers.prover.jwks, scopes=("openid", "clients")))

    _, told = await askers.push({**asking(scope="openid clients"), **askers.prover.proof()})

    assert told["error"] == "invalid_scope"


async def test_a_program_whose_own_registration_waits_registers_nothing_more(registrar: Registrar) -> None:
    token = await registrar.token()
    assert (await registrar.send("GET", token, f"/{BATCH}")).status == 200
    own = document(grants=["client_credentials"], redirect_uris=..., scopes=["clients"])

    assert (await registrar.send("PUT", token, f"/{BATCH}", own))["standing"] == "pending"

    assert (await registrar.send("POST", token, said=document())).status == 401


async def test_a_program_that_an_operator_stopped_is_not_brought_back_by_a_change(registrar: Registrar) -> None:
    token = await registrar.token()
    made = await registrar.made(token)
    await registrar.house.tokens.askers.clients.suspend(made)

    told = await registrar.send("PUT", token, f"/{made}", document())

    assert (told.status, told["code"]) == (409, "program_suspended")
    assert (await registrar.send("GET", token, f"/{made}"))["standing"] == "suspended"


async def test_an_agency_registers_no_more_than_it_may(registrar: Registrar) -> None:
    askers, token = registrar.house.tokens.askers, await registrar.token()
    for number in range(MOST_OF_AN_AGENCY - len(await askers.clients.all("kw-traffic"))):
        await askers.clients.register(public(client_id=f"kw-traffic-{number}", agency="kw-traffic"))

    told = await registrar.send("POST", token, said=document())

    assert (told.status, told["code"]) == (409, "programs_too_many")
    assert (
        await registrar.send("POST", await registrar.token(registrar.house.stranger), said=document())
    ).status == 201


async def test_every_program_of_a_stopped_agency_is_refused_within_a_second_on_every_worker(
    registrar: Registrar,
) -> None:
    """T23, the disabled tenant: its program for itself, and its app for a person."""
    house = registrar.house
    tokens, own, foreign = house.tokens, await registrar.token(), await registrar.token(house.stranger)
    person = (await house.signed_in())["access_token"]
    made, theirs = await registrar.made(own), await registrar.made(foreign)
    async with tokens.askers.entrance.another_worker() as second:
        there = f"http://127.0.0.1:{second.public_port}"
        assert (await registrar.send("GET", own, f"/{made}", url=there)).status == 200
        assert await tokens.works(person, url=there)

        stopped = await tokens.askers.clients.suspend_agency("kw-traffic")
        began = time.monotonic()

        for url in (there, tokens.url):
            await tokens.soon_refused(person, url)
            assert (await registrar.send("GET", own, f"/{made}", url=url)).status == 401
            assert time.monotonic() - began < WITHIN_SECONDS
            assert (await registrar.send("GET", foreign, f"/{theirs}", url=url)).status == 200
    assert set(stopped) == {BATCH, "kw-moi-app", "kw-moi-kiosk", made}
    for prover in (house.batch, house.kiosk):
        again = await house.ask(prover, "client_credentials")
        assert (again.status, again.error) == (401, "invalid_client")
