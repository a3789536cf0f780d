"""What is wrong in a file of a service is named by file, key and what is expected."""

from pathlib import Path

import pytest

from gateway.errors import ConfigurationError, UnknownService
from gateway.identity.principal import Assurance
from gateway.policy.rules import PolicyRules
from gateway.registry.manifest import Manifest
from gateway.registry.services import Services
from gateway.schema.country import Country
from gateway.toml_file import MAX_BYTES
from tests.unit.registry.catalogue import POLICY, SERVICES, shipped, spoilt


def problem_of(folder: Path) -> tuple[str, str]:
    """The key and the sentence of the error that loading ends with."""
    with pytest.raises(ConfigurationError) as caught:
        Services.load(folder)
    field, sentence = caught.value.field, caught.value.facts["problem"]
    assert field is not None
    return field.removeprefix(str(folder)).lstrip("/"), str(sentence)


@pytest.mark.parametrize(
    ("old", "new", "key", "sentence"),
    [
        ('assurance = "substantial"', "", "assurance", "is missing"),
        (
            'assurance = "substantial"',
            'assurance = "certain"',
            "assurance",
            "Input should be 'low', 'substantial' or 'high'",
        ),
        ('id = "traffic-fines"', 'id = "Traffic Fines"', "id", "String should match pattern"),
        ('id = "traffic-fines"', 'id = "fines"', "id", "must be the file's name, traffic-fines"),
        (
            'audience = ["citizen", "resident"]',
            'audience = ["tourist"]',
            "audience[0]",
            "'citizen', 'resident' or 'business'",
        ),
        ('audience = ["citizen", "resident"]', "audience = []", "audience", "at least 1 item"),
        ("[cost]\n", '[cost]\ncurrency = "KWD"\n', "cost.currency", "is not a key that this file has"),
        ("free = true", "free = false", "the whole file", "a lookup is free"),
        ("free = true", 'free = "true"', "cost.free", "valid boolean"),
        ("seconds = 5", 'seconds = "5"', "processing_time.seconds", "valid integer"),
        ("seconds = 5", "seconds = 5.5", "processing_time.seconds", "valid integer"),
        ("seconds = 5", "seconds = 0", "processing_time.seconds", "greater than or equal to 1"),
        ('country = "BH"', 'country = "IQ"', "authorities[0].country", "'BH', 'KW', 'OM', 'QA', 'SA' or 'AE'"),
        ('country = "BH"', 'country = "KW"', "authorities", "names two authorities for KW"),
        ('en = "Traffic fines" }\nkeywords', 'en = "" }\nkeywords', "name.en", "at least 1 character"),
        ('kind = "traffic_fine"', 'kind = "fine"', "output.kind", "'traffic_fine'"),
        ('format = "date"', 'format = "day"', "inputs.properties.since.format", "must be one of date, date-time"),
        ('x-title = { ar = "منذ تاريخ", en = "Since" }', "", "inputs.properties.since.x-title", "is missing"),
    ],
)
def test_a_wrong_key_is_named_with_what_is_expected(
    tmp_path: Path, old: str, new: str, key: str, sentence: str
) -> None:
    found, said = problem_of(spoilt(tmp_path, old, new))

    assert found == f"traffic-fines.toml: {key}"
    assert sentence in said


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"id = ", "is not TOML"),
        (b'id = "a"\nid = "b"', "is not TOML"),
        (b"\xff\xfe", "is not UTF-8"),
        (b"a = " + b"[" * 50_000, "is nested too deeply"),
        (b"number = 99999999999999999999999", "holds a value that JSON has not"),
        (b"#" * (MAX_BYTES + 1), f"is larger than {MAX_BYTES} bytes"),
    ],
    ids=["cut off", "a key twice", "not text", "deep", "a huge number", "a huge file"],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / "traffic-fines.toml").write_bytes(content)

    found, said = problem_of(tmp_path)

    assert found == "traffic-fines.toml"
    assert sentence in said


def test_a_folder_without_services_is_refused(tmp_path: Path) -> None:
    found, said = problem_of(tmp_path)

    assert found == ""
    assert "holds no service" in said


def test_a_file_that_vanished_is_named(tmp_path: Path) -> None:
    (tmp_path / "traffic-fines.toml").symlink_to(tmp_path / "nowhere")

    assert problem_of(tmp_path) == ("traffic-fines.toml", "cannot be read: No such file or directory")


