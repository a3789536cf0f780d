"""What a version must be beyond its form: its agency's own, by services that it may give, with all that it names."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson
import pytest

from gateway.agencies.rules import Known, VersionRules, check_maps, ordinal
from gateway.errors import Finding
from gateway.outward.addresses import Allowed, Outward
from gateway.policy.rules import PolicyRules
from gateway.registry.building import AgencyKey
from gateway.registry.mandates import MandateTerms
from gateway.registry.manifest import Manifest
from gateway.registry.service import Service
from gateway.registry.services import Services
from gateway.schema import Country
from tests.support.acting import actor
from tests.support.fisheries import ADAPTER, AGENCY, SERVICE, definition, field_map, plate
from tests.support.house import ROOT

URL = "http://127.0.0.1:7301"
RULES = VersionRules(
    Outward([Allowed.parse("127.0.0.1/32 port 7301")]),
    Services.load(ROOT / "config/services"),
    PolicyRules.load(ROOT / "config/policy.toml"),
)
SECRETS = {"sandbox": frozenset({"api_key"}), "live": frozenset({"api_key"})}
KEYS = {"host-1": AgencyKey("signing", b"{}"), "ca-1": AgencyKey("authority", b"")}


def known(**changes: Any) -> Known:
    """What is known where the first version of the fisheries' adapter is registered."""
    values: dict[str, Any] = {
        "actor": actor(),
        "adapter": ADAPTER,
        "version": "1.0.0",
        "newest": None,
        "secrets": SECRETS,
        "keys": KEYS,
        "claimed": {},
        "mandates": (),
    }
    return Known(**values | changes)


def judged(
    given: Mapping[str, Any], definitions: Sequence[Mapping[str, Any]] = (), **changes: Any
) -> Sequence[tuple[str, str]]:
    """Where and why it is not taken."""
    return [(each.field, each.code) for each in found(given, definitions, **changes)]


def found(given: Mapping[str, Any], definitions: Sequence[Mapping[str, Any]] = (), **changes: Any) -> Sequence[Finding]:
    manifest = Manifest.model_validate_json(orjson.dumps(given))
    services = [Service.model_validate_json(orjson.dumps(each)) for each in definitions or [definition()]]
    return [
        *RULES.judge(manifest, services, [], known(**changes)),
        *check_maps(manifest, RULES.services_of(manifest, services)),
    ]


def host(**changes: Any) -> dict[str, Any]:
    """An adapter host's name plate."""
    services = {SERVICE: {"agency": AGENCY, "latency_budget_ms": 1000}}
    return plate(URL, kind="host", secrets=[], services=services, host={"keys": ["host-1"]} | changes)


def test_a_good_version_is_taken() -> None:
    assert judged(plate(URL)) == []
    assert judged(host(authority="ca-1")) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": "om_other"}, ("/plate/name", "same")),
        ({"agency": "om-boats"}, ("/plate/agency", "same")),
        ({"version": "1.0.1"}, ("/plate/version", "same")),
        ({"addresses": {"live": {"main": URL}}}, ("/plate/addresses/sandbox", "missing")),
        ({"secrets": ["api_key", "other"]}, ("/plate/secrets/1", "secret_missing")),
        ({"limits": {"response_bytes": 8_388_609}}, ("/plate/limits/response_bytes", "limit")),
        ({"limits": {"concurrent": 257}}, ("/plate/limits/concurrent", "limit")),
    ],
)
def test_a_plate_of_something_else_is_not(changes: dict[str, Any], expected: tuple[str, str]) -> None:
    assert expected in judged({**plate(URL), **changes})


def test_code_is_not_registered() -> None:
    services = {SERVICE: {"agency": AGENCY, "latency_budget_ms": 1000}}

    assert ("/plate/kind", "kind") in judged(plate(URL, kind="room", services=services))


@pytest.mark.parametrize("number", ["1.0.0", "0.9.9", "0.0.1"])
def test_a_number_that_is_not_greater_is_refused(number: str) -> None:
    assert judged(plate(URL, number), version=number, newest=(1, 0, 0)) == [("/plate/version", "version_not_greater")]


