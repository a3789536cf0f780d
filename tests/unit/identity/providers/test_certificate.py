"""A card signs its holder in; anything that is wrong with a card is refused by its own code."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from gateway.errors import ConfigurationError, ProviderGarbled, SignInRejected
from gateway.identity.principal import Assurance
from gateway.identity.providers.base import ProviderResponse, Redirect
from gateway.identity.providers.certificate import CertificateProvider
from gateway.sandbox.providers.card_authority import SIGN_DOCUMENTS, SIGN_IN, Card, CardAuthority, Issuer, certificate
from gateway.sandbox.providers.card_reader import GccCard, OmanPki
from gateway.sandbox.providers.certificates import certificate_pem, curve_key
from gateway.schema.country import Country
from tests.support.attempts import attempt, now, plate
from tests.support.cards import SALIM, Desk, desk, names, shown, stranger, today

YEAR = timedelta(days=365)


async def refusal(at: Desk, card: Card | x509.Certificate | ProviderResponse, *others: x509.Certificate) -> str:
    """The code with which the card is refused."""
    with pytest.raises(SignInRejected) as refused:
        await at.show(card, *others)
    return refused.value.code


async def test_a_card_signs_its_holder_in_with_the_number_of_its_subject() -> None:
    async with desk() as at:
        evidence = await at.show(at.authority.card(SALIM))
    assert evidence.identifier is not None
    assert (evidence.identifier.country, evidence.identifier.value) == (Country.OM, SALIM)
    assert evidence.assurance is Assurance.HIGH
    assert evidence.provider == "om-pki"
    assert abs((evidence.authenticated_at - now()).total_seconds()) < 5


async def test_a_sign_in_begins_at_the_address_that_asks_for_a_certificate() -> None:
    async with desk() as at:
        begun = attempt("om-pki")
        step = await at.provider.begin(begun)
        assert isinstance(step, Redirect)
        assert step.url == f"{at.reader.url}/auth/card/om-pki?state={begun.id}"
        assert await at.provider.poll(begun) is None


async def test_a_renewed_card_is_the_same_account_as_the_one_before() -> None:
    async with desk() as at:
        first, second = (at.authority.card(SALIM, edition=edition) for edition in (1, 2))
        assert first.certificate.serial_number != second.certificate.serial_number
        one, other = await at.show(first), await at.show(second)
    assert (one.issuer, one.subject) == (other.issuer, other.subject)


async def test_an_authority_with_new_keys_leads_to_the_same_account() -> None:
    async with desk() as before, desk() as after:
        one = await before.show(before.authority.card(SALIM))
        other = await after.show(after.authority.card(SALIM))
    assert (one.issuer, one.subject) == (other.issuer, other.subject)


async def test_a_card_may_bring_the_authority_between_along() -> None:
    oman = stranger()
    async with desk(secrets={"authorities_om": certificate_pem(oman.root.certificate)}) as at:
        at.reader.authorities[Country.OM] = oman
        card = oman.card(SALIM)
        assert await refusal(at, card) == "signin_certificate_untrusted"
        assert (await at.show(card, oman.issuing.certificate)).subject == SALIM


async def test_no_certificate_is_told_from_one_that_cannot_be_read() -> None:
    async with desk() as at:
        good = shown(at.authority.card(SALIM)).certificates[0]
        assert await refusal(at, ProviderResponse()) == "signin_certificate_missing"
        for broken in (b"", b"card", good[:-1], b"\x30\x03\x02\x01\x01"):
            assert await refusal(at, ProviderResponse(certificates=(broken,))) == "signin_certificate_unreadable"


async def test_a_card_of_an_unknown_authority_is_refused_though_its_names_are_right() -> None:
    async with desk() as at:
        forger = stranger()
        assert forger.root.certificate.subject == at.authority.root.certificate.subject
        card = forger.card(SALIM)
        assert await refusal(at, card) == "signin_certificate_untrusted"
        assert await refusal(at, card, *card.above) == "signin_certificate_untrusted"
        assert await refusal(at, card, at.authority.issuing.certificate) == "signin_certificate_untrusted"


async def test_a_certificate_that_vouches_for_itself_is_refused() -> None:
    key = curve_key()
    own = certificate(names("OM", (NameOID.SERIAL_NUMBER, f"PNOOM-{SALIM}")), key, None, YEAR, purposes=SIGN_IN)
    async with desk() as at:
        assert await refusal(at, own) == "signin_certificate_self_signed"


async def test_an_expired_card_is_refused_from_the_second_after_its_end() -> None:
    async with desk() as at:
        assert (await at.show(at.authority.card(SALIM, began=today(-2), life=timedelta(days=2, minutes=1)))).subject
        expired = at.authority.card(SALIM, began=today(-3), life=timedelta(days=3, seconds=-2))
        assert await refusal(at, expired) == "signin_certificate_expired"


async def test_a_card_that_begins_tomorrow_is_refused_today() -> None:
    async with desk() as at:
        assert await refusal(at, at.authority.card(SALIM, began=today(1))) == "signin_certificate_not_yet"


async def test_the_dates_of_a_card_are_judged_by_the_gateways_clock() -> None:
    short = timedelta(days=2)
    async with desk(ahead=5 * 86_400) as at:
        assert await refusal(at, at.authority.card(SALIM, began=today(-1), life=short)) == "signin_certificate_expired"


@pytest.mark.parametrize("purposes", [SIGN_DOCUMENTS, ()], ids=["for documents", "for nothing"])
async def test_the_certificate_for_signing_documents_does_not_sign_in(
    purposes: tuple[x509.ObjectIdentifier, ...],
) -> None:
    async with desk() as at:
        assert await refusal(at, at.authority.card(SALIM, purposes=purposes)) == "signin_certificate_purpose"


async def test_an_authoritys_own_certificate_does_not_sign_in() -> None:
    async with desk() as at:
        assert await refusal(at, at.authority.issuing.certificate) == "signin_certificate_purpose"


async def test_a_card_cannot_issue_cards() -> None:
    async with desk() as at:
        card, key = at.authority.card(SALIM), curve_key()
        subject = names("OM", (NameOID.SERIAL_NUMBER, "PNOOM-07654321"))
        forged = certificate(subject, key, Issuer(card.certificate, card.key), YEAR, purposes=SIGN_IN)
        assert await refusal(at, forged, card.certificate) == "signin_certificate_untrusted"


async def test_a_card_that_was_taken_back_is_refused_and_its_successor_is_not() -> None:
    async with desk(options={"list_seconds": "0"}) as at:
        card = at.reader.card("omani-citizen")
        assert (await at.show(card)).subject == SALIM
        at.reader.revoke("omani-citizen")
        assert await refusal(at, card) == "signin_certificate_revoked"
        assert (await at.show(at.authority.card(SALIM, edition=2))).subject == SALIM


@pytest.mark.parametrize(
    ("number", "prefix"),
    [
        (SALIM, "PNOKW-"),
        (SALIM, "IDCOM-"),
        (SALIM, ""),
        ("0812345", "PNOOM-081"),
        ("", "PNOOM-"),
        ("x" * 8, "PNOOM-"),
    ],
)
async def test_a_number_that_is_not_one_of_the_authoritys_state_is_not_believed(number: str, prefix: str) -> None:
    async with desk() as at:
        with pytest.raises(ProviderGarbled):
            await at.show(at.authority.card(number, prefix=prefix))


async def test_of_two_numbers_in_one_subject_neither_is_believed() -> None:
    two = names("OM", (NameOID.SERIAL_NUMBER, f"PNOOM-{SALIM}"), (NameOID.SERIAL_NUMBER, "PNOOM-07654321"))
    async with desk() as at:
        card = certificate(two, curve_key(), at.authority.issuing, YEAR, purposes=SIGN_IN, lists="/lists/om/cards.crl")
        with pytest.raises(ProviderGarbled):
            await at.show(card)


async def test_the_gcc_card_of_every_state_signs_in_with_the_number_of_its_state() -> None:
    async with desk(GccCard) as at:
        for persona, country, number in at.reader.holders().values():
            evidence = await at.show(at.reader.card(persona.id))
            assert evidence.identifier is not None
            assert (evidence.identifier.country, evidence.subject) == (country, number)
            assert evidence.issuer == f"certificate:{country.value}"


async def test_an_authority_vouches_for_nobody_of_another_state() -> None:
    async with desk(GccCard) as at:
        kuwait = at.reader.authorities[Country.KW]
        with pytest.raises(ProviderGarbled):
            await at.show(kuwait.card(SALIM, prefix="PNOOM-"))


async def test_an_omani_card_is_the_same_account_at_both_desks() -> None:
    async with desk() as oman, desk(GccCard) as gulf:
        one = await oman.show(oman.authority.card(SALIM))
        other = await gulf.show(gulf.reader.card("omani-citizen"))
    assert (one.issuer, one.subject) == (other.issuer, other.subject)


async def test_a_state_whose_cards_are_worth_nothing_signs_nobody_in() -> None:
    low = plate("om-pki").assurance.model_copy(update={"levels": {"OM": Assurance.LOW}})
    async with desk(assurance=low) as at:
        assert await refusal(at, at.authority.card(SALIM)) == "signin_certificate_untrusted"


def test_what_is_wrong_with_the_plate_or_its_secrets_is_named_at_start() -> None:
    good = dict(OmanPki.make_secrets())
    endpoints = {"card": "https://127.0.0.1:8443", "lists_om": "http://127.0.0.1:7203"}
    own = plate("om-pki")

    def build(options: dict[str, str] | None = None, secrets: dict[str, str] | None = None) -> CertificateProvider:
        changed = own.model_copy(update={"options": {**own.options, **(options or {})}})
        return CertificateProvider(changed, endpoints, {**good, **(secrets or {})}, now)

    assert build().authorities
    for options in ({"states": "XX"}, {"states": "KW"}, {"states": ""}, {"list_seconds": ""}):
        with pytest.raises(ConfigurationError):
            build(options)
    between = certificate_pem(CardAuthority(Country.OM, good).issuing.certificate)
    for authorities in ("", "no certificate", between):
        with pytest.raises(ConfigurationError):
            build(secrets={"authorities_om": authorities})


def test_two_states_cannot_have_one_authority() -> None:
    secrets = dict(GccCard.make_secrets())
    secrets["authorities_kw"] = secrets["authorities_om"]
    reader = GccCard(GccCard.make_secrets())
    reader.url = "http://127.0.0.1:7207"
    with pytest.raises(ConfigurationError, match="same authority"):
        CertificateProvider(plate("gcc-card"), reader.endpoints(), secrets, now)
