"""A sign-in that cannot go on, and identity providers that did not answer as they should."""

from gateway.errors.caller import CallerError
from gateway.errors.root import BawabaError


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
