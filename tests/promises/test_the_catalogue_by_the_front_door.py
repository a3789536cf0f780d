"""The catalogue by the front door: searched in both languages, page by page, marked where a service is only listed."""

import json
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest
import pytest_asyncio
from yarl import URL

from tests.support.definitions import PAGE
from tests.support.door import ARABIC, Heard, ask, check_problem
from tests.support.falcons import falconry
from tests.support.house import House, house
from tests.support.services import LOOKUPS, PROCEDURES

pytestmark = pytest.mark.asyncio(loop_scope="module")

SHIPPED = sorted((*LOOKUPS, *PROCEDURES))
# What each question finds, in order; the same on every database, because the catalogue stands in none.
QUESTIONS = {
    "": SHIPPED,
    "q=" + quote("المُخالفات المُروريّة"): ["fine-settlement", "traffic-fines"],
    "q=" + quote("وللمخالفات"): ["fine-settlement", "traffic-fines"],
    "q=fines": ["fine-settlement", "traffic-fines"],
    "q=" + quote("تأمينات"): ["pension-extension", "pension-contributions"],
    "q=" + quote("شهادة"): [
        "certificate-equivalence",
        "residence-certificate",
        "branch-registration",
        "pension-extension",
    ],
    "sector=transport": ["fine-settlement", "traffic-fines"],
    "audience=business": ["branch-registration", "commercial-registration"],
    "life_event=retiring&country=OM": ["pension-contributions"],
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def falcon_house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A gateway with one room, Bahrain's, and two services that it only lists."""
    folder = tmp_path_factory.mktemp("house")
    async with house(folder, rooms=["bahrain"], paths=falconry(folder)) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def falcons(falcon_house: House) -> House:
    await falcon_house.awake()
    return falcon_house


async def see(house: House, path: str, language: str = "en", **headers: str) -> Heard:
    return await ask(house, None, method="GET", path=path, token=None, language=language, **headers)


def ids(heard: Heard) -> list[str]:
    assert heard.status == 200, heard.text
    return [service["id"] for service in heard.document["services"]]


@pytest.mark.asyncio(loop_scope="function")
async def test_the_order_is_the_same_on_every_database(tmp_path: Path, storage_url: str) -> None:
    async with house(tmp_path, rooms=["bahrain"], storage_url=storage_url) as running:
        found = {question: ids(await see(running, f"/v1/services?{question}")) for question in QUESTIONS}

    assert found == QUESTIONS


async def test_pages_lead_to_the_next_until_the_last(falcons: House) -> None:
    found, path = list[str](), "/v1/services?limit=4&country=BH"
    while path:
        heard = await see(falcons, path)
        found += ids(heard)
        assert len(heard.document["services"]) <= 4
        link, after = heard.headers.get("link"), heard.document["next"]
        assert (link is None) == (after is None)
        path = ""
        if link:
            address, _, relation = link.partition("; ")
            following = URL(address.strip("<>"))
            assert relation == 'rel="next"'
            assert dict(following.query) == {"limit": "4", "country": "BH", "after": after}
            path = following.raw_path_qs

    assert found == sorted((*SHIPPED, "falcon-licence", "falcon-passport"))


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ("country=IQ", "unknown_country", "?country"),
        ("country=bh", "unknown_country", "?country"),
        ("audience=tourist", "field_choice", "?audience"),
        ("sector=falconry", "field_choice", "?sector"),
        ("connected=maybe", "field_choice", "?connected"),
        ("life_event=Retiring", "field_format", "?life_event"),
        ("life_event=" + "a" * 61, "field_format", "?life_event"),
        ("limit=0", "field_out_of_range", "?limit"),
        ("limit=101", "field_out_of_range", "?limit"),
        ("limit=-1", "field_out_of_range", "?limit"),
        ("limit=%D9%A1", "field_out_of_range", "?limit"),
        ("limit=" + "9" * 5000, "field_out_of_range", "?limit"),
        ("after=nowhere", "unknown_cursor", "?after"),
    ],
)
async def test_a_question_that_cannot_be_meant_is_refused(falcons: House, query: str, code: str, field: str) -> None:
    for language in ("en", "ar"):
        check_problem(await see(falcons, f"/v1/services?{query}", language), 422, code, field, language)


async def test_an_occasion_that_nobody_knows_finds_nothing(falcons: House) -> None:
    assert ids(await see(falcons, "/v1/services?life_event=moving-to-mars")) == []


async def test_a_service_says_who_is_connected_and_who_is_not(falcons: House) -> None:
    fines = (await see(falcons, "/v1/services/traffic-fines")).document
    falcon = (await see(falcons, "/v1/services/falcon-passport")).document

    assert {body["country"] for body in fines["authorities"] if body["connected"]} == {"BH"}
    assert fines["listing_only"] is False
    assert falcon["listing_only"] is True
    assert [(body["connected"], body["page"]) for body in falcon["authorities"]] == [(False, PAGE)]


