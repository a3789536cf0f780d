"""A token that a program holds for itself opens nothing that is a person's, and says nothing of one."""

import json

import pytest

from gateway.errors import Forbidden
from gateway.identity.confirmation import Confirmation
from gateway.identity.principal import Program
from gateway.schema import Country
from tests.unit.identity.examples import CLIENT, HOLDER, Office, accepted, decoded, refused

PROGRAM = "kw-moi-batch"
KEY = Confirmation("jkt", "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I")


class Gone:
    """Who knows that one program was suspended."""

    def check(self, token_id: str, session: str | None, client: str) -> bool:
        return client == PROGRAM


def test_its_subject_is_the_program_and_it_carries_no_claim_of_a_person() -> None:
    office = Office()

    token = office.mint().mint_program(PROGRAM, scopes=("lookups",), countries=[Country.KW], confirmation=KEY)

    claims = json.loads(decoded(token.split(".")[1]))
    assert claims["sub"] == claims["client_id"] == PROGRAM
    assert not {"ids", "acr", "sid", "auth_time", "purposes", "act"} & claims.keys()
    program = office.verifier().verify_program(token, bound=True)
    assert isinstance(program, Program)
    assert (program.client, set(program.scopes), set(program.countries or ())) == (PROGRAM, {"lookups"}, {Country.KW})
    assert program.confirmation == KEY


def test_where_a_person_is_asked_about_it_is_turned_away_by_name() -> None:
    office = Office()
    token = office.mint().mint_program(PROGRAM, scopes=("lookups", "applications"))

    with pytest.raises(Forbidden) as caught:
        office.verifier().verify(token)

    assert (caught.value.status, caught.value.code) == (403, "person_required")


def test_where_a_program_is_wanted_a_token_of_a_person_is_turned_away_by_name() -> None:
    office = Office()
    accepted(office.verifier(), office.token())

    with pytest.raises(Forbidden) as caught:
        office.verifier().verify_program(office.token())

    assert (caught.value.status, caught.value.code) == (403, "program_required")


def test_a_bound_token_of_a_program_is_no_bearer_token() -> None:
    office = Office()
    token = office.mint().mint_program(PROGRAM, scopes=("lookups",), confirmation=KEY)
    assert office.verifier().verify_program(token, bound=True).client == PROGRAM

    refused(lambda: office.verifier().verify_program(token), "bearer")


def test_the_token_of_a_suspended_program_is_refused() -> None:
    office = Office()
    token = office.mint().mint_program(PROGRAM, scopes=("lookups",))
    assert office.verifier().verify_program(token).client == PROGRAM

    refused(lambda: office.verifier(revoked=Gone()).verify_program(token), "revoked")


@pytest.mark.parametrize("name", ["ids", "acr", "sid", "auth_time", "purposes", "act"])
def test_a_token_is_of_a_person_or_of_a_program_and_never_of_both(name: str) -> None:
    office = Office()
    of_both = office.claims(sub=CLIENT, purposes=["self_service"], act={"sub": CLIENT})
    keep = {"ids", "acr", "sid", "auth_time", "purposes", "act"} - {name}
    forged = office.forge(claims={key: value for key, value in of_both.items() if key not in keep})

    refused(lambda: office.verifier().verify_any(forged), "speaks_for")
    assert office.verifier_without("speaks_for").verify_any(forged).client == CLIENT


@pytest.mark.parametrize("missing", ["ids", "acr"])
def test_a_token_of_a_person_without_what_makes_it_one_is_no_program_s(missing: str) -> None:
    office = Office()

    forged = office.forge(claims=office.claims(**{missing: ...}))

    refused(lambda: office.verifier().verify_any(forged), "types")


def test_no_person_is_called_as_their_program_is() -> None:
    with pytest.raises(ValueError, match="the program's own"):
        Office().mint().mint(HOLDER, client=HOLDER.subject, scopes=("lookups",))


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("purposes", []),
        ("purposes", "self_service"),
        ("purposes", [""]),
        ("purposes", [1]),
        ("act", {}),
        ("act", "kw-moi-batch"),
        ("act", {"sub": ""}),
        ("act", {"sub": PROGRAM, "act": {"sub": "another"}}),
    ],
    ids=str,
)
def test_purposes_and_actors_of_another_shape_are_refused(claim: str, value: object) -> None:
    office = Office()
    accepted(office.verifier(), office.forge(claims=office.claims(purposes=["self_service"], act={"sub": PROGRAM})))

    refused(lambda: office.verifier().verify(office.forge(claims=office.claims(**{claim: value}))), "types")


def test_a_token_says_for_what_and_by_whom_the_person_is_acted_for() -> None:
    office = Office()

    token = office.mint().mint(
        HOLDER,
        client=PROGRAM,
        scopes=("lookups",),
        purposes=("self_service",),
        acting=True,
        until=int(office.clock()) + 60,
    )

    principal = accepted(office.verifier(), token)
    assert (principal.purposes, principal.actor, principal.client) == (frozenset({"self_service"}), PROGRAM, PROGRAM)
    assert principal.expires_at.timestamp() == int(office.clock()) + 60