def test_a_life_event_is_called_the_same_in_every_file(tmp_path: Path) -> None:
    spoilt(tmp_path, "Starting a new job", "A first job", "pension-contributions")
    (tmp_path / "identity-verification.toml").write_text(shipped("identity-verification"), "utf-8")

    found, said = problem_of(tmp_path)

    assert found == "pension-contributions.toml: life_events[0]"
    assert "starting-a-job" in said


def test_an_unknown_service_is_not_found() -> None:
    with pytest.raises(UnknownService) as caught:
        Services.load(SERVICES).find("../traffic-fines")

    assert caught.value.code == "unknown_service"


def test_a_service_with_less_assurance_than_policy_keeps_does_not_start(tmp_path: Path) -> None:
    services = Services.load(spoilt(tmp_path, 'assurance = "substantial"', 'assurance = "low"'))

    with pytest.raises(ConfigurationError) as caught:
        services.check_against(PolicyRules.load(POLICY))

    assert caught.value.field == "traffic-fines: assurance"
    assert caught.value.facts["problem"] == f"must be as in policy, {Assurance.SUBSTANTIAL.value}"


def test_a_service_with_a_purpose_that_policy_refuses_does_not_start(tmp_path: Path) -> None:
    services = Services.load(spoilt(tmp_path, '"enforcement"]', '"statistics"]'))

    with pytest.raises(ConfigurationError) as caught:
        services.check_against(PolicyRules.load(POLICY))

    assert caught.value.field == "traffic-fines: purposes"


def test_a_rule_for_a_service_that_there_is_not_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "traffic-fines.toml").write_text(shipped("traffic-fines"), "utf-8")

    with pytest.raises(ConfigurationError) as caught:
        Services.load(tmp_path).check_against(PolicyRules.load(POLICY))

    assert caught.value.field == "policy: services.branch-registration"


def test_a_service_without_a_rule_does_not_start(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(POLICY.read_text("utf-8").replace("[services.traffic-fines]", "[services.other]"), "utf-8")

    with pytest.raises(ConfigurationError) as caught:
        Services.load(SERVICES).check_against(PolicyRules.load(policy))

    assert caught.value.field == "policy: services.traffic-fines"


def test_a_state_without_an_authority_does_not_give_the_service(tmp_path: Path) -> None:
    text = shipped("traffic-fines")
    start, end = text.index('[[authorities]]\ncountry = "QA"'), text.index('[[authorities]]\ncountry = "SA"')
    (tmp_path / "traffic-fines.toml").write_text(text[:start] + text[end:], "utf-8")

    services = Services.load(tmp_path)

    assert services.find("traffic-fines").authority(Country.QA) is None
    assert services.search(country=Country.QA).ids == ()


def plate(folder: Path, **services: str) -> Manifest:
    """The name plate of a Kuwaiti room that offers each service for an agency."""
    room = folder / "kuwait"
    room.mkdir()
    offers = "".join(
        f'[services.{service.replace("_", "-")}]\nagency = "{agency}"\nlatency_budget_ms = 100\n'
        for service, agency in services.items()
    )
    (room / "manifest.toml").write_text(
        'name = "kuwait"\ntitle = { ar = "الكويت", en = "Kuwait" }\ncountry = "KW"\nversion = "1.0.0"\n'
        'stage = "sandbox"\nprotocol = "SOAP"\nendpoints = ["main"]\n'
        '[contact]\nname = { ar = "الدعم", en = "Support" }\nemail = "support@example.org"\nphone = "+96550012345"\n'
        + offers,
        "utf-8",
    )
    return Manifest.load(room)


def test_a_room_that_offers_a_service_for_its_authority_passes(tmp_path: Path) -> None:
    Services.load(SERVICES).check_offers([plate(tmp_path, traffic_fines="kw-traffic", identity_verification="kw-paci")])


def test_a_room_that_speaks_for_another_agency_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Services.load(SERVICES).check_offers([plate(tmp_path, traffic_fines="kw-paci")])

    assert caught.value.field == "kuwait: services.traffic-fines.agency"
    assert caught.value.facts["problem"] == "must be kw-traffic"


def test_a_room_that_offers_what_is_not_in_the_catalogue_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Services.load(SERVICES).check_offers([plate(tmp_path, horoscopes="kw-paci")])

    assert caught.value.field == "kuwait: services.horoscopes"
    assert caught.value.facts["problem"] == "is not a service of KW"
