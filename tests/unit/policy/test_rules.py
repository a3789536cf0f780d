"""The rules as shipped, and what is wrong with rules that are not as they should be."""

import re
from itertools import product
from pathlib import Path

import pytest

from gateway.errors import ConfigurationError
from gateway.identity.principal import Assurance
from gateway.policy.rules import PolicyRules
from gateway.schema.country import Country

ROOT = Path(__file__).parents[3]
POLICY = ROOT / "config" / "policy.toml"
ARABIC = re.compile("[\u0600-\u06ff]")
PAIRS = list(product(Country, Country))


@pytest.fixture(scope="module")
def rules() -> PolicyRules:
    return PolicyRules.load(POLICY)


def spoilt(folder: Path, old: str, new: str, times: int = 1) -> Path:
    """A copy of the shipped rules in which ``old`` was replaced by ``new``."""
    text = POLICY.read_text("utf-8")
    assert old in text
    path = folder / "policy.toml"
    path.write_text(text.replace(old, new, times), "utf-8")
    return path


def test_purposes_are_a_closed_list_in_both_languages(rules: PolicyRules) -> None:
    assert [purpose.id for purpose in rules.purposes] == [
        "self_service",
        "service_delivery",
        "enforcement",
        "employment",
        "due_diligence",
        "statistics",
    ]
    for purpose in rules.purposes:
        for text in (purpose.name, purpose.description):
            assert ARABIC.search(text.ar)
            assert not ARABIC.search(text.en)


def test_a_purpose_is_found_by_its_id_or_not_at_all(rules: PolicyRules) -> None:
    purpose = rules.purpose("self_service")

    assert purpose is not None
    assert purpose.name.ar == "اطلاع الشخص على بياناته"
    assert rules.purpose("curiosity") is None
    assert rules.purpose("") is None


@pytest.mark.parametrize(
    ("service", "purpose", "allowed"),
    [
        ("identity-verification", "self_service", True),
        ("identity-verification", "employment", True),
        ("identity-verification", "enforcement", False),
        ("traffic-fines", "enforcement", True),
        ("traffic-fines", "employment", False),
        ("commercial-registration", "due_diligence", True),
        ("pension-contributions", "due_diligence", False),
        ("unknown-service", "self_service", False),
        ("traffic-fines", "curiosity", False),
    ],
)
def test_a_service_may_be_asked_for_its_own_purposes_only(
    rules: PolicyRules, service: str, purpose: str, allowed: bool
) -> None:
    rule = rules.services.get(service)

    assert (rule is not None and purpose in rule.purposes) is allowed


def test_nobodys_data_is_given_for_statistics(rules: PolicyRules) -> None:
    assert not any("statistics" in rule.purposes for rule in rules.services.values())


@pytest.mark.parametrize(
    ("service", "assurance"),
    [
        ("identity-verification", Assurance.SUBSTANTIAL),
        ("traffic-fines", Assurance.SUBSTANTIAL),
        ("commercial-registration", Assurance.LOW),
        ("pension-contributions", Assurance.HIGH),
    ],
)
def test_each_service_asks_for_its_level_of_assurance(rules: PolicyRules, service: str, assurance: Assurance) -> None:
    assert rules.services[service].assurance is assurance


@pytest.mark.parametrize(("home", "asked"), PAIRS)
def test_each_of_the_thirty_six_pairs_has_a_basis_in_both_languages(
    rules: PolicyRules, home: Country, asked: Country
) -> None:
    basis = rules.transfer(home, asked)

    assert basis is not None
    assert (basis.home, basis.asked) == (home, asked)
    assert ARABIC.search(basis.basis.ar)
    assert not ARABIC.search(basis.basis.en)
    assert basis.source
    assert "nothing_kept" in basis.conditions


@pytest.mark.parametrize(("home", "asked"), PAIRS)
def test_a_border_is_crossed_with_express_consent_and_only_then(
    rules: PolicyRules, home: Country, asked: Country
) -> None:
    basis = rules.transfer(home, asked)

    assert basis is not None
    assert ("express_consent" in basis.conditions) is (home is not asked)
    assert ("domestic" in basis.conditions) is (home is asked)


