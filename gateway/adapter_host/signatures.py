"""How the two sides sign and verify (RFC 9421): exactly these components, by exactly these parameters, once."""

import hmac
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.adapter_host.fields import InnerList, Item, MalformedField, parse_dictionary, write_inner_list, write_item
from gateway.adapter_host.keys import Keys, Signer
from gateway.adapter_host.messages import Answer, MissingComponent, Request, content_digest, signature_base
from gateway.adapter_host.nonces import Nonces

LABEL: Final = "bawaba"
TAG: Final = "bawaba-adapter-1"
"""Says what the signature is for: one that was made for anything else is worth nothing here."""

DEADLINE: Final = "bawaba-deadline-ms"
LIFE: Final = 60
"""Seconds for which a signature is good."""
LEEWAY: Final = 30
"""Seconds by which the clocks of the two sides may differ."""
REMEMBERED: Final = LIFE + 2 * LEEWAY
"""Seconds between the first and the last moment at which one message may be taken."""

_REQUEST_LINE: Final = (Item("@method"), Item("@target-uri"))
_BODY: Final = (Item("content-type"), Item("content-digest"))
BARE_REQUEST: Final = (*_REQUEST_LINE, Item(DEADLINE))
FULL_REQUEST: Final = (*_REQUEST_LINE, *_BODY, Item(DEADLINE))
ANSWER: Final = (
    Item("@status"),
    *_BODY,
    Item("@method", (("req", True),)),
    Item("@target-uri", (("req", True),)),
    Item("signature", (("req", True),)),
)

_SIGNED: Final = frozenset({"signature", "signature-input", "content-type", "content-digest", DEADLINE})
_OF_REQUESTS: Final = frozenset({"created", "nonce", "keyid", "alg", "tag"})
_OF_ANSWERS: Final = _OF_REQUESTS - {"nonce"}
_NONCE_BYTES: Final = 18
_SHORTEST_NONCE: Final = 16
_LONGEST_NONCE: Final = 128


class SignatureRefused(ValueError):
    """The message is not taken; ``code`` says why, and the words say what came and what was expected."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


@dataclass(frozen=True, slots=True)
class Verified:
    """Who signed and when, and the digest that the body must have (``None`` where the message has no body)."""

    keyid: str
    created: int
    digest: str | None

    def check(self, body: bytes) -> None:
        """Raises ``SignatureRefused`` unless ``body`` is what was signed."""
        self.check_digest(content_digest(body))

    def check_digest(self, digest: str) -> None:
        """The same for a body that came in parts."""
        if self.digest is None or not hmac.compare_digest(self.digest, digest):
            raise SignatureRefused("digest_mismatch", "the body is not the one that content-digest was made of")


def single(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The headers by their names in lower case; raises ``SignatureRefused`` where one that is signed stands twice."""
    found: dict[str, str] = {}
    for name, value in headers:
        name = name.lower()
        if name in found and name in _SIGNED:
            raise SignatureRefused("header_twice", f"{name} stands twice")
        found[name] = value
    return found


def sign_request(request: Request, signer: Signer, now: float, nonce: str | None = None) -> dict[str, str]:
    """The two headers that sign a request; with a body, its headers must hold ``content-digest`` and its type."""
    covered = FULL_REQUEST if "content-digest" in request.headers else BARE_REQUEST
    made = nonce or secrets.token_urlsafe(_NONCE_BYTES)
    parameters = (("created", int(now)), ("nonce", made), ("keyid", signer.kid), ("alg", signer.alg), ("tag", TAG))
    return _signed(InnerList(covered, parameters), request, signer)


def sign_answer(answer: Answer, signer: Signer, now: float) -> dict[str, str]:
    """The two headers that sign an answer and bind it to its request, which must hold a ``signature``."""
    parameters = (("created", int(now)), ("keyid", signer.kid), ("alg", signer.alg), ("tag", TAG))
    return _signed(InnerList(ANSWER, parameters), answer, signer)


def verify_request(request: Request, keys: Keys, nonces: Nonces, now: float, *, body: bool) -> Verified:
    """Who signed the request; ``body`` says whether it has one. Raises ``SignatureRefused``, ``NoncesFull``."""
    required = FULL_REQUEST if body else BARE_REQUEST
    verified, nonce = _verify(request, required, _OF_REQUESTS, keys, now)
    # Remembered only now: what strangers send must not fill the memory.
    if not nonces.first(f"{verified.keyid} {nonce}"):
        raise SignatureRefused("nonce_replayed", "a request with this nonce came before")
    return verified


