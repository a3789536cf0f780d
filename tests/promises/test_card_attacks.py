"""Signing in with a card through the real door: the good card first, then everything that must not come in."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

from gateway.sandbox.providers.card_authority import SIGN_DOCUMENTS, SIGN_IN, Card, certificate
from gateway.sandbox.providers.card_reader import client_context
from gateway.sandbox.providers.certificates import certificate_pem, curve_key
from tests.support.card_browser import at_door, authority, browser, reader
from tests.support.cards import SALIM, names, stranger, structured, today
from tests.support.house import House, house

# One house for the module: every test brings its own browser and puts the stand-ins back as they were.
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def oman(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A gateway whose people come with Omani cards, or with the GCC's."""
    async with house(tmp_path_factory.mktemp("house"), rooms=["oman"], providers=["om-pki", "gcc-card"]) as running:
        yield running


async def test_a_card_signs_its_holder_in_by_tls(oman: House) -> None:
    async with browser(oman) as visitor:
        done = await visitor.sign_in(authority(oman).card(SALIM))
        assert (done.status, done.location) == (303, "/account")
        cookie = next(each for each in done.cookies if each.startswith("__Host-session="))
        assert all(part in cookie for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
        account = await visitor.get(f"{oman.url}/account", accept="text/html")
        assert account.status == 200
        assert SALIM in account.text


async def test_every_states_card_signs_in_by_the_same_door(oman: House) -> None:
    cards = reader(oman, "gcc-card")
    for persona, _, number in cards.holders().values():
        async with browser(oman) as visitor:
            assert (await visitor.sign_in(cards.card(persona.id), "gcc-card")).status == 303
            assert number in (await visitor.get(f"{oman.url}/account", accept="text/html")).text


def forged() -> Card:
    """A certificate that only its own holder vouches for."""
    key = curve_key()
    subject = names("OM", (NameOID.SERIAL_NUMBER, f"PNOOM-{SALIM}"))
    own = certificate(subject, key, None, timedelta(days=9), purposes=SIGN_IN, lists="/lists/om/cards.crl")
    return Card(own, key, (own,))


@pytest.mark.parametrize(
    "code",
    ["missing", "untrusted", "self_signed", "expired", "not_yet", "purpose"],
)
async def test_a_card_that_is_not_good_is_refused_in_words(oman: House, code: str) -> None:
    oman_authority = authority(oman)
    cards: dict[str, Card | None] = {
        "missing": None,
        "untrusted": stranger().card(SALIM),
        "self_signed": forged(),
        "expired": oman_authority.card(SALIM, began=today(-9), life=timedelta(days=8)),
        "not_yet": oman_authority.card(SALIM, began=today(2)),
        "purpose": oman_authority.card(SALIM, purposes=SIGN_DOCUMENTS),
    }
    async with browser(oman) as visitor:
        refused = await visitor.sign_in(cards[code])
        assert (refused.status, refused.code) == (403, f"signin_certificate_{code}")
        assert not any("session" in cookie for cookie in refused.cookies)
        assert (await visitor.get(f"{oman.url}/account")).status == 401


async def test_a_refusal_is_a_page_in_arabic_for_who_reads_arabic(oman: House) -> None:
    async with browser(oman) as visitor:
        where = await visitor.show(authority(oman).card(SALIM, began=today(2)), await visitor.begin())
        page = await visitor.get(where, accept="text/html", language="ar")
        assert page.status == 403
        assert 'dir="rtl"' in page.text
        assert "لم تبدأ صلاحية الشهادة بعد" in page.text


async def test_a_card_that_was_taken_back_no_longer_signs_in(tmp_path: Path) -> None:
    async with house(tmp_path, rooms=["oman"], providers=["om-pki"]) as running, browser(running) as visitor:
        reader(running).revoke("omani-citizen")
        refused = await visitor.sign_in(reader(running).card("omani-citizen"))
        assert (refused.status, refused.code) == (403, "signin_certificate_revoked")
        assert (await visitor.sign_in(authority(running).card(SALIM, edition=2))).status == 303


@pytest.mark.parametrize(
    ("lie", "status", "code"),
    [
        ("stale", 503, "provider_list_stale"),
        ("forged", 502, "provider_garbled"),
        ("garbled", 502, "provider_garbled"),
        ("down", 503, "provider_down"),
    ],
)
async def test_without_a_list_to_believe_nobody_comes_in(tmp_path: Path, lie: str, status: int, code: str) -> None:
    async with house(tmp_path, rooms=["oman"], providers=["om-pki"]) as running, browser(running) as visitor:
        reader(running).behave(lie, down=lie == "down")
        refused = await visitor.sign_in(authority(running).card(SALIM))
        assert (refused.status, refused.code) == (status, code)


async def test_a_card_shown_for_somebody_elses_sign_in_signs_nobody_in(oman: House) -> None:
    """An attacker begins, and leads a victim with a card to the door: neither is signed in as the other."""
    async with browser(oman) as attacker, browser(oman) as victim:
        state = await attacker.begin()
        where = await victim.show(authority(oman).card(SALIM), state)
        refused = await victim.get(where)
        assert (refused.status, refused.code) == (400, "signin_unknown")
        assert (await victim.get(f"{oman.url}/account")).status == 401
        own = await victim.begin()
        swapped = where.replace(state, own)
        assert (await victim.get(swapped)).code == "signin_unknown"


async def test_what_was_shown_is_good_for_one_sign_in(oman: House) -> None:
    async with browser(oman) as visitor:
        where = await visitor.show(authority(oman).card(SALIM), await visitor.begin())
        assert (await visitor.get(where)).status == 303
        assert (await visitor.get(where)).code == "signin_unknown"


async def test_a_reference_that_the_door_did_not_give_is_worth_nothing(oman: House) -> None:
    async with browser(oman) as visitor:
        codes = dict.fromkeys(("", "x", "A" * 43, "../letters"), "signin_unknown") | {"%00": "bad_request"}
        for reference, code in codes.items():
            state = await visitor.begin()
            refused = await visitor.get(f"{oman.url}/auth/callback/om-pki?state={state}&card={reference}")
            assert (refused.status, refused.code) == (400, code)
        state = await visitor.begin()
        bare = await visitor.get(f"{oman.url}/auth/callback/om-pki?state={state}")
        assert bare.code == "signin_certificate_missing"


async def test_headers_at_the_door_count_for_nothing(oman: House) -> None:
    header = structured(authority(oman).card(SALIM).certificate)
    async with browser(oman) as visitor:
        where = await visitor.show(None, await visitor.begin(), **{"Client-Cert": header})
        assert (await visitor.get(where)).code == "signin_certificate_missing"


async def test_a_certificate_without_its_key_does_not_pass_the_door(oman: House, tmp_path: Path) -> None:
    """The thief has the certificate, which is no secret, and a key that claims to belong to it."""
    stolen, own = authority(oman).card(SALIM), ec.generate_private_key(ec.SECP256R1())
    point = stolen.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    mine = own.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    # The form of such a key ends in its public half, which nobody compares with the private one.
    claimed = ssl.DER_cert_to_PEM_cert(mine[: -len(point)] + point).replace("CERTIFICATE", "EC PRIVATE KEY")
    (tmp_path / "card.pem").write_text(certificate_pem(stolen.certificate) + claimed, "ascii")
    tls = client_context(None, reader(oman).secrets["stand_in_door_authorities"])
    tls.load_cert_chain(tmp_path / "card.pem")
    async with browser(oman) as visitor, aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=tls)) as session:
        with pytest.raises(aiohttp.ClientError):
            await session.get(f"{visitor.door}/auth/card/om-pki", params={"state": await visitor.begin()})
        assert (await visitor.sign_in(stolen)).status == 303


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 404),
        ("/account", 404),
        ("/signin", 404),
        ("/auth/card/om-pki", 404),
        ("/auth/card/om-pki?state=short", 404),
        ("/auth/card/om-pki?state={state}&state={state}", 404),
        ("/auth/card/bh-ekey?state={state}", 404),
        ("/auth/callback/om-pki?state={state}", 404),
    ],
)
async def test_the_door_answers_to_nothing_else(oman: House, path: str, status: int) -> None:
    async with at_door(oman, authority(oman).card(SALIM)) as session, browser(oman) as visitor:
        async with session.get(f"{visitor.door}{path.format(state='A' * 43)}", allow_redirects=False) as answer:
            assert answer.status == status
            assert "Location" not in answer.headers
        async with session.post(f"{visitor.door}/auth/card/om-pki?state={'A' * 43}") as answer:
            assert answer.status == 405


async def test_a_sign_in_of_one_provider_does_not_end_at_another(oman: House) -> None:
    async with browser(oman) as visitor:
        state = await visitor.begin("om-pki")
        where = await visitor.show(authority(oman).card(SALIM), state, "gcc-card")
        assert (await visitor.get(where)).code == "signin_unknown"


async def test_the_door_outlives_what_is_no_tls(oman: House) -> None:
    port = oman.doors.card_port
    for noise in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"\0" * 400, b"\0", b"\x80" * 70_000):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(noise)
        writer.close()
    async with browser(oman) as visitor:
        assert (await visitor.sign_in(authority(oman).card(SALIM))).status == 303


async def test_old_tls_is_refused(oman: House) -> None:
    tls = client_context(authority(oman).card(SALIM), reader(oman).secrets["stand_in_door_authorities"])
    tls.maximum_version = ssl.TLSVersion.TLSv1_2
    await _handshake(oman, tls)
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        tls.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        tls.maximum_version = ssl.TLSVersion.TLSv1_1
    tls.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises(OSError, match=r"^$|SSL"):
        await _handshake(oman, tls)


async def _handshake(running: House, tls: ssl.SSLContext) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", running.doors.card_port, ssl=tls)
    writer.close()
