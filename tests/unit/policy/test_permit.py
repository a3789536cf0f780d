"""Who may ask what, why and of whom: policy says no by name, and a grant is the only yes."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import AssuranceTooLow, BawabaError, Forbidden, InvalidIdentifier, InvalidInput, PurposeMissing
from gateway.identity.principal import Assurance, Principal
from gateway.identity.tokens import Holder
from gateway.policy.permit import Call, Policy, own_identifier
from gateway.policy.quota import Quota
from gateway.policy.rules import PolicyRules, ServiceRule
from gateway.resilience.deadline import Deadline
from gateway.schema import Country
from tests.unit.identity.examples import HOLDER, QATARI, SAUDI, Office

POLICY = Path(__file__).parents[3] / "config" / "policy.toml"
TODAY = date(2026, 1, 2)
FINES, PENSIONS, REGISTER = "traffic-fines", "pension-contributions", "commercial-registration"


def policy(path: Path = POLICY) -> Policy:
    return Policy(PolicyRules.load(path), Quota(1_000_000, 1_000_000, lambda: 0.0))


def principal(
    *,
    assurance: Assurance = Assurance.HIGH,
    scopes: Sequence[str] = ("lookups",),
    countries: Sequence[Country] | None = None,
    purposes: Sequence[str] | None = None,
) -> Principal:
    """The Saudi who also lives in Qatar, as a verified token says."""
    office = Office()
    holder = Holder(
        subject=HOLDER.subject, identifiers=HOLDER.identifiers, home=HOLDER.home, assurance=assurance,
        authenticated_at=HOLDER.authenticated_at,
    )  # fmt: skip
    token = office.mint().mint(holder, client="tests", scopes=scopes, countries=countries, purposes=purposes)
    return office.verifier().verify(token)


def call(country: Country, inputs: dict[str, Any] | None = None) -> Call:
    return Call(FINES, country, inputs or {}, "self_service", "en", "request-1", Deadline.after(1))


def refused(kind: type[BawabaError], action: Any) -> BawabaError:
    with pytest.raises(kind) as caught:
        action()
    return caught.value


def test_the_purpose_comes_back_when_everything_is_in_order() -> None:
    assert policy().admit(principal(), FINES, "self_service") == "self_service"


def test_a_purpose_that_the_person_did_not_allow_is_refused_although_the_service_has_it() -> None:
    """A07."""
    allowed = policy().admit(principal(purposes=["self_service"]), FINES, "self_service")
    assert allowed == policy().admit(principal(purposes=None), FINES, "self_service") == "self_service"

    problem = refused(
        Forbidden, lambda: policy().admit(principal(purposes=["service_delivery"]), FINES, "self_service")
    )

    assert (problem.code, problem.field) == ("purpose_not_consented", "/purpose")


@pytest.mark.parametrize("scopes", [("lookups",), (f"lookups:{FINES}",), ("other", "lookups")])
def test_a_scope_for_all_services_or_for_this_one_is_enough(scopes: Sequence[str]) -> None:
    assert policy().admit(principal(scopes=scopes), FINES, "enforcement") == "enforcement"


@pytest.mark.parametrize("scopes", [("other",), (f"lookups:{PENSIONS}",), ("lookups:",), ("LOOKUPS",), ("lookup",)])
def test_another_scope_is_not(scopes: Sequence[str]) -> None:
    problem = refused(Forbidden, lambda: policy().admit(principal(scopes=scopes), FINES, "self_service"))

    assert (problem.code, problem.facts) == ("insufficient_scope", {"scope": f"lookups:{FINES}"})


@pytest.mark.parametrize("purpose", [None, ""])
def test_a_purpose_is_due(purpose: str | None) -> None:
    problem = refused(PurposeMissing, lambda: policy().admit(principal(), FINES, purpose))

    assert (problem.code, problem.field) == ("purpose_missing", "/purpose")


@pytest.mark.parametrize("purpose", ["curiosity", "Self_Service", "self_service "])
def test_a_purpose_is_one_of_the_list(purpose: str) -> None:
    problem = refused(InvalidInput, lambda: policy().admit(principal(), FINES, purpose))

    assert (problem.code, problem.field) == ("unknown_purpose", "/purpose")
    assert problem.facts == {}


@pytest.mark.parametrize(("service", "purpose"), [(FINES, "employment"), (PENSIONS, "enforcement")])
def test_a_purpose_is_one_that_the_service_serves(service: str, purpose: str) -> None:
    problem = refused(Forbidden, lambda: policy().admit(principal(), service, purpose))

    assert (problem.code, problem.field) == ("purpose_not_allowed", "/purpose")


@pytest.mark.parametrize(
    ("service", "held", "needed"),
    [
        (FINES, Assurance.LOW, "substantial"),
        (PENSIONS, Assurance.SUBSTANTIAL, "high"),
        (PENSIONS, Assurance.LOW, "high"),
    ],
)
def test_a_level_below_that_of_the_service_is_told_both(service: str, held: Assurance, needed: str) -> None:
    problem = refused(AssuranceTooLow, lambda: policy().admit(principal(assurance=held), service, "self_service"))

    assert problem.facts == {"needed": needed, "held": held.value}


@pytest.mark.parametrize(("service", "held"), [(FINES, Assurance.SUBSTANTIAL), (REGISTER, Assurance.LOW)])
def test_the_level_of_the_service_is_enough(service: str, held: Assurance) -> None:
    assert policy().admit(principal(assurance=held), service, "self_service")


def test_a_service_without_a_rule_is_closed() -> None:
    problem = refused(Forbidden, lambda: policy().admit(principal(), "horoscopes", "self_service"))

    assert problem.code == "purpose_not_allowed"


@pytest.mark.parametrize("country", list(Country))
def test_a_grant_names_the_identifier_that_the_state_knows(country: Country) -> None:
    grant = policy().permit(principal(), call(country))

    assert grant.subject == (QATARI if country is Country.QA else SAUDI)
    assert (grant.basis.home, grant.basis.asked) == (Country.SA, country)


def test_an_identifier_named_in_the_question_goes_before() -> None:
    grant = policy().permit(principal(), call(Country.KW, {"identifier": QATARI}))

    assert grant.subject == QATARI


def test_a_token_for_some_states_opens_no_other() -> None:
    limited = principal(countries=[Country.OM, Country.QA])

    assert policy().permit(limited, call(Country.OM)).call.country is Country.OM
    problem = refused(Forbidden, lambda: policy().permit(limited, call(Country.SA)))

    assert (problem.code, problem.field, problem.facts) == ("country_not_allowed", "/countries", {"country": "SA"})


def test_where_no_transfer_is_written_down_none_takes_place(tmp_path: Path) -> None:
    text = POLICY.read_text("utf-8")
    from_saudi_to_oman = 'home = ["BH", "KW", "QA", "SA", "AE"]\nasked = ["OM"]'
    assert text.count(from_saudi_to_oman) == 1
    path = tmp_path / "policy.toml"
    path.write_text(text.replace(from_saudi_to_oman, 'home = ["BH", "KW", "QA", "AE"]\nasked = ["OM"]'), "utf-8")

    problem = refused(Forbidden, lambda: policy(path).permit(principal(), call(Country.OM)))

    assert (problem.code, problem.facts) == ("transfer_not_allowed", {"country": "OM"})
    assert policy(path).permit(principal(), call(Country.SA)).basis.conditions[0] == "domestic"


def test_a_quota_is_spent_by_what_is_refused_too() -> None:
    strict = Policy(PolicyRules.load(POLICY), Quota(1, 2, lambda: 0.0))
    asker = principal(scopes=("other",))

    codes = [refused(BawabaError, lambda: strict.admit(asker, FINES, "self_service")).code for _ in range(3)]

    assert codes == ["insufficient_scope", "insufficient_scope", "too_many_requests"]


def test_ones_own_identifier_is_the_one_held_however_it_is_written() -> None:
    held = principal()

    assert own_identifier(held, None, TODAY) is None
    for spelling in (SAUDI.value, "1000 0000 16", "\u0661\u0660\u0660\u0660\u0660\u0660\u0660\u0660\u0661\u0666"):
        assert own_identifier(held, {"country": "SA", "value": spelling}, TODAY) == SAUDI


@pytest.mark.parametrize(("country", "value"), [("SA", "1000000008"), ("QA", "28463412346"), ("BH", "010345570")])
def test_anothers_identifier_is_refused_without_a_word_about_them(country: str, value: str) -> None:
    held = principal()

    problem = refused(Forbidden, lambda: own_identifier(held, {"country": country, "value": value}, TODAY))

    assert (problem.code, problem.field, problem.facts) == ("not_your_identifier", "/inputs/identifier", {})


def test_a_malformed_identifier_is_named_by_its_place_in_the_question() -> None:
    problem = refused(InvalidIdentifier, lambda: own_identifier(principal(), {"country": "SA", "value": "1"}, TODAY))

    assert (problem.code, problem.field) == ("identifier_format", "/inputs/identifier/value")


def test_a_service_that_an_agency_brought_is_asked_by_the_conditions_it_was_approved_with() -> None:
    """For its own purposes, at its own level, and no rule of the file can be replaced so."""
    brought = ServiceRule(assurance=Assurance.SUBSTANTIAL, purposes=("self_service",))
    loose = ServiceRule(assurance=Assurance.LOW, purposes=("statistics",))
    rules = {"fishing-licence": brought, FINES: loose}
    judge = Policy(PolicyRules.load(POLICY), Quota(1_000_000, 1_000_000, lambda: 0.0), rules.get)

    assert judge.admit(principal(assurance=Assurance.SUBSTANTIAL), "fishing-licence", "self_service") == "self_service"
    low = principal(assurance=Assurance.LOW)
    refused(AssuranceTooLow, lambda: judge.admit(low, "fishing-licence", "self_service"))
    refused(Forbidden, lambda: judge.admit(principal(), "fishing-licence", "enforcement"))
    refused(Forbidden, lambda: judge.admit(principal(), "another-service", "self_service"))
    refused(Forbidden, lambda: judge.admit(principal(), FINES, "statistics"))