async def test_services_are_filtered_by_whether_they_are_connected(falcons: House) -> None:
    listed = ids(await see(falcons, "/v1/services?connected=false"))
    given = ids(await see(falcons, "/v1/services?connected=true"))

    assert {"falcon-licence", "falcon-passport"} <= set(listed)
    assert "traffic-fines" in given
    assert sorted((*listed, *given)) == sorted((*SHIPPED, "falcon-licence", "falcon-passport"))
    assert ids(await see(falcons, "/v1/services?connected=true&country=KW")) == []
    assert ids(await see(falcons, "/v1/services?connected=false&q=falcon")) == ["falcon-licence", "falcon-passport"]


@pytest.mark.parametrize("countries", [[], ["BH"]])
async def test_a_lookup_of_what_is_only_listed_is_told_where_to_turn(falcons: House, countries: list[str]) -> None:
    question = json.dumps({"purpose": "self_service", "countries": countries}).encode()
    for language in ("en", "ar"):
        heard = await ask(falcons, question, path="/v1/lookups/falcon-passport", language=language)
        field = "/countries/0" if countries else "/countries"
        check_problem(heard, 422, "service_not_in_country", field, language)
        assert heard.document["page"] == PAGE
        assert PAGE in heard.document["detail"]


async def test_a_state_without_a_page_is_refused_as_before(falcons: House) -> None:
    question = b'{"purpose": "self_service", "countries": ["KW"]}'
    heard = await ask(falcons, question, path="/v1/lookups/traffic-fines")

    check_problem(heard, 422, "service_not_in_country", "/countries/0")
    assert "page" not in heard.document


async def test_an_application_for_what_is_only_listed_is_told_where_to_turn(falcons: House) -> None:
    fields = (await see(falcons, "/v1/services/falcon-licence")).document["inputs"]
    inputs = {name: _sample(fields["properties"][name]) for name in fields["required"]}
    body = {
        "service": "falcon-licence",
        "country": "BH",
        "inputs": inputs,
        "purpose": "service_delivery",
        "draft": True,
    }
    for language in ("en", "ar"):
        sent = json.dumps({**body, "draft": True}).encode()
        key = secrets.token_hex(8)
        heard = await ask(falcons, sent, path="/v1/applications", language=language, Idempotency_Key=key)
        check_problem(heard, 422, "service_not_in_country", "/country", language)
        assert PAGE in heard.document["detail"]


def _sample(field: dict[str, object]) -> object:
    """Something that a field of the branch's registration takes."""
    choices = field.get("enum")
    return choices[0] if isinstance(choices, list) else "12345678"


async def test_linked_data_is_given_to_whoever_asks_for_it(falcons: House) -> None:
    for path in ("/v1/services?limit=2", "/v1/services/falcon-passport"):
        heard = await see(falcons, path, Accept="application/ld+json")
        assert heard.headers["content-type"] == "application/ld+json"
        assert {node["@type"] for node in heard.document["@graph"]} == {"cpsv:PublicService"}
    assert 'rel="next"' in (await see(falcons, "/v1/services?limit=2", Accept="application/ld+json")).headers["link"]


@pytest.mark.parametrize("path", ["/services?q=falcon", "/services/falcon-passport", "/"])
async def test_pages_mark_what_is_only_listed_in_both_languages(falcons: House, path: str) -> None:
    for language, mark in (("en", "not yet through this gateway"), ("ar", "لا تُطلب عبر البوابة بعد")):
        heard = await see(falcons, path, language, Accept="text/html")
        assert heard.status == 200
        assert mark in heard.text
        assert bool(ARABIC.search(heard.text.split("<h1")[1][:60])) == (language == "ar")


async def test_a_page_links_to_the_authoritys_own(falcons: House) -> None:
    text = (await see(falcons, "/services/falcon-passport", Accept="text/html")).text

    assert f'href="{PAGE}" rel="noopener noreferrer external"' in text
    assert "not yet through this gateway" not in (await see(falcons, "/services/traffic-fines", "en")).text


async def test_the_search_page_finds_filters_and_leads_on(falcons: House) -> None:
    found = (await see(falcons, "/services?q=falcon&country=", Accept="text/html")).text
    none = (await see(falcons, "/services?q=unicorn%3Cscript%3E", Accept="text/html")).text
    one = (await see(falcons, "/services?limit=1", Accept="text/html")).text

    assert 'id="falcon-passport"' in found
    assert "traffic-fines" not in found.split("<main")[1]
    assert "No service was found" in none
    assert "<script>" not in none
    assert 'rel="next"' in one


@pytest.mark.parametrize(("path", "status"), [("/services/none", 404), ("/services?country=IQ", 422)])
async def test_a_reader_is_told_what_is_wrong_on_a_page(falcons: House, path: str, status: int) -> None:
    heard = await see(falcons, path, Accept="text/html")

    assert heard.status == status
    assert heard.headers["content-type"].startswith("text/html")