def test_a_basis_speaks_of_the_law_of_the_state_that_holds_the_data(rules: PolicyRules) -> None:
    laws = {
        Country.SA: "M/19",
        Country.AE: "45/2021",
        Country.BH: "30/2018",
        Country.QA: "13/2016",
        Country.OM: "6/2022",
    }

    for asked, law in {**laws, Country.KW: "26/2024"}.items():
        basis = rules.transfer(next(home for home in Country if home is not asked), asked)
        assert basis is not None
        assert law in basis.basis.en
        assert law in basis.source


def test_what_a_source_leaves_open_is_said(rules: PolicyRules) -> None:
    open_questions = {basis.asked for rule in rules.transfers for basis in rule.pairs() if not basis.confirmed}

    assert open_questions == {Country.SA, Country.BH, Country.OM, Country.KW}


def test_a_pair_that_the_table_does_not_name_is_denied(tmp_path: Path) -> None:
    rules = PolicyRules.load(
        spoilt(tmp_path, 'home = ["BH", "KW", "OM", "QA", "AE"]\nasked = ["SA"]', 'home = ["BH"]\nasked = ["SA"]')
    )

    assert rules.transfer(Country.BH, Country.SA) is not None
    assert rules.transfer(Country.KW, Country.SA) is None
    assert rules.transfer(Country.SA, Country.KW) is not None


def test_without_a_table_everything_is_denied(tmp_path: Path) -> None:
    text = POLICY.read_text("utf-8")
    path = tmp_path / "policy.toml"
    path.write_text("transfers = []\n" + text[: text.index("[[transfers]]")], "utf-8")

    rules = PolicyRules.load(path)

    assert [pair for pair in PAIRS if rules.transfer(*pair) is not None] == []


def test_a_cross_border_row_does_not_make_a_state_domestic_to_itself(tmp_path: Path) -> None:
    rules = PolicyRules.load(
        spoilt(tmp_path, 'home = ["BH", "KW", "OM", "QA", "AE"]\nasked = ["SA"]', 'home = ["KW", "SA"]\nasked = ["SA"]')
    )

    basis = rules.transfer(Country.SA, Country.SA)

    assert basis is not None
    assert "domestic" in basis.conditions


def test_a_quota_is_for_one_person(rules: PolicyRules) -> None:
    assert (rules.quota.per_minute, rules.quota.burst) == (60, 30)


def test_rules_cannot_be_changed(rules: PolicyRules) -> None:
    with pytest.raises(ValueError, match="frozen"):
        rules.transfers = ()  # type: ignore[misc]


@pytest.mark.parametrize(
    ("old", "new", "key", "sentence"),
    [
        ("per_minute = 60", "per_minute = 0", "quota.per_minute", "greater than or equal to 1"),
        ("per_minute = 60", "per_hour = 60", "quota.per_minute", "is missing"),
        ("per_minute = 60", "per_minute = 60\nper_hour = 9", "quota.per_hour", "is not a key that this file has"),
        ("burst = 30", 'burst = "30"', "quota.burst", "valid integer"),
        ('id = "self_service"', 'id = "Self service"', "purposes[0].id", "match pattern"),
        ('id = "self_service"', 'id = "enforcement"', "the whole file", "purposes names enforcement twice"),
        ('id = "enforcement"', 'id = "fining"', "the whole file", "names enforcement, which is not among the purposes"),
        (
            'assurance = "high"',
            'assurance = "highest"',
            "services.pension-contributions.assurance",
            "'low', 'substantial'",
        ),
        ('asked = ["SA"]', 'asked = ["IQ"]', "transfers[1].asked[0]", "'BH', 'KW', 'OM', 'QA', 'SA' or 'AE'"),
        ('asked = ["SA"]', 'asked = ["AE"]', "the whole file", "says twice what holds from BH to AE"),
        ("confirmed = true", "confirmed = 1", "transfers[0].confirmed", "valid boolean"),
        ('"minimum_data", "nothing_kept"]', '"goodwill"]', "transfers[0].conditions[1]", "'express_consent'"),
    ],
)
def test_a_wrong_rule_is_named_with_what_is_expected(
    tmp_path: Path, old: str, new: str, key: str, sentence: str
) -> None:
    path = spoilt(tmp_path, old, new)

    with pytest.raises(ConfigurationError) as caught:
        PolicyRules.load(path)

    assert caught.value.field == f"{path}: {key}"
    assert sentence in str(caught.value.facts["problem"])


def test_rules_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        PolicyRules.load(tmp_path / "policy.toml")

    assert caught.value.field == str(tmp_path / "policy.toml")
