"""Only the message that was signed is taken, once, by the key that it names, and nothing that was signed is missing."""

from dataclasses import replace

import pytest

from gateway.adapter_host.messages import content_digest
from gateway.adapter_host.nonces import Nonces, NoncesFull
from gateway.adapter_host.signatures import DEADLINE, LEEWAY, LIFE, SignatureRefused, single
from tests.support.signing import (
    BODY,
    NOW,
    QUESTION,
    Talk,
    described,
    ed25519,
    p256,
    resigned,
    with_headers,
    without_header,
)

REQUEST_COMPONENTS = '("@method" "@target-uri" "content-type" "content-digest" "bawaba-deadline-ms")'
FEWER = REQUEST_COMPONENTS.replace(' "content-digest"', "")
MORE = REQUEST_COMPONENTS.replace(")", ' "date")')


@pytest.fixture
def talk() -> Talk:
    return Talk()


@pytest.mark.parametrize("make", [ed25519, p256])
def test_what_each_side_signs_the_other_takes(make: type) -> None:
    """By keys of both kinds, with a body and without."""
    talk = Talk(gateway=make(), host=make())
    request = talk.request()

    talk.takes(request).check(QUESTION)
    talk.takes(talk.request("/about", body=None), body=False)
    talk.believes(talk.answer(request)).check(BODY)


def test_a_body_that_was_changed_is_refused(talk: Talk) -> None:
    verified = talk.takes(talk.request())

    with pytest.raises(SignatureRefused) as caught:
        verified.check(QUESTION.replace(b"{}", b'{"a":1}'))
    assert caught.value.code == "digest_mismatch"


def test_a_body_that_was_changed_with_its_digest_is_refused(talk: Talk) -> None:
    assert talk.refusal(with_headers(talk.request(), content_digest=content_digest(b"{}"))) == "signature_wrong"


@pytest.mark.parametrize(("header", "value"), [("content_type", "text/plain"), (DEADLINE.replace("-", "_"), "400000")])
def test_a_header_that_was_changed_is_refused(talk: Talk, header: str, value: str) -> None:
    assert talk.refusal(with_headers(talk.request(), **{header: value})) == "signature_wrong"


def test_headers_that_were_exchanged_are_refused(talk: Talk) -> None:
    """Each value was signed under its own name."""
    request = talk.request()
    exchanged = with_headers(
        request, content_type=request.headers["content-digest"], content_digest=request.headers["content-type"]
    )

    assert talk.refusal(exchanged) == "signature_wrong"


@pytest.mark.parametrize(
    "target",
    [
        "https://host.example:8443/lookups/identity-verification",
        "https://host.example:8443/lookups/traffic-fines?",
        "https://host.example:8443/lookups/traffic-fines?x=1",
        "https://other.example:8443/lookups/traffic-fines",
        "http://host.example:8443/lookups/traffic-fines",
        "https://host.example/lookups/traffic-fines",
    ],
)
def test_a_request_to_another_address_is_refused(talk: Talk, target: str) -> None:
    assert talk.refusal(replace(talk.request(), target=target)) == "signature_wrong"


def test_another_method_is_refused(talk: Talk) -> None:
    assert talk.refusal(replace(talk.request(), method="PUT")) == "signature_wrong"


def test_a_request_that_comes_again_is_refused(talk: Talk) -> None:
    request = talk.request()
    talk.takes(request)

    assert talk.refusal(request) == "nonce_replayed"


def test_a_request_is_known_again_for_as_long_as_it_is_good() -> None:
    """From the first moment at which it may be taken, by a clock ahead, to the last."""
    now = NOW
    talk = Talk(now=NOW - LEEWAY, nonces=Nonces(LIFE + 2 * LEEWAY, clock=lambda: now))
    request = talk.request()
    talk.takes(request)
    for talk.now in (NOW, NOW + LIFE, NOW + LIFE + LEEWAY):
        now = talk.now

        assert talk.refusal(request) == "nonce_replayed"


def test_what_a_stranger_sends_is_not_remembered(talk: Talk) -> None:
    """Else whoever saw a nonce could use it up."""
    request = talk.request()
    talk.refusal(with_headers(request, content_type="text/plain"))

    assert len(talk.nonces) == 0
    talk.takes(request)


def test_more_than_can_be_remembered_is_not_taken() -> None:
    talk = Talk(nonces=Nonces(LIFE, most=2))
    for _ in range(2):
        talk.takes(talk.request())

    with pytest.raises(NoncesFull):
        talk.takes(talk.request())


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        (NOW + LIFE + LEEWAY, "taken"),
        (NOW + LIFE + LEEWAY + 1, "signature_old"),
        (NOW - LEEWAY, "taken"),
        (NOW - LEEWAY - 1, "signature_future"),
    ],
)
def test_a_signature_is_good_for_a_minute(moment: float, code: str) -> None:
    """And half a minute more, by which the clocks may differ."""
    talk = Talk(now=moment)
    request = talk.request()

    assert talk.refusal(request) == code
    assert talk.refusal(talk.answer(request)) == code


def test_another_key_is_refused(talk: Talk) -> None:
    """Whether it names itself or the one that is known."""
    request = talk.request()
    stranger = ed25519()
    said = request.headers["signature-input"]

    assert talk.refusal(resigned(talk, request, said, stranger)) == "signature_wrong"
    named = said.replace(talk.gateway.kid, stranger.kid)
    assert talk.refusal(resigned(talk, request, named, stranger)) == "key_unknown"


