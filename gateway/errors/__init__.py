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
    │   │   ├── UnfitSubmission       422  submission_unfit (names everything that is wrong)
    │   │   └── PurposeMissing        422
    │   ├── NotFound                  404
    │   │   └── UnknownService        404
    │   ├── MethodNotAllowed          405
    │   ├── Unauthenticated           401  invalid_token, token_missing
    │   │   ├── CallbackRefused       401  a national system's own word, not proved to be so
    │   │   └── AssuranceTooLow       401  insufficient_user_authentication (RFC 9470)
    │   ├── Forbidden                 403  purpose_not_allowed, not_your_identifier, insufficient_scope
    │   ├── Conflict                  409  what is asked does not fit how things stand
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
    ├── OAuthError                    400  RFC 6749 and its kin: invalid_grant, invalid_scope, invalid_dpop_proof
    │   ├── NotYet                    400  authorization_pending, slow_down
    │   └── InvalidClient             401
    ├── SealingFailed                 503  the ledger could not be written; nothing leaves
    ├── Unavailable                   503  storage is out of reach
    └── ConfigurationError            a setting, name plate or key is wrong; the program does not start

Each class has a ``code`` (the key of its sentence in both catalogues, ``problem.<code>.title`` and
``problem.<code>.detail``), an HTTP ``status`` and ``retryable``. ``facts`` fill the sentence's gaps and
never hold personal data: they are shown, logged and counted.
"""

from gateway.errors.backend import BackendBusy, BackendDown, BackendError, BackendGarbled, BackendLate, BackendRefused
from gateway.errors.caller import (
    AssuranceTooLow,
    BadRequest,
    BodyTooLarge,
    BodyTooSlow,
    CallbackRefused,
    CallerError,
    Conflict,
    Finding,
    Forbidden,
    FormExpired,
    HeadersTooLarge,
    InvalidIdentifier,
    InvalidInput,
    MethodNotAllowed,
    NotFound,
    PurposeMissing,
    TooManyRequests,
    Unauthenticated,
    UnfitSubmission,
    UnknownCountry,
    UnknownService,
    UnsupportedMediaType,
)
from gateway.errors.oauth import InvalidClient, NotYet, OAuthError
from gateway.errors.root import BawabaError, ConfigurationError, SealingFailed, Unavailable
from gateway.errors.signin import (
    IdentifierTaken,
    IdentityMissing,
    LastIdentity,
    ProviderDown,
    ProviderError,
    ProviderGarbled,
    ProviderLate,
    SignInError,
    SignInRejected,
)

__all__ = [
    "AssuranceTooLow",
    "BackendBusy",
    "BackendDown",
    "BackendError",
    "BackendGarbled",
    "BackendLate",
    "BackendRefused",
    "BadRequest",
    "BawabaError",
    "BodyTooLarge",
    "BodyTooSlow",
    "CallbackRefused",
    "CallerError",
    "ConfigurationError",
    "Conflict",
    "Finding",
    "Forbidden",
    "FormExpired",
    "HeadersTooLarge",
    "IdentifierTaken",
    "IdentityMissing",
    "InvalidClient",
    "InvalidIdentifier",
    "InvalidInput",
    "LastIdentity",
    "MethodNotAllowed",
    "NotFound",
    "NotYet",
    "OAuthError",
    "ProviderDown",
    "ProviderError",
    "ProviderGarbled",
    "ProviderLate",
    "PurposeMissing",
    "SealingFailed",
    "SignInError",
    "SignInRejected",
    "TooManyRequests",
    "Unauthenticated",
    "Unavailable",
    "UnfitSubmission",
    "UnknownCountry",
    "UnknownService",
    "UnsupportedMediaType",
]
