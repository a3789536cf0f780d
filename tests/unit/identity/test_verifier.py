"""Promises of the verifier and of what it remembers."""

import hashlib
import json
from functools import partial

import pytest
from structlog.testing import capture_logs

from gateway.errors import Unauthenticated, Unavailable
from gateway.identity.rules import CLAIM_RULES, HEADER_RULES, TokenRules
from gateway.identity.tokens import LIFE
from tests.unit.identity.examples import CLIENT, HOLDER, QATARI, SAUDI, Office, accepted, refused


class Book:
    """A list of what is revoked, which counts how often it was asked."""

    def __init__(self) -> None:
        self.revoked: set[str | None] = set()
        self.asked = 0
        self.stale = False

    def __len__(self) -> int:
        """Empty at first: an empty list is a list all the same, and must be asked."""
        return len(self.revoked)

    def check(self, token_id: str, session: str | None, client: str) -> bool:
        self.asked += 1
        if self.stale:
            raise Unavailable
        return bool({token_id, session, client} & self.revoked)


def test_a_token_is_examined_once_and_remembered() -> None:
    office = Office()
    token, verifier = office.token(), office.verifier()

    first, second = verifier.verify(token), verifier.verify(token)

    assert first is second
    assert verifier.remembered == 1


def test_what_is_remembered_is_a_digest_and_no_token() -> None:
    office = Office()
    token, verifier = office.token(), office.verifier()
    accepted(verifier, token)

    assert list(verifier._good) == [hashlib.sha256(token.encode()).digest()]
    assert token not in repr(verifier._good)


def test_a_refusal_is_not_remembered() -> None:
    office = Office()
    verifier = office.verifier()

    for number in range(50):
        refused(partial(verifier.verify, office.forge(claims=office.claims(aud=f"other-{number}"))), "audience")

    assert verifier.remembered == 0


def test_what_was_refused_may_be_good_later() -> None:
    """A worker that did not know the key yet, say: the next rotation must not find it stubborn."""
    office = Office()
    verifier = office.verifier()
    early = office.forge(claims=office.claims(nbf=int(office.clock.now) + 60))
    refused(lambda: verifier.verify(early), "not_before")

    office.clock.now += 40

    accepted(verifier, early)


def test_the_memory_is_bounded_and_forgets_the_longest_unused() -> None:
    office = Office()
    verifier = office.verifier(remembered=3)
    tokens = [office.token() for _ in range(4)]
    for token in tokens[:3]:
        accepted(verifier, token)
    kept = verifier.verify(tokens[0])

    accepted(verifier, tokens[3])

    assert verifier.remembered == 3
    assert verifier.verify(tokens[0]) is kept
    assert hashlib.sha256(tokens[1].encode()).digest() not in verifier._good


def test_a_remembered_token_is_forgotten_when_it_expires() -> None:
    office = Office()
    token, verifier = office.token(), office.verifier()
    accepted(verifier, token)

    office.clock.now += LIFE - 1
    accepted(verifier, token)
    assert verifier.remembered == 1
    office.clock.now += 1
    accepted(verifier, token)
    assert verifier.remembered == 0, "within the leeway it is examined each time"
    office.clock.now += 5

    refused(lambda: verifier.verify(token), "expired")


@pytest.mark.parametrize("what", ["token", "session", "client"])
def test_a_remembered_token_is_asked_about_revocation_every_time(what: str) -> None:
    office, book = Office(), Book()
    token, verifier = office.token(), office.verifier(revoked=book)
    principal = accepted(verifier, token)
    accepted(verifier, token)
    assert book.asked == 2

    book.revoked.add({"token": principal.token_id, "session": HOLDER.session, "client": CLIENT}[what])

    refused(lambda: verifier.verify(token), "revoked")


def test_a_token_of_no_session_is_not_caught_by_a_revoked_one() -> None:
    office, book = Office(), Book()
    book.revoked.add("session-1")
    token = office.forge(claims=office.claims(sid=...))

    assert accepted(office.verifier(revoked=book), token).session is None


def test_when_revocations_are_unknown_nobody_is_believed_and_nobody_is_blamed() -> None:
    office, book = Office(), Book()
    token, verifier = office.token(), office.verifier(revoked=book)
    accepted(verifier, token)

    book.stale = True

    with pytest.raises(Unavailable) as caught:
        verifier.verify(token)
    assert (caught.value.status, caught.value.retryable) == (503, True)
    refused(lambda: verifier.verify(token[:-9]), "signature", "alphabet")


def test_a_refusal_says_nothing_of_the_token_anywhere() -> None:
    office = Office()
    marked = office.forge(claims=office.claims(sub="MARK-subject", client_id="MARK-client", aud="MARK-audience"))

    with capture_logs() as lines, pytest.raises(Unauthenticated) as caught:
        office.verifier().verify(marked)

    said = json.dumps(lines) + repr(caught.value) + str(caught.value) + repr(caught.value.__cause__)
    assert "MARK" not in said
    assert marked[:20] not in said
    assert caught.value.__suppress_context__


def test_two_people_are_never_mistaken_for_each_other() -> None:
    office = Office()
    verifier = office.verifier()
    tokens = {number: office.forge(claims=office.claims(sub=f"person-{number}")) for number in range(30)}

    for _ in range(2):
        for number, token in tokens.items():
            assert verifier.verify(token).subject == f"person-{number}"


def test_a_principal_of_a_limited_token_is_limited() -> None:
    office = Office()

    limited = accepted(office.verifier(), office.token(countries=[QATARI.country]))
    free = accepted(office.verifier(), office.token())

    assert limited.countries == frozenset({QATARI.country})
    assert free.countries is None


def test_a_token_that_may_do_nothing_has_no_scopes() -> None:
    office = Office()

    assert accepted(office.verifier(), office.token(scopes=())).scopes == frozenset()


def test_identifiers_sealed_elsewhere_are_refused() -> None:
    office, stranger = Office(), Office()
    strangers = stranger.claims()

    token = office.forge(claims=office.claims(ids=strangers["ids"], jti=strangers["jti"]))

    refused(lambda: office.verifier().verify(token), "ids")


def test_every_rule_has_a_name_and_is_on_unless_a_test_takes_it_off() -> None:
    rules = TokenRules()

    assert rules.header is HEADER_RULES
    assert rules.claims is CLAIM_RULES
    assert list(rules.header) == ["header_names", "typ", "alg"]
    assert next(iter(rules.claims)) == "types", "the others compare what this one has looked at"
    assert list(rules.claims)[-1] == "expired", "who learns that a token expired holds one that was good"


def test_the_examples_are_two_people_of_two_states() -> None:
    assert SAUDI.country is not QATARI.country