def verify_answer(answer: Answer, keys: Keys, now: float) -> Verified:
    """Who signed the answer, which is to that very request; raises ``SignatureRefused``."""
    return _verify(answer, ANSWER, _OF_ANSWERS, keys, now)[0]


def _signed(covered: InnerList, message: Request | Answer, signer: Signer) -> dict[str, str]:
    signature = signer.sign(signature_base(covered, message))
    return {
        "Signature-Input": f"{LABEL}={write_inner_list(covered)}",
        "Signature": f"{LABEL}={write_item(Item(signature))}",
    }


def _verify(
    message: Request | Answer, required: Sequence[Item], names: frozenset[str], keys: Keys, now: float
) -> tuple[Verified, str]:
    """The steps in their order: form, components, parameters, key, time, and then the signature itself."""
    covered, signature = _read(message.headers)
    if covered.items != tuple(required):
        wanted = write_inner_list(InnerList(tuple(required)))
        raise SignatureRefused("signature_components", f"exactly these components are to be signed: {wanted}")
    said = dict(covered.parameters)
    if said.keys() != names:
        raise SignatureRefused("signature_parameters", f"exactly these parameters are to be given: {sorted(names)}")
    key = keys.get(_text(said, "keyid"))
    if key is None:
        raise SignatureRefused("key_unknown", "keyid is the name of no key that was given to this side")
    if _text(said, "alg") != key.alg:
        raise SignatureRefused("signature_algorithm", f"the key of that name signs by {key.alg}")
    if _text(said, "tag") != TAG:
        raise SignatureRefused("signature_tag", f"tag must be {TAG}")
    created = _created(said["created"], now)
    try:
        base = signature_base(covered, message)
    except MissingComponent as problem:
        raise SignatureRefused("component_missing", str(problem)) from problem
    if not key.verifies(base, signature):
        raise SignatureRefused("signature_wrong", "the signature does not fit the message: compare the signature base")
    digest = message.headers["content-digest"].strip(" \t") if Item("content-digest") in required else None
    return Verified(key.kid, created, digest), _nonce(said)


def _read(headers: Mapping[str, str]) -> tuple[InnerList, bytes]:
    """What the one signature covers, and its bytes."""
    try:
        described, given = (parse_dictionary(headers[name]) for name in ("signature-input", "signature"))
    except KeyError as problem:
        raise SignatureRefused("signature_missing", f"the header {problem.args[0]} is not there") from problem
    except MalformedField as problem:
        raise SignatureRefused("signature_malformed", f"a signature header {problem}") from problem
    if set(described) != {LABEL} or set(given) != {LABEL}:
        raise SignatureRefused("signature_label", f"there must be one signature, and its label {LABEL}")
    covered, signature = described[LABEL], given[LABEL]
    if not isinstance(covered, InnerList) or not isinstance(signature, Item) or not isinstance(signature.value, bytes):
        raise SignatureRefused("signature_malformed", "Signature-Input is a list, and Signature a byte sequence")
    return covered, signature.value


def _created(created: object, now: float) -> int:
    if type(created) is not int:
        raise SignatureRefused("signature_created", "created must be whole seconds since 1970")
    if created > now + LEEWAY:
        raise SignatureRefused("signature_future", f"created lies {created - int(now)} seconds ahead")
    if created < now - LIFE - LEEWAY:
        raise SignatureRefused("signature_old", f"created lies {int(now) - created} seconds back, {LIFE} are allowed")
    return created


def _nonce(said: Mapping[str, object]) -> str:
    if "nonce" not in said:
        return ""
    nonce = _text(said, "nonce")
    if not _SHORTEST_NONCE <= len(nonce) <= _LONGEST_NONCE:
        raise SignatureRefused("signature_nonce", f"nonce must have {_SHORTEST_NONCE} to {_LONGEST_NONCE} characters")
    return nonce


def _text(said: Mapping[str, object], name: str) -> str:
    value = said[name]
    if not isinstance(value, str):
        raise SignatureRefused("signature_parameters", f"{name} must be a string")
    return value
