"""What an OpenID Connect name plate may add to the common keys, checked before anything runs."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, ValidationError

from gateway.errors import ConfigurationError
from gateway.identity.providers.oidc.addresses import UnfitAddressError, check_address
from gateway.identity.providers.plate import ProviderPlate
from gateway.schema.base import Frozen


class OpenIdOptions(Frozen):
    """The plate's ``[options]``.

    ``client_auth`` is how the gateway shows who it is; ``private_key_jwt`` addresses its assertion to
    ``client_assertion_audience``. ``userinfo`` says whether claims are read there too. ``prompt`` is sent with
    every sign-in, and ``scopes_high`` (separated by spaces) with those that need the level ``high``.
    """

    client_auth: Literal["client_secret_basic", "private_key_jwt"] = "client_secret_basic"
    client_assertion_audience: Literal["issuer", "token_endpoint"] = "issuer"
    userinfo: Literal["yes", "no"] = "no"
    prompt: Literal["", "login", "consent", "select_account"] = ""
    scopes_high: str = Field(default="", pattern=r"^[\x21\x23-\x5b\x5d-\x7e ]*$")


def read_options(plate: ProviderPlate) -> OpenIdOptions:
    """The options; raises ``ConfigurationError`` for one that does not exist or a plate that contradicts itself."""
    try:
        options = OpenIdOptions.model_validate(plate.options)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        raise _wrong(plate, f"options.{first['loc'][0]}", first["msg"]) from wrong
    if "openid" not in plate.scopes:
        raise _wrong(plate, "scopes", "must hold openid")
    if both := sorted(set(plate.accepts) & set(plate.ignores)):
        raise _wrong(plate, "ignores", f"{both[0]} is accepted too")
    read = {"assurance.claim": plate.assurance.claim}
    if plate.identifier is not None:
        read["identifier.claim"] = plate.identifier.claim
        if (plate.identifier.country is None) == (plate.identifier.country_claim is None):
            raise _wrong(plate, "identifier", "must have either country or country_claim")
        if plate.identifier.country_claim is not None:
            read["identifier.country_claim"] = plate.identifier.country_claim
    for key, claim in read.items():
        if claim not in plate.accepts:
            raise _wrong(plate, key, f"{claim} must be one of accepts")
    if plate.subject_claim != "sub":
        raise _wrong(plate, "subject_claim", "must be sub, which every OpenID Connect provider gives")
    return options


def read_issuer(plate: ProviderPlate, endpoints: Mapping[str, str]) -> str:
    """The issuer, exactly as the provider writes it; raises ``ConfigurationError``."""
    try:
        issuer = endpoints["issuer"]
        return check_address(issuer, issuer, query=False)
    except KeyError as missing:
        raise _wrong(plate, "endpoints.issuer", "is not set") from missing
    except UnfitAddressError as wrong:
        raise _wrong(plate, "endpoints.issuer", "must be an https address, or one on loopback") from wrong


def read_secret(plate: ProviderPlate, secrets: Mapping[str, str], name: str) -> str:
    """One secret; raises ``ConfigurationError`` when it is not set."""
    value = secrets.get(name, "")
    if not value:
        raise _wrong(plate, f"secrets.{name}", "is not set")
    return value


def _wrong(plate: ProviderPlate, key: str, problem: str) -> ConfigurationError:
    return ConfigurationError(field=f"providers.{plate.id}: {key}", problem=problem)
