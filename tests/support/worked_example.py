"""The example that is worked out on the page of the adapter protocol, with keys that the standards have published."""

import base64
import json
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.adapter_host.examples import QUESTION, RECORDS
from gateway.adapter_host.fields import InnerList, parse_dictionary
from gateway.adapter_host.keys import HeldSigner
from gateway.adapter_host.messages import Answer, Request, content_digest, signature_base
from gateway.adapter_host.signatures import DEADLINE, sign_answer, sign_request

ADDRESS = "https://host.example:8443"
PATH = "/lookups/identity-verification"
CREATED = 1_795_507_200
NONCE = "bm90LXNvLXJhbmRvbS1ub25jZQ"
# RFC 9421, appendix B.1.4, and RFC 8032, section 7.1, test 1.
GATEWAY_SECRET = "n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU"
HOST_SECRET = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"


@dataclass(frozen=True)
class Worked:
    """One message, from its parts to its signature."""

    body: str
    digest: str
    base: str
    signature_input: str
    signature: str


def key(secret: str, kid: str) -> HeldSigner:
    """A private key, under the name that the example gives it."""
    return HeldSigner(kid, "ed25519", Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(secret + "=")))


GATEWAY, HOST = key(GATEWAY_SECRET, "gateway-2026"), key(HOST_SECRET, "host-2026")


def the_request() -> tuple[Request, Worked]:
    """The gateway's question."""
    body = json.dumps(QUESTION, separators=(",", ":"))
    headers = {"content-type": "application/json", "content-digest": content_digest(body.encode()), DEADLINE: "3600"}
    request = Request("POST", ADDRESS + PATH, headers)
    made = sign_request(request, GATEWAY, CREATED, NONCE)
    worked = _worked(body, request, made)
    return Request("POST", request.target, headers | {"signature": made["Signature"]}), worked


def the_answer() -> Worked:
    """The host's answer to it, a second later."""
    request, _ = the_request()
    body = json.dumps(RECORDS, separators=(",", ":"), ensure_ascii=False)
    headers = {"content-type": "application/json", "content-digest": content_digest(body.encode())}
    answer = Answer(200, headers, request)
    return _worked(body, answer, sign_answer(answer, HOST, CREATED + 1))


def _worked(body: str, message: Request | Answer, made: dict[str, str]) -> Worked:
    covered = parse_dictionary(made["Signature-Input"])["bawaba"]
    assert isinstance(covered, InnerList)
    base = signature_base(covered, message).decode()
    return Worked(body, message.headers["content-digest"], base, made["Signature-Input"], made["Signature"])
