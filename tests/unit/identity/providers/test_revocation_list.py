"""A revocation list is believed when its authority signed it, for just what it is asked about."""

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.errors import BackendGarbled, ProviderDown, ProviderGarbled
from gateway.identity.providers.certificate import CertificateProvider
from gateway.identity.providers.revocation_list import (
    FolderSource,
    read_list,
)
from gateway.sandbox.providers.card_authority import Issuer, certificate
from gateway.sandbox.providers.card_reader import OmanPki
from gateway.sandbox.providers.certificates import curve_key
from gateway.schema.country import Country
from tests.support.attempts import now, plate
from tests.support.cards import SALIM, Desk, names, stranger, today

PATH = "/lists/om/cards.crl"
HOUR = timedelta(hours=1)


def test_a_list_is_read_in_der_and_in_pem() -> None:
    issuer = stranger().issuing
    der = issuer.revocation_list(frozenset({7, 9}), today(), today(1))
    pem = x509.load_der_x509_crl(der).public_bytes(Encoding.PEM)
    for body in (der, pem, b"\n" + pem):
        assert read_list(body, issuer.certificate).serials == {7, 9}


@pytest.mark.parametrize("body", [b"", b"<html>", b"-----BEGIN X509 CRL-----\n-----END X509 CRL-----\n", b"0\x80"])
def test_what_is_no_list_is_garbled(body: bytes) -> None:
    with pytest.raises(BackendGarbled):
        read_list(body, stranger().issuing.certificate)


def test_a_list_that_somebody_else_signed_is_garbled() -> None:
    honest, forger = stranger().issuing, stranger().issuing
    forged = forger.revocation_list(frozenset(), today(), today(1))
    assert not read_list(forged, forger.certificate).serials
    with pytest.raises(BackendGarbled, match="list_signature"):
        read_list(forged, honest.certificate)


def test_a_list_with_one_byte_changed_is_garbled() -> None:
    issuer = stranger().issuing
    body = bytearray(issuer.revocation_list(frozenset({0x55AA55AA55AA}), today(), today(1)))
    place = body.index(bytes.fromhex("55aa55aa55aa"))
    body[place] ^= 1
    with pytest.raises(BackendGarbled, match="list_signature"):
        read_list(bytes(body), issuer.certificate)


def test_a_list_under_another_name_or_by_a_key_for_other_uses_is_garbled() -> None:
    oman = stranger()
    body = oman.root.revocation_list(frozenset(), today(), today(1))
    with pytest.raises(BackendGarbled, match="list_issuer"):
        read_list(body, oman.issuing.certificate)
    card = oman.card(SALIM)
    own = Issuer(card.certificate, card.key).revocation_list(frozenset(), today(), today(1))
    with pytest.raises(BackendGarbled, match="list_issuer"):
        read_list(own, card.certificate)


def scope(
    *,
    users: bool = False,
    authorities: bool = False,
    indirect: bool = False,
    attributes: bool = False,
    reasons: frozenset[x509.ReasonFlags] | None = None,
    address: str | None = None,
) -> x509.ExtensionType:
    """An issuing distribution point (RFC 5280, 5.2.5)."""
    names = [x509.UniformResourceIdentifier(address)] if address else None
    return x509.IssuingDistributionPoint(names, None, users, authorities, reasons, indirect, attributes)


@pytest.mark.parametrize(
    "extension",
    [
        scope(indirect=True),
        scope(attributes=True),
        scope(reasons=frozenset({x509.ReasonFlags.key_compromise})),
        x509.DeltaCRLIndicator(1),
        x509.CRLNumber(5),
    ],
    ids=["indirect", "attributes", "some reasons", "a difference", "unknown and critical"],
)
def test_a_list_that_does_not_say_everything_is_garbled(extension: x509.ExtensionType) -> None:
    issuer = stranger().issuing
    body = issuer.revocation_list(frozenset(), today(), today(1), extension)
    with pytest.raises(BackendGarbled, match="list_scope"):
        read_list(body, issuer.certificate)


def test_a_list_speaks_of_those_whom_it_names_and_of_no_others() -> None:
    oman = stranger()
    card, between = oman.card(SALIM).certificate, oman.issuing.certificate

    def covers(extension: x509.ExtensionType, certificate: x509.Certificate) -> bool:
        body = oman.issuing.revocation_list(frozenset(), today(), today(1), extension)
        return read_list(body, between).covers(certificate, ["http://lists.example/lists/om/cards.crl"])

    assert covers(scope(users=True), card)
    assert not covers(scope(users=True), between)
    assert covers(scope(authorities=True), between)
    assert not covers(scope(authorities=True), card)
    assert covers(scope(address="http://lists.example/lists/om/cards.crl"), card)
    assert not covers(scope(address="http://lists.example/lists/om/part-2.crl"), card)


async def test_lists_are_read_from_a_folder(tmp_path: Path) -> None:
    oman = stranger()
    (tmp_path / "cards.crl").write_bytes(oman.issuing.revocation_list(frozenset({3}), today(), today(1)))
    source = FolderSource(plate("om-pki"), tmp_path)
    assert (await source.read(PATH, oman.issuing.certificate)).serials == {3}
    with pytest.raises(ProviderDown):
        await source.read("/lists/om/other.crl", oman.issuing.certificate)
    (tmp_path / "cards.crl").write_bytes(b"nothing")
    with pytest.raises(ProviderGarbled):
        await source.read(PATH, oman.issuing.certificate)
    await source.close()


async def test_a_desk_reads_its_lists_from_a_folder_that_the_settings_name(tmp_path: Path) -> None:
    reader = OmanPki(OmanPki.make_secrets())
    for issuer in ("root", "cards"):
        (tmp_path / f"{issuer}.crl").write_bytes(reader.list_of(Country.OM, issuer))
    endpoints = {"card": "https://127.0.0.1:8443", "lists_om": f"file:{tmp_path}"}
    at = Desk(reader, CertificateProvider(plate("om-pki"), endpoints, reader.secrets, now))
    assert (await at.show(at.authority.card(SALIM))).subject == SALIM


def test_a_list_of_a_whole_population_is_read_and_kept() -> None:
    oman = stranger()
    serials = frozenset(range(1, 20_001))
    body = oman.issuing.revocation_list(serials, today(), today(1))
    assert len(body) > 400_000
    assert len(read_list(body, oman.issuing.certificate).serials) == 20_000


def test_the_names_of_authorities_do_not_count_without_their_keys() -> None:
    key = curve_key()
    oman = stranger()
    twin = certificate(oman.issuing.certificate.subject, key, None, timedelta(days=9), authority=True)
    assert twin.subject == oman.issuing.certificate.subject
    assert names("OM") != twin.subject
    body = Issuer(twin, key).revocation_list(frozenset(), today(), today(1))
    with pytest.raises(BackendGarbled, match="list_signature"):
        read_list(body, oman.issuing.certificate)
