"""Who applies by the front door is answered once, sees only their own, and is told what is wrong in their language."""

import asyncio
import json
import secrets
from typing import Any

import pytest

from gateway.app import now
from gateway.identity.principal import Assurance
from gateway.identity.tokens import Holder
from gateway.schema import Country, NationalIdentifier
from gateway.sdk.sandbox import Orders
from gateway.sdk.sandbox.papers import paper
from gateway.web.idempotency import HEADER, REPLAYED
from tests.support.door import ARABIC, CITIZEN, Heard, ask, check_problem, citizen_token, entries_about
from tests.support.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATH = "/v1/applications"
WANTED: dict[str, Any] = {
    "service": "residence-certificate",
    "country": "BH",
    "inputs": {"use": "bank", "certificate_language": "ar"},
    "purpose": "service_delivery",
}


def changed(**fields: Any) -> dict[str, Any]:
    """The application with other fields; one that is ``None`` is left out."""
    return {name: value for name, value in {**WANTED, **fields}.items() if value is not None}


async def apply(house: House, body: Any = None, key: str | None = None, **how: Any) -> Heard:
    headers = {} if key == "" else {"Idempotency_Key": key or secrets.token_hex(8)}
    sent = body if isinstance(body, bytes) else json.dumps(WANTED if body is None else body).encode()
    return await ask(house, sent, path=PATH, **{**headers, **how})


async def see(house: House, path: str, **how: Any) -> Heard:
    return await ask(house, None, method="GET", path=path, **how)


def stranger(house: House) -> str:
    """A token of another citizen of Bahrain."""
    known = CITIZEN.identifiers[0][1]
    people = house.sandboxes["bahrain"].population.people
    other = next(each for each in people if each.home is Country.BH and each.identifier != known)
    held = {Country.BH: NationalIdentifier.parse(Country.BH, other.identifier, today=now().date())}
    holder = Holder("person-other", held, Country.BH, Assurance.HIGH)
    return house.mint.mint(holder, client="tests", scopes=["applications"])


async def test_an_application_has_an_address_and_a_receipt(bahrain: House) -> None:
    heard = await apply(bahrain)

    document = heard.document
    assert (heard.status, document["status"]) == (201, "submitted")
    assert heard.headers["location"] == f"{PATH}/{document['id']}"
    (entry,) = await entries_about(bahrain, heard.headers["x-request-id"])
    assert (entry["step"], entry["application"], entry["outcome"]) == ("apply", document["id"], "ok")
    receipt = await see(bahrain, f"/v1/receipts/{document['receipt']}")
    assert receipt.status == 200


async def test_the_same_key_is_answered_as_before(bahrain: House) -> None:
    first = await apply(bahrain, key="the-same-key")

    second = await apply(bahrain, key="the-same-key")

    assert (second.status, second.text) == (201, first.text)
    assert (REPLAYED.lower() in first.headers, second.headers[REPLAYED.lower()]) == (False, "true")
    assert second.headers["location"] == first.headers["location"]


async def test_the_same_key_is_answered_as_before_in_whatever_language_it_is_asked(bahrain: House) -> None:
    first = await apply(bahrain, key="of-two-languages", language="ar")

    second = await apply(bahrain, key="of-two-languages", language="en")

    assert (second.status, second.text) == (201, first.text)


async def test_the_same_key_with_another_request_is_refused(bahrain: House) -> None:
    await apply(bahrain, key="another-request")

    for language in ("en", "ar"):
        other = changed(inputs={"use": "school", "certificate_language": "ar"})
        heard = await apply(bahrain, other, key="another-request", language=language)
        check_problem(heard, 422, "idempotency_key_reused", HEADER, language)


async def test_fifty_requests_at_once_with_one_key_make_one_application(bahrain: House) -> None:
    before = len((await see(bahrain, f"{PATH}?limit=100")).document["applications"])

    answers = await asyncio.gather(*(apply(bahrain, key="fifty-at-once") for _ in range(50)))

    assert {answer.status for answer in answers} == {201}
    assert len({answer.document["id"] for answer in answers}) == 1
    assert len((await see(bahrain, f"{PATH}?limit=100")).document["applications"]) == before + 1


