"""The two sides of the adapter protocol as far as signatures go: keys of both, and messages that either signs."""

from dataclasses import dataclass, field, replace
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.adapter_host.fields import InnerList, Item, parse_dictionary, write_item
from gateway.adapter_host.keys import HeldSigner, Keys, read_keys
from gateway.adapter_host.messages import Answer, Request, content_digest, signature_base
from gateway.adapter_host.nonces import Nonces
from gateway.adapter_host.signatures import (
    DEADLINE,
    REMEMBERED,
    SignatureRefused,
    Verified,
    sign_answer,
    sign_request,
    verify_answer,
    verify_request,
)

NOW = 1_795_600_000.0
ADDRESS = "https://host.example:8443"
BODY = b'{"records":[]}'
MessageT = TypeVar("MessageT", bound=Request | Answer)
QUESTION = b'{"inputs":{}}'


def ed25519() -> HeldSigner:
    """A new key."""
    return HeldSigner.of(Ed25519PrivateKey.generate())


def p256() -> HeldSigner:
    """A new key of the other kind."""
    return HeldSigner.of(generate_private_key(SECP256R1()))


def known(*signers: HeldSigner) -> Keys:
    """Their public halves, as the other side knows them."""
    return read_keys([signer.jwk for signer in signers], "keys")


@dataclass
class Talk:
    """A gateway and a host that know each other, at a moment that the test moves; they sign at ``made_at``."""

    gateway: HeldSigner = field(default_factory=ed25519)
    host: HeldSigner = field(default_factory=ed25519)
    nonces: Nonces = field(default_factory=lambda: Nonces(REMEMBERED))
    now: float = NOW
    made_at: float = NOW

    def request(self, path: str = "/lookups/traffic-fines", body: bytes | None = QUESTION, **headers: str) -> Request:
        """A signed request."""
        plain = {DEADLINE: "4000"}
        if body is not None:
            plain |= {"content-type": "application/json", "content-digest": content_digest(body)}
        plain |= {name.replace("_", "-"): value for name, value in headers.items()}
        request = Request("POST" if body is not None else "GET", ADDRESS + path, plain)
        return with_headers(request, **sign_request(request, self.gateway, self.made_at))

    def answer(self, request: Request, body: bytes = BODY, status: int = 200) -> Answer:
        """A signed answer to it."""
        headers = {"content-type": "application/json", "content-digest": content_digest(body)}
        answer = Answer(status, headers, request)
        return with_headers(answer, **sign_answer(answer, self.host, self.made_at))

    def takes(self, request: Request, *, body: bool = True) -> Verified:
        """What the host makes of it; raises ``SignatureRefused``."""
        return verify_request(request, known(self.gateway), self.nonces, self.now, body=body)

    def believes(self, answer: Answer) -> Verified:
        """What the gateway makes of it; raises ``SignatureRefused``."""
        return verify_answer(answer, known(self.host), self.now)

    def refusal(self, message: Request | Answer, *, body: bool = True) -> str:
        """The code by which the message is refused, ``taken`` where it is not."""
        try:
            if isinstance(message, Request):
                self.takes(message, body=body)
            else:
                self.believes(message)
        except SignatureRefused as problem:
            return problem.code
        return "taken"


def with_headers(message: MessageT, **headers: str) -> MessageT:
    """The message with other headers beside, or in the place of, its own."""
    changed = {name.lower().replace("_", "-"): value for name, value in headers.items()}
    return replace(message, headers={**message.headers, **changed})


def without_header(message: MessageT, name: str) -> MessageT:
    """The message without one of its headers."""
    return replace(message, headers={key: value for key, value in message.headers.items() if key != name})


def described(message: MessageT, old: str, new: str) -> MessageT:
    """The message whose ``Signature-Input`` says something else, its signature as it was."""
    said = message.headers["signature-input"]
    assert old in said, said
    return with_headers(message, signature_input=said.replace(old, new, 1))


def resigned(talk: Talk, message: MessageT, described_as: str, signer: HeldSigner | None = None) -> MessageT:
    """The message with a signature that is good for another ``Signature-Input``."""
    covered = parse_dictionary(described_as)["bawaba"]
    assert isinstance(covered, InnerList)
    signer = signer or (talk.gateway if isinstance(message, Request) else talk.host)
    signature = write_item(Item(signer.sign(signature_base(covered, message))))
    return with_headers(message, signature_input=described_as, signature=f"bawaba={signature}")
