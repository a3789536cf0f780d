"""Whatever is wrong with a question has its own code, is said in both languages, and is sealed as refused."""

import json
from typing import Any

import pytest

from gateway.identity.principal import Assurance
from tests.support.door import CITIZEN, PERSONAS, ask, check_problem, check_refused, entries_about
from tests.support.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

OTHERS_CPR = "900101233"
OVERRIDE, LONE_HALF = "\u202e", "\\ud800"
KUWAITI = next(value for country, value in PERSONAS["resident"].identifiers if country == "KW")
ONE_DIGIT_OFF = KUWAITI[:-1] + str((int(KUWAITI[-1]) + 1) % 10)


def question(**fields: Any) -> bytes:
    """A question that is right but for the fields given."""
    return json.dumps({"purpose": "self_service", **fields}, ensure_ascii=False).encode()


def with_identifier(country: str, value: Any) -> bytes:
    return question(inputs={"identifier": {"country": country, "value": value}})


async def test_the_good_question_is_answered(bahrain: House) -> None:
    heard = await ask(bahrain, question())

    assert heard.status == 200
    assert [answer["status"] for answer in heard.document["answers"]] == ["ok"]


@pytest.mark.parametrize("name", ["nothing", "Traffic-Fines", "%c0%af", "..%2ftraffic-fines", "%d9%85"])
async def test_an_unknown_service_is_not_found(bahrain: House, name: str) -> None:
    kept = await check_refused(bahrain, question(), 404, "unknown_service", path=f"/v1/lookups/{name}")

    assert {entry["service"] for entry in kept} == {"unknown"}


@pytest.mark.parametrize("country", ["XX", "bh", "BHR", "", "KSA"])
async def test_an_unknown_state_is_named_by_its_place(bahrain: House, country: str) -> None:
    await check_refused(bahrain, question(countries=["BH", country]), 422, "unknown_country", "/countries/1")


async def test_a_state_that_does_not_offer_the_service_says_so(bahrain: House) -> None:
    await check_refused(bahrain, question(countries=["KW"]), 422, "service_not_in_country", "/countries/0")


@pytest.mark.parametrize(("country", "value"), [("BH", "12"), ("BH", "0101234567"), ("BH", "01012345x"), ("QA", "1")])
async def test_a_malformed_identifier_is_refused(bahrain: House, country: str, value: str) -> None:
    kept = await check_refused(
        bahrain, with_identifier(country, value), 422, "identifier_format", "/inputs/identifier/value"
    )

    assert all(f'"{value}"' not in json.dumps(entry) for entry in kept)


@pytest.mark.parametrize(("country", "value"), [("KW", ONE_DIGIT_OFF), ("SA", "1000000009")])
async def test_a_wrong_check_digit_has_a_code_of_its_own(bahrain: House, country: str, value: str) -> None:
    kept = await check_refused(
        bahrain, with_identifier(country, value), 422, "identifier_check_digit", "/inputs/identifier/value"
    )

    assert all(value not in json.dumps(entry) for entry in kept)


@pytest.mark.parametrize(("country", "value"), [("BH", OTHERS_CPR), ("KW", KUWAITI)])
async def test_somebody_elses_identifier_is_refused(bahrain: House, country: str, value: str) -> None:
    """Whether that person exists makes no difference to the answer."""
    kept = await check_refused(
        bahrain, with_identifier(country, value), 403, "not_your_identifier", "/inputs/identifier"
    )

    assert all(value not in json.dumps(entry) for entry in kept)


@pytest.mark.parametrize("body", [b"{}", b'{"purpose": null}', b'{"purpose": ""}', b'{"purpose": "  "}'])
async def test_a_missing_purpose_is_asked_for(bahrain: House, body: bytes) -> None:
    await check_refused(bahrain, body, 422, "purpose_missing", "/purpose")


@pytest.mark.parametrize("purpose", ["curiosity", "SELF_SERVICE", "self_service'; --", "a" * 60_000])
async def test_an_unknown_purpose_is_refused(bahrain: House, purpose: str) -> None:
    kept = await check_refused(bahrain, question(purpose=purpose), 422, "unknown_purpose", "/purpose")

    assert all(purpose not in json.dumps(entry) for entry in kept)


@pytest.mark.parametrize("purpose", ["statistics", "due_diligence"])
async def test_a_purpose_that_the_service_does_not_serve_is_refused(bahrain: House, purpose: str) -> None:
    await check_refused(bahrain, question(purpose=purpose), 403, "purpose_not_allowed", "/purpose")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"purpose": "self_service", "status": "paid"}', "/status"),
        (b'{"purpose": "self_service", "owner": "me"}', "/owner"),
        (b'{"purpose": "self_service", "inputs": {"id": 1}}', "/inputs/id"),
        (b'{"purpose": "self_service", "inputs": {"identifier": {"country": "BH", "value": "1", "x": 1}}}',
         "/inputs/identifier/x"),
        (b'{"purpose": "self_service", "a/b~c": 1}', "/a~1b~0c"),
        (question(**{"n" * 1000: 1}), ""),
    ],
)  # fmt: skip
async def test_an_unknown_field_is_named(bahrain: House, body: bytes, field: str) -> None:
    await check_refused(bahrain, body, 422, "field_unknown", field)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"purpose": 3}, "/purpose"),
        ({"purpose": ["self_service"]}, "/purpose"),
        ({"purpose": False}, "/purpose"),
        ({"countries": "BH"}, "/countries"),
        ({"countries": 0}, "/countries"),
        ({"countries": {}}, "/countries"),
        ({"countries": None}, "/countries"),
        ({"countries": [1]}, "/countries/0"),
        ({"countries": ["BH", ["BH"]]}, "/countries/1"),
        ({"inputs": []}, "/inputs"),
        ({"inputs": None}, "/inputs"),
        ({"inputs": "{}"}, "/inputs"),
        ({"inputs": {"identifier": 3}}, "/inputs/identifier"),
        ({"inputs": {"identifier": None}}, "/inputs/identifier"),
        ({"inputs": {"since": 20240101}}, "/inputs/since"),
        ({"inputs": {"identifier": {"country": "BH", "value": 10345570}}}, "/inputs/identifier/value"),
    ],
)
async def test_a_wrong_type_is_named(bahrain: House, fields: dict[str, Any], field: str) -> None:
    await check_refused(bahrain, question(**fields), 422, "field_type", field)