@pytest.mark.parametrize(("key", "code"), [("", "idempotency_key_missing"), ("short", "idempotency_key_format")])
async def test_a_request_without_a_key_makes_nothing(bahrain: House, key: str, code: str) -> None:
    for language in ("en", "ar"):
        check_problem(await apply(bahrain, key=key, language=language), 400, code, HEADER, language)


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        (changed(service="no-such-service"), 404, "unknown_service", None),
        (changed(service="traffic-fines"), 404, "unknown_service", None),
        (changed(service=None), 422, "field_missing", "/service"),
        (changed(service=7), 422, "field_type", "/service"),
        (changed(country=None), 422, "field_missing", "/country"),
        (changed(country="IQ"), 422, "unknown_country", "/country"),
        (changed(country="bh"), 422, "unknown_country", "/country"),
        (changed(country="KW"), 422, "service_not_in_country", "/country"),
        (changed(purpose=None), 422, "purpose_missing", "/purpose"),
        (changed(purpose="statistics"), 403, "purpose_not_allowed", "/purpose"),
        (changed(purpose="gossip"), 422, "unknown_purpose", "/purpose"),
        (changed(inputs={"use": "bank"}), 422, "field_missing", "/inputs/certificate_language"),
        (changed(inputs={"use": "gold", "certificate_language": "ar"}), 422, "field_choice", "/inputs/use"),
        (changed(inputs={"use": 1.5, "certificate_language": "ar"}), 422, "field_type", "/inputs/use"),
        (changed(inputs=[]), 422, "field_type", "/inputs"),
        (changed(inputs={**WANTED["inputs"], "x": 1}), 422, "field_unknown", "/inputs/x"),
        (changed(draft="yes"), 422, "field_type", "/draft"),
        (changed(language="fr"), 422, "field_choice", "/language"),
        (changed(status="approved"), 422, "field_unknown", "/status"),
        (changed(id="x"), 422, "field_unknown", "/id"),
        (changed(person="somebody"), 422, "field_unknown", "/person"),
        (b"{", 400, "malformed_json", None),
        (b"[]", 400, "json_not_object", None),
        (b'{"service": "a", "service": "b"}', 400, "duplicate_key", None),
        (b'{"service": "\\ud800"}', 400, "bad_text", None),
        (b'{"service":' + b"[" * 10_000 + b"]" * 10_000 + b"}", 400, "json_too_deep", None),
    ],
)
async def test_what_is_wrong_is_said_with_its_field(
    bahrain: House, body: Any, status: int, code: str, field: str | None
) -> None:
    for language in ("en", "ar"):
        check_problem(await apply(bahrain, body, language=language), status, code, field, language)


async def test_digits_are_folded_wherever_they_come_from(bahrain: House) -> None:
    wanted = changed(service="fine-settlement", inputs={"fine_reference": "٠١٢٣٤٥٦٧"})

    heard = await apply(bahrain, wanted)

    assert heard.status == 201


async def test_a_service_that_needs_a_file_is_applied_for_as_a_draft(bahrain: House) -> None:
    inputs = {
        "institution": "University of Bahrain",
        "institution_country": "BH",
        "degree": "bachelor",
        "field_of_study": "Civil engineering",
        "graduated_on": "2020-06-30",
    }
    wanted = changed(service="certificate-equivalence", inputs=inputs)

    refused = await apply(bahrain, wanted)
    drafted = await apply(bahrain, {**wanted, "draft": True})
    path = f"{PATH}/{drafted.document['id']}/actions"
    hurried = await ask(bahrain, b'{"kind": "submit"}', path=path, Idempotency_Key="submit-too-early")

    check_problem(refused, 422, "attachment_missing", "/attachments/certificate")
    assert (drafted.status, drafted.document["status"]) == (201, "draft")
    assert drafted.document["actions"] == ["submit", "withdraw"]
    check_problem(hurried, 422, "attachment_missing", "/attachments/certificate")


async def test_an_application_is_its_applicants_alone(bahrain: House) -> None:
    document = (await apply(bahrain)).document
    path, other = f"{PATH}/{document['id']}", stranger(bahrain)

    for name in (path, f"{PATH}/aaaaaaaaaaaaaaaa", f"{PATH}/1", f"{path}%2f", f"{path}.json"):
        check_problem(await see(bahrain, name, token=other), 404, "not_found")
    act = await ask(
        bahrain, b'{"kind": "withdraw"}', path=f"{path}/actions", token=other, Idempotency_Key="not-mine-at-all"
    )
    check_problem(act, 404, "not_found")
    assert (await see(bahrain, PATH, token=other)).document == {"applications": [], "next": None}
    assert (await see(bahrain, path)).document["id"] == document["id"]