def test_numbers_are_compared_as_numbers() -> None:
    assert judged(plate(URL, "1.10.0"), version="1.10.0", newest=(1, 9, 0)) == []
    assert ordinal("1.10.0") > ordinal("1.9.12")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"keys": ["host-2"]}, [("/plate/host/keys/0", "key_signing")]),
        ({"keys": ["ca-1"]}, [("/plate/host/keys/0", "key_signing")]),
        ({"authority": "host-1"}, [("/plate/host/authority", "key_authority")]),
        ({"authority": "nothing"}, [("/plate/host/authority", "key_authority")]),
    ],
)
def test_a_host_is_known_by_keys_that_its_agency_uploaded(
    said: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert judged(host(**said)) == expected


def test_a_gateway_without_a_key_of_its_own_takes_no_host() -> None:
    """It is said before anybody tries one, and of hosts alone."""
    without, services = replace(RULES, hosts=False), [Service.model_validate_json(orjson.dumps(definition()))]

    found = [
        [(each.field, each.code) for each in without.judge(manifest, services, [], known())]
        for manifest in (Manifest.model_validate_json(orjson.dumps(given)) for given in (host(), plate(URL)))
    ]

    assert found == [[("/plate/kind", "hosts")], []]


def test_a_service_of_another_agency_is_not_given() -> None:
    own = plate(URL, services={"traffic-fines": {"agency": "om-rop", "latency_budget_ms": 9, "map": field_map()}})

    fields = [field for field, code in judged(own) if code in ("mandate", "same")]

    assert fields == ["/plate/services/traffic-fines/agency"]


def terms(**changes: Any) -> MandateTerms:
    """A mandate of the fisheries for their licences."""
    values: dict[str, Any] = {
        "mandate": "one",
        "partner": "om-partner",
        "agency": AGENCY,
        "active": True,
        "services": frozenset({SERVICE}),
        "states": frozenset({Country.OM}),
        "purposes": frozenset({"self_service"}),
        "starts_at": 0,
        "ends_at": int(time.time()) + 60,
        "daily_quota": 10,
    }
    return MandateTerms(**values | changes)


@pytest.mark.parametrize(
    ("mandates", "taken"),
    [
        ([terms()], True),
        ([], False),
        ([terms(agency="om-boats")], False),
        ([terms(services=frozenset({"traffic-fines"}))], False),
        ([terms(states=frozenset({Country.KW}))], False),
    ],
)
def test_a_partner_gives_what_it_is_mandated_to_and_nothing_else(mandates: list[MandateTerms], taken: bool) -> None:
    partner = actor(agency="om-partner", kind="partner")

    wrong = judged(plate(URL, agency="om-partner"), actor=partner, mandates=tuple(mandates))

    places = [("/definitions/0/authorities/0/agency", "mandate"), (f"/plate/services/{SERVICE}/agency", "mandate")]
    assert wrong == ([] if taken else places)


def test_a_partner_gives_nothing_in_its_own_name() -> None:
    partner = actor(agency="om-partner", kind="partner")
    services = {SERVICE: {"agency": "om-partner", "latency_budget_ms": 9, "map": field_map()}}

    wrong = judged(plate(URL, agency="om-partner", services=services), [definition(agency="om-partner")], actor=partner)

    assert {code for _, code in wrong} == {"mandate"}


def test_nobody_defines_what_another_state_gives_or_what_is_there_already() -> None:
    abroad = definition()
    abroad["authorities"].append({**abroad["authorities"][0], "country": "KW", "agency": "kw-traffic"})

    assert judged(plate(URL), [abroad]) == [("/definitions/0/authorities/1/country", "country")]
    assert ("/definitions/0/id", "service_taken") in judged(plate(URL), [definition("traffic-fines")])
    assert judged(plate(URL), claimed={SERVICE: "om_other"}) == [("/definitions/0/id", "service_taken")]
    assert judged(plate(URL), claimed={SERVICE: ADAPTER}) == []
    assert judged(plate(URL), [definition(), definition()]) == [("/definitions/1/id", "service_taken")]


def test_a_map_is_judged_whole_and_stands_where_maps_stand() -> None:
    wrong = field_map()
    wrong["answer"]["fields"]["reference"] = {"path": "number", "convert": ["no_such_converter"]}
    wrong["answer"]["fields"]["no_such_field"] = "number"
    wrong["authentication"]["secret"] = "no_such_secret"
    services = {SERVICE: {"agency": AGENCY, "latency_budget_ms": 9, "map": wrong}}

    findings = found(plate(URL, services=services))

    at = f"/plate/services/{SERVICE}/map"
    assert {each.code for each in findings} == {"map"}
    assert {each.field for each in findings} >= {
        f"{at}/answer/fields/reference/convert/0",
        f"{at}/answer/fields/no_such_field",
        f"{at}/authentication/secret",
    }
    assert all(each.came and each.facts["detail"] for each in findings)
    services[SERVICE]["map"] = None
    assert judged(plate(URL, services=services)) == [(at, "missing")]
    assert (at, "map_of_other_kind") in judged({**host(), "services": plate(URL)["services"]})


def test_what_is_only_listed_says_where_it_is_given() -> None:
    listing = plate(URL, kind="listing", endpoints=[], secrets=[], addresses={})
    listing["services"][SERVICE].pop("map")
    linked = definition()
    linked["authorities"][0]["page"] = "https://fish.example/licences"

    assert judged(listing) == [(f"/plate/services/{SERVICE}", "page_missing")]
    assert judged(listing, [linked]) == []