@pytest.mark.parametrize("alg", ["ecdsa-p256-sha256", "hmac-sha256", "none", ""])
def test_the_algorithm_is_the_keys_and_not_the_messages(talk: Talk, alg: str) -> None:
    request = talk.request()
    lie = request.headers["signature-input"].replace('alg="ed25519"', f'alg="{alg}"')

    assert talk.refusal(resigned(talk, request, lie)) == "signature_algorithm"


@pytest.mark.parametrize(
    "components", [FEWER, MORE, "()", '("@method")', REQUEST_COMPONENTS.replace("@method", "@path")]
)
def test_a_signature_over_other_components_is_refused(talk: Talk, components: str) -> None:
    """Good as a signature, and about less, or about what nobody looks at."""
    request = with_headers(talk.request(), date="Tue, 20 Apr 2021 02:07:55 GMT")
    said = request.headers["signature-input"].replace(REQUEST_COMPONENTS, components)

    assert talk.refusal(resigned(talk, request, said)) == "signature_components"


def test_a_signature_for_a_request_without_a_body_is_none_for_one_with(talk: Talk) -> None:
    assert talk.refusal(talk.request("/about", body=None)) == "signature_components"
    assert talk.refusal(talk.request(), body=False) == "signature_components"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (';tag="bawaba-adapter-1"', ""),
        (";nonce=", ";other="),
        (";created=", ";created1="),
        (';alg="ed25519"', ""),
        (";tag=", ";expires=1795600100;tag="),
        (";keyid=", ";Keyid="),
    ],
)
def test_exactly_the_parameters_are_given(talk: Talk, old: str, new: str) -> None:
    request = talk.request()

    assert talk.refusal(described(request, old, new)) in ("signature_parameters", "signature_malformed")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("bawaba-adapter-1", "bawaba-adapter-2", "signature_tag"),
        (";created=", ";created=-", "signature_old"),
        (";created=1795600000", ';created="1795600000"', "signature_created"),
        (";created=1795600000", ";created", "signature_created"),
    ],
)
def test_a_parameter_of_another_value_is_refused(talk: Talk, old: str, new: str, code: str) -> None:
    request = talk.request()
    said = request.headers["signature-input"].replace(old, new)

    assert talk.refusal(resigned(talk, request, said)) == code


def test_a_nonce_that_is_short_is_refused(talk: Talk) -> None:
    request = talk.request()
    start, _, rest = request.headers["signature-input"].partition(';nonce="')
    said = f'{start};nonce="short{rest[rest.index(chr(34)) :]}'

    assert talk.refusal(resigned(talk, request, said)) == "signature_nonce"


@pytest.mark.parametrize("header", ["signature", "signature-input"])
def test_a_message_without_a_signature_is_refused(talk: Talk, header: str) -> None:
    request = talk.request()

    assert talk.refusal(without_header(request, header)) == "signature_missing"
    assert talk.refusal(without_header(talk.answer(request), header)) == "signature_missing"


def test_two_signatures_are_refused(talk: Talk) -> None:
    """A second label could be the one that somebody else verifies."""
    request = talk.request()
    both = {
        name: f"{request.headers[name]}, other{request.headers[name].removeprefix('bawaba')}"
        for name in ("signature", "signature-input")
    }

    assert talk.refusal(replace(request, headers={**request.headers, **both})) == "signature_label"


def test_a_signature_of_another_label_is_refused(talk: Talk) -> None:
    request = talk.request()
    other = {name: "sig1" + request.headers[name].removeprefix("bawaba") for name in ("signature", "signature-input")}

    assert talk.refusal(replace(request, headers={**request.headers, **other})) == "signature_label"


@pytest.mark.parametrize(
    "name", ["Signature", "signature-input", "Content-Digest", "CONTENT-TYPE", "Bawaba-Deadline-Ms"]
)
def test_a_signed_header_that_stands_twice_is_refused(name: str) -> None:
    with pytest.raises(SignatureRefused) as caught:
        single([(name, "a"), ("accept", "b"), ("accept", "c"), (name.lower(), "a")])
    assert caught.value.code == "header_twice"


@pytest.mark.parametrize("header", ["content-digest", "content-type", DEADLINE])
def test_a_component_that_is_missing_is_refused(talk: Talk, header: str) -> None:
    assert talk.refusal(without_header(talk.request(), header)) == "component_missing"


def test_an_answer_to_another_request_is_refused(talk: Talk) -> None:
    """Even where the two ask the same."""
    one, other = talk.request(), talk.request()

    assert talk.refusal(replace(talk.answer(one), request=other)) == "signature_wrong"


def test_an_answer_of_another_status_is_refused(talk: Talk) -> None:
    answer = talk.answer(talk.request(), status=424)

    assert talk.refusal(replace(answer, status=200)) == "signature_wrong"


def test_an_answer_without_a_digest_is_refused(talk: Talk) -> None:
    assert talk.refusal(without_header(talk.answer(talk.request()), "content-digest")) == "component_missing"


def test_an_answer_with_another_body_is_refused(talk: Talk) -> None:
    verified = talk.believes(talk.answer(talk.request()))

    with pytest.raises(SignatureRefused):
        verified.check(BODY + b" ")


def test_a_request_is_no_answer_and_an_answer_no_request(talk: Talk) -> None:
    """Whoever signs both with one key is not made to say the one by the other."""
    talk = Talk(gateway=talk.gateway, host=talk.gateway)
    request = talk.request()
    mixed = replace(talk.answer(request), headers=request.headers)

    assert talk.refusal(mixed) == "signature_components"
    assert talk.refusal(replace(request, headers=talk.answer(request).headers)) == "signature_components"


def test_a_line_of_the_base_cannot_be_made_by_a_value(talk: Talk) -> None:
    broken = with_headers(talk.request(), content_type='application/json\n"content-digest": x')

    assert talk.refusal(broken) == "component_missing"