async def test_without_the_scope_nothing_is_shown_or_taken(bahrain: House) -> None:
    token = bahrain.token(*CITIZEN.identifiers, scopes=["lookups"])

    for heard in (await apply(bahrain, token=token), await see(bahrain, PATH, token=token)):
        check_problem(heard, 403, "insufficient_scope")


async def test_a_stranger_is_turned_away(bahrain: House) -> None:
    for heard in (
        await apply(bahrain, token=None),
        await see(bahrain, PATH, token=None),
        await see(bahrain, f"{PATH}/aaaaaaaaaaaaaaaa", token=None),
    ):
        check_problem(heard, 401, "token_missing")


async def test_pages_follow_each_other_without_a_gap(bahrain: House) -> None:
    made = [(await apply(bahrain)).document["id"] for _ in range(5)]
    seen: list[str] = []
    cursor = ""
    for _ in range(50):
        page = (await see(bahrain, f"{PATH}?limit=2{cursor}")).document
        seen += [each["id"] for each in page["applications"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"

    assert seen[:5] == made[::-1]
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ("country=IQ", "unknown_country", "?country"),
        ("status=lost", "field_choice", "?status"),
        ("limit=0", "field_out_of_range", "?limit"),
        ("limit=101", "field_out_of_range", "?limit"),
        ("limit=-1", "field_out_of_range", "?limit"),
        ("limit=many", "field_out_of_range", "?limit"),
        ("cursor=!!", "unknown_cursor", "?cursor"),
        ("cursor=AAAA", "unknown_cursor", "?cursor"),
    ],
)
async def test_a_filter_that_means_nothing_is_refused(bahrain: House, query: str, code: str, field: str) -> None:
    for language in ("en", "ar"):
        check_problem(await see(bahrain, f"{PATH}?{query}", language=language), 422, code, field, language)


async def test_filters_choose(bahrain: House) -> None:
    bahrain.sandboxes["bahrain"].desk.orders = Orders(course="stall", pace=0.05)
    fine = changed(service="fine-settlement", inputs={"fine_reference": "BH-1"})
    key = (await apply(bahrain, fine)).document["id"]

    found = {
        query: [each["id"] for each in (await see(bahrain, f"{PATH}?limit=100&{query}")).document["applications"]]
        for query in ("service=fine-settlement", "service=pension-extension", "country=BH", "country=OM")
    }

    assert key in found["service=fine-settlement"]
    assert key in found["country=BH"]
    assert (found["service=pension-extension"], found["country=OM"]) == ([], [])


async def test_an_action_is_taken_once_and_answered_again(bahrain: House) -> None:
    bahrain.sandboxes["bahrain"].desk.orders = Orders(course="stall", pace=0.05)
    key = (await apply(bahrain)).document["id"]
    path = f"{PATH}/{key}/actions"

    first = await ask(bahrain, b'{"kind": "withdraw"}', path=path, Idempotency_Key=f"withdraw-{key}")
    again = await ask(bahrain, b'{"kind": "withdraw"}', path=path, Idempotency_Key=f"withdraw-{key}")
    anew = await ask(bahrain, b'{"kind": "withdraw"}', path=path, Idempotency_Key=f"once-more-{key}")

    assert (first.status, again.text) == (200, first.text)
    check_problem(anew, 409, "action_not_possible", "/kind")


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({}, 422, "field_missing", "/kind"),
        ({"kind": "bribe"}, 422, "field_choice", "/kind"),
        ({"kind": "supply", "values": {"a": 1}}, 422, "field_type", "/values/a"),
        ({"kind": "supply", "values": {}}, 409, "action_not_possible", "/kind"),
        ({"kind": "confirm_payment"}, 409, "action_not_possible", "/kind"),
        ({"kind": "withdraw", "status": "approved"}, 422, "field_unknown", "/status"),
    ],
)
async def test_an_action_that_is_none_is_refused(
    bahrain: House, body: dict[str, Any], status: int, code: str, field: str
) -> None:
    bahrain.sandboxes["bahrain"].desk.orders = Orders(course="stall", pace=0.05)
    key = (await apply(bahrain)).document["id"]

    for language in ("en", "ar"):
        heard = await ask(
            bahrain,
            json.dumps(body).encode(),
            path=f"{PATH}/{key}/actions",
            language=language,
            Idempotency_Key=secrets.token_hex(8),
        )
        check_problem(heard, status, code, field, language)


async def test_nothing_private_is_kept_by_who_stands_between(bahrain: House) -> None:
    key = (await apply(bahrain)).document["id"]

    for heard in (await see(bahrain, PATH), await see(bahrain, f"{PATH}/{key}")):
        assert heard.headers["cache-control"] == "no-store"


