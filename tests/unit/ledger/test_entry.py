"""Promises of an entry: a closed form for every part, one way to write it, and nobody in it."""

from datetime import datetime, timedelta, timezone
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway.ledger.archive import read_entry
from gateway.ledger.batch import Draft, leaf_body, microseconds, moment
from gateway.ledger.commitments import commit, opens, pseudonym, salt_digest
from gateway.ledger.entry import Entry
from gateway.schema.answer import Outcome
from tests.support.ledgers import NOON, entry

KEY = b"k" * 32
SALT = b"s" * 32
IDENTIFIER = "282010112345"
WHOLE: dict[str, Any] = entry().__dict__ | {
    "subject": pseudonym(KEY, IDENTIFIER),
    "code": "backend_late",
    "ask_digest": commit(SALT, b"ask"),
    "answer_digest": commit(SALT, b"answer"),
}


def test_an_entry_is_written_with_sorted_keys_no_blanks_and_no_nulls() -> None:
    written = Entry(at=NOON, request_id="r", service="traffic-fines", outcome=Outcome("none")).canonical()

    assert written == (
        b'{"at":"2026-01-02T12:00:00.250000Z","outcome":"none","request_id":"r","service":"traffic-fines","took_ms":0}'
    )


def test_a_whole_entry_is_read_back_from_its_leaf() -> None:
    whole = Entry(**WHOLE)
    draft = Draft("id", "owner", SALT, whole.canonical())

    assert read_entry(leaf_body(draft, 7, NOON)) == whole


def test_a_leaf_says_all_that_stands_beside_it() -> None:
    leaf = orjson.loads(leaf_body(Draft("id", "owner", SALT, b"{}"), 7, NOON))

    assert leaf == {
        "entry": {},
        "id": "id",
        "index": 7,
        "owner": "owner",
        "salt_digest": salt_digest(SALT),
        "sealed_at": "2026-01-02T12:00:00.250000Z",
        "version": 1,
    }


def test_a_moment_is_kept_in_universal_time_whatever_zone_it_came_in() -> None:
    in_muscat = NOON.astimezone(timezone(timedelta(hours=4)))

    assert Entry(**WHOLE | {"at": in_muscat}).canonical() == Entry(**WHOLE).canonical()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("subject", IDENTIFIER),
        ("subject", "Aisha"),
        ("request_id", "two words"),
        ("request_id", ""),
        ("service", "Traffic Fines"),
        ("purpose", "for +965 5000 0000"),
        ("client", "a" * 129),
        ("client", "somebody@mail.example"),
        ("code", "It failed for 282010112345"),
        ("adapter", "kuwait"),
        ("assurance", "very high"),
        ("ask_digest", "282010112345"),
        ("answer_digest", "x" * 44),
        ("took_ms", -1),
        ("at", datetime(2026, 1, 2)),  # noqa: DTZ001 - without a zone is what is refused
        ("country", "IR"),
        ("name", "Aisha"),
    ],
)
def test_what_has_not_its_closed_form_is_refused(name: str, value: object) -> None:
    with pytest.raises(ValidationError):
        Entry(**WHOLE | {name: value})


def test_an_entry_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        entry().service = "other"  # type: ignore[misc] # that it is refused is the promise


def test_a_pseudonym_is_always_the_same_and_says_nothing_without_the_key() -> None:
    assert pseudonym(KEY, IDENTIFIER) == pseudonym(KEY, IDENTIFIER)
    assert pseudonym(KEY, IDENTIFIER) != pseudonym(b"o" * 32, IDENTIFIER)
    assert pseudonym(KEY, IDENTIFIER) != pseudonym(KEY, IDENTIFIER[:-1] + "6")


def test_a_commitment_opens_with_its_own_salt_and_data_only() -> None:
    commitment = commit(SALT, b"answer")

    assert opens(SALT, b"answer", commitment)
    assert not opens(SALT, b"other", commitment)
    assert not opens(b"o" * 32, b"answer", commitment)


@given(stamp=st.integers(0, 10**16))
def test_a_moment_is_stored_to_the_microsecond(stamp: int) -> None:
    assert microseconds(moment(stamp)) == stamp