@pytest.mark.parametrize(
    ("inputs", "code", "field"),
    [
        ({"since": "2024-02-30"}, "field_format", "/inputs/since"),
        ({"since": "yesterday"}, "field_format", "/inputs/since"),
        ({"status": "forgotten"}, "field_choice", "/inputs/status"),
        ({"identifier": {"country": "XX", "value": "1"}}, "field_choice", "/inputs/identifier/country"),
        ({"identifier": {"country": "BH"}}, "field_missing", "/inputs/identifier/value"),
    ],
)
async def test_a_wrong_value_is_named(bahrain: House, inputs: dict[str, Any], code: str, field: str) -> None:
    await check_refused(bahrain, question(inputs=inputs), 422, code, field)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (question(purpose=f"self_{OVERRIDE}service"), "/purpose"),
        (question(countries=[f"{OVERRIDE}BH"]), "/countries/0"),
        (question(inputs={"since": f"2024-01-0{OVERRIDE}1"}), "/inputs/since"),
        (
            question(inputs={"identifier": {"country": "BH", "value": f"\u2067{OTHERS_CPR}"}}),
            "/inputs/identifier/value",
        ),
        (question(inputs={f"{OVERRIDE}since": "2024-01-01"}), "/inputs"),
        (question(**{f"{OVERRIDE}purpose": "x"}), ""),
        (question(purpose="self_service\x00"), "/purpose"),
        (question(**{"a\nb": 1}), ""),
    ],
)
async def test_marks_of_direction_and_controls_are_refused_where_they_stand(
    bahrain: House, body: bytes, field: str
) -> None:
    await check_refused(bahrain, body, 400, "bad_text", field)


@pytest.mark.parametrize(
    "body",
    [
        f'{{"purpose": "{LONE_HALF}"}}'.encode(),
        f'{{"purpose": "self_service", "inputs": {{"since": "{LONE_HALF}"}}}}'.encode(),
        f'{{"purpose": "self_service", "{LONE_HALF}": 1}}'.encode(),
        b'{"purpose": "\xed\xa0\x80"}',
        b'{"purpose": "\xff"}',
        b'{"purpose": "\xc0\xaf"}',
    ],
)
async def test_half_a_character_is_no_text(bahrain: House, body: bytes) -> None:
    await check_refused(bahrain, body, 400, "bad_text")


@pytest.mark.parametrize("zero", ["\u0660", "\u06f0"], ids=["arabic-indic", "extended"])
async def test_arabic_digits_are_taken_for_what_they_say(bahrain: House, zero: str) -> None:
    folded = str.maketrans("0123456789", "".join(chr(ord(zero) + digit) for digit in range(10)))
    identifier = {"country": "BH", "value": CITIZEN.identifiers[0][1].translate(folded)}
    inputs = {"identifier": identifier, "since": "2020-01-01".translate(folded)}

    heard = await ask(bahrain, question(inputs=inputs))

    assert heard.status == 200
    (answer,) = heard.document["answers"]
    plain = await ask(bahrain, question(inputs={"since": "2020-01-01"}))
    assert [record["reference"] for record in answer["records"]] == [
        record["reference"] for record in plain.document["answers"][0]["records"]
    ]


async def test_a_level_of_assurance_that_is_too_low_is_told_with_the_one_needed(bahrain: House) -> None:
    token = bahrain.token(*CITIZEN.identifiers, assurance=Assurance.LOW)

    await check_refused(bahrain, question(), 401, "insufficient_user_authentication", token=token)

    heard = await ask(bahrain, question(), token=token)
    assert 'error="insufficient_user_authentication"' in heard.headers["www-authenticate"]


async def test_a_token_without_the_scope_is_told_which_one(bahrain: House) -> None:
    token = bahrain.token(*CITIZEN.identifiers, scopes=("lookups:pension-contributions",))

    await check_refused(bahrain, question(), 403, "insufficient_scope", token=token)

    heard = await ask(bahrain, question(), token=token)
    assert 'error="insufficient_scope"' in heard.headers["www-authenticate"]


async def test_a_language_that_is_not_spoken_here_gets_arabic(bahrain: House) -> None:
    heard = await ask(bahrain, b"{}", language="fr-FR, *;q=0.1")

    check_problem(heard, 422, "purpose_missing", "/purpose", "ar")
    assert len(await entries_about(bahrain, heard.document["request_id"])) == 1
