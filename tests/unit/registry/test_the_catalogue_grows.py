"""Adapters bring services into the catalogue and take them out while it is asked; nobody takes another's."""

from collections.abc import Sequence

import orjson
import pytest

from gateway.errors import ConfigurationError, Conflict, UnknownService
from gateway.registry.definition import Definition, define, document_of, service_of
from gateway.registry.manifest import Manifest, Offer
from gateway.registry.service import Service
from gateway.registry.services import Services
from tests.support.definitions import body, defined, shipped, text
from tests.support.house import ROOT
from tests.unit.registry.catalogue import IDS, SERVICES


@pytest.fixture
def services() -> Services:
    return Services.load(SERVICES)


def definitions(*ids: str) -> Sequence[Definition]:
    return [define(defined(each)) for each in ids]


def test_what_an_adapter_defines_is_found_searched_and_shown(services: Services) -> None:
    falcon = defined()
    services.add("falcons", [define(falcon)])

    assert "falcon-passport" in services
    assert services.find("falcon-passport") == falcon
    assert services.find("falcon-passport", "lookup").checker.check({}) == {}
    assert services.search("صقر").ids == services.search("falcons").ids == ("falcon-passport",)
    assert services.document("falcon-passport") == falcon.public()
    assert services.search().ids == tuple(sorted((*IDS, "falcon-passport")))


def test_what_it_takes_out_is_gone(services: Services) -> None:
    services.add("falcons", definitions("falcon-passport"))
    services.find("falcon-passport")
    services.remove("falcons")

    assert "falcon-passport" not in services
    assert services.search("falcon").ids == ()
    assert services.search().ids == IDS
    for ask in (services.find, services.document):
        with pytest.raises(UnknownService):
            ask("falcon-passport")
    services.remove("falcons")


def test_adding_again_replaces_what_the_source_had(services: Services) -> None:
    services.add("falcons", definitions("falcon-a", "falcon-b"))
    old = services.find("falcon-b")
    services.add("falcons", [define(defined("falcon-b", name=text("حصان", "Horse"))), *definitions("falcon-c")])

    assert services.search("falcon").ids == ("falcon-c", "falcon-b")
    assert services.search("horse").ids == ("falcon-b",)
    assert services.find("falcon-b") != old
    assert "falcon-a" not in services


def test_a_service_of_another_kind_is_not_found(services: Services) -> None:
    services.add("falcons", definitions("falcon-passport"))

    with pytest.raises(UnknownService):
        services.find("falcon-passport", "procedure")


@pytest.mark.parametrize(
    ("taken", "place"),
    [(("traffic-fines",), 0), (("falcon-z", "falcon-a"), 1), (("falcon-z", "falcon-y", "falcon-z"), 2)],
)
def test_an_id_that_is_taken_is_refused_and_nothing_changes(
    services: Services, taken: tuple[str, ...], place: int
) -> None:
    services.add("falcons", definitions("falcon-a"))
    services.add("others", definitions("other"))

    with pytest.raises(Conflict) as refused:
        services.add("others", definitions(*taken))

    assert (refused.value.code, refused.value.field) == ("service_taken", f"/definitions/{place}/id")
    assert refused.value.facts == {"service": taken[place]}
    assert services.search().ids == tuple(sorted((*IDS, "falcon-a", "other")))
    with pytest.raises(Conflict):
        services.check_free("others", [defined(each) for each in taken])


def test_a_source_may_keep_its_own_ids(services: Services) -> None:
    services.add("falcons", definitions("falcon-a"))
    services.check_free("falcons", [defined("falcon-a")])
    services.add("falcons", definitions("falcon-a"))

    assert services.search("falcon").ids == ("falcon-a",)


