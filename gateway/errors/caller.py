"""What the caller can mend."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as made_by

from gateway.errors.root import BawabaError


class CallerError(BawabaError):
    """The caller can mend it."""

    status = 400


class BadRequest(CallerError):
    """The request cannot be read at all."""

    code = "malformed_json"


class BodyTooLarge(CallerError):
    """The body is larger than the limit."""

    code, status = "body_too_large", 413


class HeadersTooLarge(CallerError):
    """The request line, or a header, is longer than the limit."""

    code, status = "headers_too_large", 431


class BodyTooSlow(CallerError):
    """The body did not arrive in time."""

    code, status, retryable = "body_too_slow", 408, True


class UnsupportedMediaType(CallerError):
    """The body is not of a media type, or content encoding, that this address reads."""

    code, status = "unsupported_media_type", 415


class InvalidInput(CallerError):
    """A field is missing, unknown or wrong; ``field`` names it."""

    code, status = "invalid_input", 422


class InvalidIdentifier(InvalidInput):
    """A national identifier does not have the form, or the check digit, of its state."""

    code = "identifier_format"


class UnknownCountry(InvalidInput):
    """The country is not one of the six, or does not implement the service."""

    code = "unknown_country"


class PurposeMissing(InvalidInput):
    """The call does not say why the data is wanted."""

    code = "purpose_missing"


@dataclass(frozen=True, slots=True)
class Finding:
    """One of the things that are wrong: where, what came, and, by ``code`` and ``facts``, what was expected.

    ``field`` is a JSON Pointer. Nothing that was handed in as a secret is ever in one.
    """

    field: str
    code: str
    came: str = ""
    facts: Mapping[str, str | int] = made_by(default_factory=dict)


class UnfitSubmission(InvalidInput):
    """What was handed in to be kept cannot be taken; ``findings`` say all that is wrong with it, one at least."""

    code = "submission_unfit"

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(field=findings[0].field, number=len(findings))
        self.findings = tuple(findings)


class NotFound(CallerError):
    """There is nothing here, or nothing that this caller may know of."""

    code, status = "not_found", 404


class UnknownService(NotFound):
    """The service is not in the catalogue."""

    code = "unknown_service"


class MethodNotAllowed(CallerError):
    """The address does not take this method."""

    code, status = "method_not_allowed", 405


class Unauthenticated(CallerError):
    """No identity, or one that cannot be believed."""

    code, status = "invalid_token", 401


class CallbackRefused(Unauthenticated):
    """What claims to come from a national system is not signed by it, or was signed too long ago."""

    code = "callback_refused"


class AssuranceTooLow(Unauthenticated):
    """The identity is believed, but not surely enough for this service (RFC 9470)."""

    code = "insufficient_user_authentication"


class Forbidden(CallerError):
    """The caller is known and may not do this."""

    code, status = "forbidden", 403


class Conflict(CallerError):
    """What is asked does not fit how things stand, such as an action that an application does not allow now."""

    code, status = "conflict", 409


class TooManyRequests(CallerError):
    """A quota is used up."""

    code, status, retryable = "too_many_requests", 429, True


class FormExpired(CallerError):
    """A form came without its token, with an old one, or from another site."""

    code, status = "form_expired", 403
