"""An answer in plain JSON is read member by member, and its words are plain or nothing."""

import pytest
from structlog.testing import capture_logs

from gateway.errors import BackendDown, BackendGarbled, ConfigurationError
from gateway.identity.providers.answers import believed, option, plain, read_answer
from gateway.sdk.gate import Response
from tests.support.attempts import plate


def test_an_object_is_read_with_its_status() -> None:
    answer = read_answer(Response(201, {}, b'{"a": "b"}'))

    assert (answer.status, answer.members) == (201, {"a": "b"})


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b'{"a": 1, "a": 2}', b'{"a": [[[[1]]]]}', b"\xff"])
def test_a_success_that_is_not_one_plain_object_is_garbled(body: bytes) -> None:
    with pytest.raises(BackendGarbled):
        read_answer(Response(200, {}, body))


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>No</html>", b'{"error": 1, "error": 2}'])
def test_a_refusal_is_told_by_its_status_whatever_is_around_it(body: bytes) -> None:
    answer = read_answer(Response(403, {}, body))

    assert (answer.status, answer.members) == (403, {})


@pytest.mark.parametrize("status", [500, 501, 599])
def test_a_failure_of_the_provider_s_own_is_an_outage(status: int) -> None:
    with pytest.raises(BackendDown):
        read_answer(Response(status, {}, b'{"status": "COMPLETED"}'))


@pytest.mark.parametrize(("value", "text"), [("a", "a"), (" a b  ", "a b"), ("x" * 255, "x" * 255)])
def test_plain_text_is_trimmed(value: str, text: str) -> None:
    assert plain(value) == text


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        True,
        ["a"],
        {"a": "b"},
        "",
        "   ",
        "null",
        "NULL ",
        "x" * 256,
        "a\u202eb",
        "a\nb",
        "\ta",
        "é",
        "\x00",
        "٤",
    ],
)
def test_whatever_is_not_plain_text_is_nothing(value: object) -> None:
    assert plain(value) == ""


def test_only_the_claims_that_the_plate_accepts_are_read_and_strange_ones_are_counted_without_their_names() -> None:
    claims = {"sub": "1", "fullnameEN": "x", "<script>": "y", "surprise": "z"}

    with capture_logs() as lines:
        read = believed(plate("ae-uaepass"), claims)

    assert read == {"sub": "1"}
    assert lines == [{"event": "provider.claims_unknown", "provider": "ae-uaepass", "claims": 2, "log_level": "info"}]


def test_an_option_that_is_missing_is_named() -> None:
    assert option(plate("sa-nafath"), "service") == "Login"
    with pytest.raises(ConfigurationError) as problem:
        option(plate("sa-nafath"), "colour")

    assert problem.value.field == "providers.sa-nafath: options.colour"
