"""A library that is not ours reads our signatures as we do, and we read those that it makes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    algorithms,
)

from gateway.adapter_host.keys import HeldSigner
from gateway.adapter_host.messages import Answer, Request
from gateway.adapter_host.signatures import ANSWER, FULL_REQUEST, TAG
from tests.support.signing import BODY, QUESTION, Talk, ed25519, p256

KINDS = pytest.mark.parametrize(
    ("make", "algorithm"), [(ed25519, algorithms.ED25519), (p256, algorithms.ECDSA_P256_SHA256)]
)
NAMES = tuple(str(item.value) for item in FULL_REQUEST)


@dataclass
class RequestMessage:
    """A request as the library takes it."""

    headers: dict[str, str]
    method: str
    url: str


@dataclass
class AnswerMessage:
    """An answer likewise."""

    headers: dict[str, str]
    status_code: int
    request: RequestMessage


class OneKey(HTTPSignatureKeyResolver):
    """Knows one key, by whatever name."""

    def __init__(self, signer: HeldSigner) -> None:
        self._private = signer.private

    def resolve_public_key(self, key_id: str) -> Any:
        return self._private.public_key()

    def resolve_private_key(self, key_id: str) -> Any:
        return self._private


def request_of(request: Request) -> RequestMessage:
    return RequestMessage(dict(request.headers), request.method, request.target)


def answer_of(answer: Answer) -> AnswerMessage:
    return AnswerMessage(dict(answer.headers), answer.status, request_of(answer.request))


@pytest.fixture
def present() -> float:
    return datetime.now(UTC).timestamp()


@KINDS
def test_it_takes_what_each_side_signs(make: Callable[[], HeldSigner], algorithm: Any, present: float) -> None:
    """With the components that we say we sign, and none else."""
    talk = Talk(gateway=make(), host=make(), made_at=present)
    request = talk.request()
    answer = talk.answer(request)

    (of_request,) = verifier(algorithm, talk.gateway).verify(
        request_of(request), body=QUESTION, max_age=timedelta(minutes=1)
    )
    (of_answer,) = verifier(algorithm, talk.host).verify(answer_of(answer), body=BODY, max_age=timedelta(minutes=1))

    assert [*of_request.covered_components][:-1] == [f'"{name}"' for name in NAMES]
    assert len(of_answer.covered_components) == len(ANSWER) + 1
    assert of_request.parameters["tag"] == of_answer.parameters["tag"] == TAG


@KINDS
def test_it_refuses_what_was_changed(make: Callable[[], HeldSigner], algorithm: Any, present: float) -> None:
    talk = Talk(gateway=make(), host=make(), made_at=present)
    changed = request_of(talk.request())
    changed.headers["bawaba-deadline-ms"] = "9999"

    with pytest.raises(InvalidSignature):
        verifier(algorithm, talk.gateway).verify(changed, body=QUESTION, max_age=timedelta(minutes=1))


@KINDS
def test_we_take_what_it_signs(make: Callable[[], HeldSigner], algorithm: Any, present: float) -> None:
    talk = Talk(gateway=make(), now=present, made_at=present)
    made = talk.request()
    plain = {name: value for name, value in made.headers.items() if not name.startswith("signature")}
    message = RequestMessage(plain, made.method, made.target)

    HTTPMessageSigner(signature_algorithm=algorithm, key_resolver=OneKey(talk.gateway)).sign(
        message,
        key_id=talk.gateway.kid,
        created=datetime.fromtimestamp(present, UTC),
        nonce="a-nonce-of-its-own",
        label="bawaba",
        tag=TAG,
        covered_component_ids=NAMES,
        body=QUESTION,
        use_existing_digest=True,
    )

    headers = {name.lower(): value for name, value in message.headers.items()}
    talk.takes(Request(made.method, made.target, headers)).check(QUESTION)


def verifier(algorithm: Any, signer: HeldSigner) -> HTTPMessageVerifier:
    return HTTPMessageVerifier(signature_algorithm=algorithm, key_resolver=OneKey(signer))