async def test_a_person_chooses_how_to_be_told_and_sees_what_they_were_told(bahrain: House) -> None:
    path = "/v1/me/notice-choices"
    chosen = {"channel": "webhook", "language": "ar", "target": "https://hooks.example.com/in"}

    kept = await ask(bahrain, json.dumps(chosen).encode(), method="PUT", path=path)
    shown = await see(bahrain, path)
    key = (await apply(bahrain)).document["id"]
    told = {language: await see(bahrain, "/v1/me/notices", language=language) for language in ("ar", "en")}
    gone = await ask(bahrain, None, method="DELETE", path=f"{path}?channel=webhook")
    again = await ask(bahrain, None, method="DELETE", path=f"{path}?channel=webhook")

    assert kept.document["secret"].startswith("whsec_")
    assert shown.document["choices"] == [{"service": "", **chosen}]
    assert shown.document["channels"] == ["webhook"]
    arabic, english = (
        next(each for each in heard.document["notices"] if (each["application"], each["kind"]) == (key, "submitted"))
        for heard in told.values()
    )
    assert (arabic["read"], english["read"]) == (False, False)
    assert ARABIC.search(arabic["text"])
    assert not ARABIC.search(english["text"])
    assert gone.document["choices"] == []
    check_problem(again, 404, "not_found")


async def test_a_notice_is_read_when_somebody_says_so(bahrain: House) -> None:
    key = (await apply(bahrain)).document["id"]

    async def listed() -> dict[str, Any]:
        found = (await see(bahrain, "/v1/me/notices")).document["notices"]
        return next(each for each in found if (each["application"], each["kind"]) == (key, "submitted"))

    unread = [await listed() for _ in range(2)]
    path = f"/v1/me/notices/{unread[0]['id']}/read"
    read = [await ask(bahrain, None, method="POST", path=path) for _ in range(2)]
    nobodys = await ask(bahrain, None, method="POST", path=f"/v1/me/notices/{'0' * 32}/read")

    assert [each["read"] for each in unread] == [False, False]
    assert [(each.status, each.document) for each in read] == [(200, {**unread[0], "read": True})] * 2
    assert await listed() == read[0].document
    check_problem(nobodys, 404, "not_found")


@pytest.mark.parametrize(
    ("changes", "status", "code", "field"),
    [
        ({"channel": "pigeon"}, 422, "field_choice", "/channel"),
        ({"channel": "email"}, 422, "field_choice", "/channel"),
        ({"language": "fr"}, 422, "field_choice", "/language"),
        ({"target": "http://hooks.example.com/in"}, 422, "address_refused", "/target"),
        ({"target": "https://169.254.169.254/latest"}, 422, "address_refused", "/target"),
        ({"service": "traffic-fines"}, 404, "unknown_service", None),
        ({"secret": "mine"}, 422, "field_unknown", "/secret"),
    ],
)
async def test_a_choice_that_is_none_is_refused(
    bahrain: House, changes: dict[str, Any], status: int, code: str, field: str | None
) -> None:
    chosen = {"channel": "webhook", "language": "ar", "target": "https://hooks.example.com/in", **changes}

    for language in ("en", "ar"):
        heard = await ask(
            bahrain, json.dumps(chosen).encode(), method="PUT", path="/v1/me/notice-choices", language=language
        )
        check_problem(heard, status, code, field, language)


async def test_no_number_of_the_person_is_in_an_answer(bahrain: House) -> None:
    heard = await apply(bahrain)

    assert CITIZEN.identifiers[0][1] not in heard.text
    assert citizen_token(bahrain) not in heard.text


async def test_a_draft_shows_which_files_have_arrived(bahrain: House) -> None:
    inputs = {
        "institution": "University of Bahrain",
        "institution_country": "BH",
        "degree": "bachelor",
        "field_of_study": "Civil engineering",
        "graduated_on": "2020-06-30",
    }
    drafted = await apply(bahrain, changed(service="certificate-equivalence", inputs=inputs, draft=True))
    path = f"{PATH}/{drafted.document['id']}"

    sent = await ask(
        bahrain, paper("Certificate", ["Invented."]), method="PUT", path=f"{path}/documents/certificate",
        Content_Type="application/pdf",
    )  # fmt: skip

    assert sent.status < 300, sent.text
    assert drafted.document["attached"] == []
    assert (await see(bahrain, path)).document["attached"] == ["certificate"]
