"""The difference of two versions: each field that changed, where it stands, from what to what, in both languages."""

from copy import deepcopy
from typing import Any

import orjson
import pytest

from gateway.agencies.diff import MOST, SHOWN, VersionDiff, compare
from gateway.i18n import Catalogue
from tests.support.fisheries import SERVICE, definition, plate
from tests.support.registered import submission

WORDS = Catalogue.load()


class Row:
    """A row of ``registry_versions``, as far as it is compared."""

    def __init__(self, version: str, document: bytes) -> None:
        self.adapter_id, self.version, self.document = "om_fish", version, document


def document() -> dict[str, Any]:
    """A version as it is kept."""
    return dict(orjson.loads(submission(plate("https://fish.example"), [definition()]).document))


def diff(before: dict[str, Any], after: dict[str, Any]) -> VersionDiff:
    rows: list[Any] = [Row("1.0.0", orjson.dumps(before)), Row("1.1.0", orjson.dumps(after))]
    return compare(rows[0], rows[1], WORDS.both)


def told(found: VersionDiff) -> list[tuple[str, str, str]]:
    return [(each.group, each.field, each.kind) for each in found.differences]


def test_the_same_is_no_difference() -> None:
    assert told(diff(document(), document())) == []


def test_what_is_added_and_what_is_gone_is_told_so() -> None:
    before, after = document(), document()
    after["definitions"].append({**definition("second-one")})
    after["plate"]["endpoints"] = ["main", "other"]
    del before["plate"]["addresses"]["live"]
    after["plate"]["services"]["second-one"] = {"agency": "om-fisheries", "latency_budget_ms": 5, "map": None}
    before["cases"] = {SERVICE: [{"promise": "One."}, {"promise": "Two."}]}
    after["cases"] = {SERVICE: [{"promise": "Two."}]}

    assert told(diff(before, after)) == [
        ("plate", "/plate/addresses/live", "added"),
        ("plate", "/plate/endpoints", "changed"),
        ("services", "/plate/services/second-one", "added"),
        ("definitions", "/definitions/second-one", "added"),
        ("cases", f"/cases/{SERVICE}/One.", "removed"),
    ]


def test_the_order_of_definitions_and_cases_says_nothing() -> None:
    before = document()
    before["definitions"].append(definition("second-one"))
    before["cases"] = {SERVICE: [{"promise": "One."}, {"promise": "Two."}]}
    after = deepcopy(before)
    after["definitions"].reverse()
    after["cases"][SERVICE].reverse()

    assert told(diff(before, after)) == []


def test_a_difference_is_told_in_words_of_both_languages() -> None:
    after = document()
    after["plate"]["limits"]["timeout_ms"] = 2000

    (found,) = diff(document(), after).differences

    assert found.words.en == "/plate/limits/timeout_ms was changed from 4000 to 2000."
    assert found.words.ar == "تغيّر /plate/limits/timeout_ms من 4000 إلى 2000."


def test_what_is_long_is_cut_short_and_what_is_too_much_is_said_to_be() -> None:
    after = document()
    after["plate"]["protocol"] = "x" * 5000
    (found,) = diff(document(), after).differences
    many = document()
    many["cases"] = {SERVICE: [{"promise": str(number)} for number in range(MOST + 1)]}

    assert found.after is not None
    assert len(found.after) == SHOWN + 1
    assert diff(document(), after).complete
    assert not diff({**document(), "cases": {SERVICE: []}}, many).complete


@pytest.mark.parametrize("text", ["{after}", "{0}", "{before.__class__}", "<script>", "%s"])
def test_what_an_agency_wrote_is_shown_and_not_understood(text: str) -> None:
    after = document()
    after["plate"]["protocol"] = text

    (found,) = diff(document(), after).differences

    assert text in found.words.en
    assert text in found.words.ar