def test_an_occasion_must_be_called_as_the_files_call_it(services: Services) -> None:
    event = {"id": "retiring", "of": "person", "name": text("الراحة", "Resting")}

    with pytest.raises(Conflict) as refused:
        services.check_free("falcons", [defined(life_events=[event])])

    assert (refused.value.code, refused.value.field) == ("life_event_differs", "/definitions/0/life_events/0")


def test_walking_over_the_catalogue_gives_the_services_of_the_files(services: Services) -> None:
    services.add("falcons", definitions("falcon-a"))

    assert tuple(service.id for service in services) == IDS
    assert len(services) == len(IDS)


def test_a_room_may_offer_what_an_adapter_defines(services: Services) -> None:
    services.add("falcons", definitions("falcon-a"))

    services.check_offers([])
    with pytest.raises(ConfigurationError):
        services.check_offers([_plate("falcon-b")])
    services.check_offers([_plate("falcon-a")])


def test_no_more_than_a_bounded_number_is_kept_ready() -> None:
    services = Services([], ready=3)
    services.add("falcons", definitions(*(f"falcon-{letter}" for letter in "abcdef")))
    first = services.find("falcon-a")
    for letter in "bcaef":
        services.find(f"falcon-{letter}")

    assert services.find("falcon-a") is first
    assert list(services._parsed) == ["falcon-e", "falcon-f", "falcon-a"]


def test_searching_reads_no_service(services: Services) -> None:
    services.add("falcons", definitions("falcon-a", "falcon-b"))
    for ask in (services.search(), services.search("falcon"), services.search(sector="transport")):
        assert "falcon-a" in ask.ids
        services.document("falcon-a")

    assert not services._parsed


def test_words_are_made_anew_where_the_rules_for_them_have_changed(services: Services) -> None:
    made = define(defined("falcon-a"))
    summary = orjson.loads(made.summary)
    old = Definition(orjson.dumps({**summary, "edition": 0, "words": ["obsolete", "", "", ""]}), made.document)
    services.add("falcons", [old])

    assert services.search("obsolete").ids == ()
    assert services.search("falcon").ids == ("falcon-a",)


def test_a_definition_is_small_and_gives_back_the_service() -> None:
    service = defined("falcon-a", like="pension-extension")
    made = define(service)

    assert service_of(made) == service
    assert document_of(made) == service.public()
    assert len(made.document) < len(orjson.dumps(service.public())) / 3


@pytest.mark.parametrize(
    "page",
    [
        "http://plain.example/",
        "https://localhost/",
        "https://user:word@agency.example/",
        "https://agency.example/<script>",
        'https://agency.example/"',
        "https://agency.example/a b",
        "https://agency.example/\u202e",
        "javascript:alert(1)",
        "//agency.example/",
        "https://agency.example/" + "a" * 300,
        "https://agency.example/\n",
    ],
)
def test_a_page_is_an_address_by_tls_and_nothing_else(page: str) -> None:
    with pytest.raises(ValueError, match="page"):
        defined(authorities=[body("BH", page=page)])


def test_what_is_free_has_no_fee() -> None:
    cost = shipped("branch-registration")["cost"]
    fee = {"country": "BH", "amount": {"amount": "50.000", "currency": "BHD"}}
    assert _priced({**cost, "fees": [fee]}).cost.fees[0].amount.minor == 50_000

    with pytest.raises(ValueError, match="free and has fees"):
        _priced({**cost, "free": True, "fees": [fee]})
    with pytest.raises(ValueError, match="fee"):
        _priced({**cost, "fees": [{**fee, "country": "KW"}]})


def test_a_sector_is_one_of_the_list() -> None:
    with pytest.raises(ValueError, match="sectors"):
        defined(sectors=["falconry"])


def _priced(cost: object) -> Service:
    return defined("falcon-a", like="branch-registration", cost=cost)


def _plate(service: str) -> Manifest:
    plate = Manifest.load(ROOT / "adapters/bahrain")
    return plate.model_copy(update={"services": {service: Offer(agency="bh-falcons", latency_budget_ms=500)}})
