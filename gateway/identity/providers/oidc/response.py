"""What the provider sent the browser back with: a code, or a refusal, and from whom."""

from collections.abc import Mapping
from typing import Final

import structlog

from gateway.errors import BawabaError, ProviderDown, SignInError, SignInRejected
from gateway.identity.providers.base import Attempt, ProviderResponse
from gateway.identity.providers.door import lied
from gateway.identity.providers.oidc.claim_rules import same
from gateway.identity.providers.oidc.discovery import Metadata
from gateway.identity.providers.oidc.exchange import CODE
from gateway.identity.providers.plate import ProviderPlate

log = structlog.get_logger()

_REJECTIONS: Final[Mapping[str, str]] = {
    "access_denied": "signin_declined",
    "login_required": "signin_rejected",
    "consent_required": "signin_declined",
    "interaction_required": "signin_rejected",
    "account_selection_required": "signin_rejected",
    "unmet_authentication_requirements": "signin_rejected",
}
_OUT_OF_ORDER: Final = frozenset({"server_error", "temporarily_unavailable"})
_OURS: Final = frozenset(
    {"invalid_request", "unauthorized_client", "unsupported_response_type", "invalid_scope", "invalid_target"}
)


def read_code(plate: ProviderPlate, metadata: Metadata, attempt: Attempt, response: ProviderResponse) -> str:
    """The code in the response to the attempt.

    Who answered is asked before what was answered, so that a stranger's refusal is not believed either. Nothing
    of the response is ever shown or logged. Raises ``SignInError`` and ``ProviderError``.
    """
    query = response.query
    if not same(query.get("state", ""), attempt.id):
        raise SignInError
    issuer = query.get("iss")
    if (issuer is None and metadata.iss_promised) or (issuer is not None and issuer != metadata.issuer):
        raise lied(plate, "response_issuer")
    if "error" in query:
        raise _refusal(plate, query["error"])
    code = query.get("code", "")
    if not CODE.fullmatch(code):
        raise SignInError
    return code


def _refusal(plate: ProviderPlate, error: str) -> BawabaError:
    if error in _OUT_OF_ORDER:
        return ProviderDown(provider=plate.id)
    if error in _OURS:
        log.error("provider.client_refused", provider=plate.id, reason=error)
    return SignInRejected(_REJECTIONS.get(error, "signin_rejected"), provider=plate.id)
