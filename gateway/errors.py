"""Every error that the gateway raises on purpose, drawn as one tree.

    BawabaError
    ├── CallerError                   the caller can mend it
    │   ├── BadRequest                400  malformed_json, json_too_deep, duplicate_key, bad_text, unknown_host
    │   ├── BodyTooLarge              413
    │   ├── HeadersTooLarge           431
    │   ├── BodyTooSlow               408
    │   ├── UnsupportedMediaType      415
    │   ├── InvalidInput              422  (names the field)
    │   │   ├── InvalidIdentifier     422  identifier_format, identifier_check_digit
    │   │   ├── UnknownCountry        422
    │   │   └── PurposeMissing        422
    │   ├── NotFound                  404
    │   │   └── UnknownService        404
    │   ├── MethodNotAllowed          405
    │   ├── Unauthenticated           401  invalid_token, token_missing
    │   │   └── AssuranceTooLow       401  insufficient_user_authentication (RFC 9470)
    │   ├── Forbidden                 403  purpose_not_allowed, not_your_identifier, insufficient_scope
    │   ├── TooManyRequests           429
    │   ├── SignInError               400  the sign-in cannot go on; begin again
    │   │   ├── SignInRejected        403  the person, or the provider, said no
    │   │   ├── IdentifierTaken       409  the identity is already somebody else's
    │   │   ├── IdentityMissing       404
    │   │   └── LastIdentity          409
    │   └── FormExpired               403  a form without its token, or from elsewhere
    ├── ProviderError                 an identity provider did not answer as it should
    │   ├── ProviderDown              503
    │   ├── ProviderLate              504
    │   └── ProviderGarbled           502  it said what cannot be believed
    ├── BackendError                  a national system did not answer as it should
    │   ├── BackendRefused            it said no, with a reason
    │   ├── BackendDown               it cannot be reached, or says that it is out of order
    │   │   └── BackendBusy           our own guard is closed: breaker open or bulkhead full
    │   ├── BackendLate               the deadline passed first
    │   └── BackendGarbled            it answered, and the answer cannot be believed
    ├── SealingFailed                 503  the ledger could not be written; nothing leaves
    ├── Unavailable                   503  storage is out of reach
    └── ConfigurationError            a setting, name plate or key is wrong; the program does not start

Each class has a ``code`` (the key of its sentence in both catalogues, ``problem.<code>.title`` and
``problem.<code>.detail``), an HTTP ``status`` and ``retryable``. ``facts`` fill the sentence's gaps and
never hold personal data: they are shown, logged and counted.
"""

from typing import ClassVar


class BawabaError(Exception):
    """The root. ``field`` is a JSON pointer-like path of what is wrong; ``retry_after`` is in seconds."""

    code: str = "internal"
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        code: str | None = None,
        /,
        *,
        field: str | None = None,
        retry_after: float | None = None,
        **facts: str | int,
    ) -> None:
        if code is not None:
            self.code = code
        self.field = field
        self.retry_after = retry_after
        self.facts = facts
        super().__init__(self.code, field, facts)


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


class AssuranceTooLow(Unauthenticated):
    """The identity is believed, but not surely enough for this service (RFC 9470)."""

    code = "insufficient_user_authentication"


class Forbidden(CallerError):
    """The caller is known and may not do this."""

    code, status = "forbidden", 403


class TooManyRequests(CallerError):
    """A quota is used up."""

    code, status, retryable = "too_many_requests", 429, True


class SignInError(CallerError):
    """A sign-in that cannot go on: unknown, used, expired, or from another browser."""

    code = "signin_unknown"


class SignInRejected(SignInError):
    """The person declined, chose the wrong number or let time pass, or the provider said no."""

    code, status = "signin_rejected", 403


class IdentifierTaken(SignInError):
    """The identity, or its national number, is already linked to somebody else."""

    code, status = "identifier_taken", 409


class IdentityMissing(SignInError):
    """The person has no such identity."""

    code, status = "identity_missing", 404


class LastIdentity(SignInError):
    """The only way in cannot be taken away."""

    code, status = "last_identity", 409


class FormExpired(CallerError):
    """A form came without its token, with an old one, or from another site."""

    code, status = "form_expired", 403


class ProviderError(BawabaError):
    """An identity provider did not answer as it should; ``provider`` in the facts names it."""

    code, status = "provider_error", 502


class ProviderDown(ProviderError):
    """The identity provider cannot be reached, or says that it is out of order."""

    code, status, retryable = "provider_down", 503, True


class ProviderLate(ProviderError):
    """The identity provider did not answer in time."""

    code, status, retryable = "provider_late", 504, True


class ProviderGarbled(ProviderError):
    """The identity provider answered what cannot be read or believed; the reason is for the operators' log."""

    code, status = "provider_garbled", 502


class BackendError(BawabaError):
    """A national system did not answer as it should; ``outcome`` is the status its state gets."""

    code, status = "backend_error", 502
    outcome: ClassVar[str] = "garbled"


class BackendRefused(BackendError):
    """The national system understood and said no; ``reason`` in the facts is its own code."""

    code, status = "backend_refused", 502
    outcome = "refused"


class BackendDown(BackendError):
    """The national system cannot be reached, or says that it is out of order."""

    code, status, retryable = "backend_down", 503, True
    outcome = "down"


class BackendBusy(BackendDown):
    """The bulkhead is full or the breaker is open; the national system was not asked."""

    code = "backend_busy"


class BackendLate(BackendError):
    """The deadline passed before the national system answered."""

    code, status, retryable = "backend_late", 504, True
    outcome = "late"


class BackendGarbled(BackendError):
    """The national system answered, and the answer cannot be read or believed."""

    code, status = "backend_garbled", 502
    outcome = "garbled"


class SealingFailed(BawabaError):
    """The ledger could not be written, so the answer was not given."""

    code, status, retryable = "sealing_failed", 503, True


class Unavailable(BawabaError):
    """Something that the gateway itself stands on is out of reach."""

    code, status, retryable = "unavailable", 503, True


class ConfigurationError(BawabaError):
    """A setting, name plate or key is wrong; ``field`` names it and ``problem`` says what to do."""

    code, status = "configuration", 500
