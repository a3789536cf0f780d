"""A program's registration says what it needs and nothing that could lead a person astray."""

from typing import Any

import pytest
from pydantic import ValidationError

from gateway.oauth.client import Client, check_redirect

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"

CONFIDENTIAL: dict[str, Any] = {
    "client_id": "kw-moi-app",
    "name": {"ar": "تطبيق المرور", "en": "Traffic app"},
    "agency": "kw-traffic",
    "auth_method": "private_key_jwt",
    "jwks": {"keys": []},
    "grants": ("authorization_code", "refresh_token"),
    "redirect_uris": ("https://app.moi.example/back",),
    "scopes": ("openid", "lookups:traffic-fines"),
    "purposes": ("service_delivery",),
}
PUBLIC = CONFIDENTIAL | {"auth_method": "none", "jwks": None, "redirect_uris": ("com.example.app:/back",)}


@pytest.mark.parametrize(
    "values", [CONFIDENTIAL, PUBLIC, CONFIDENTIAL | {"jwks": None, "jwks_uri": "https://k.example/jwks"}]
)
def test_a_program_with_what_its_method_needs_is_taken(values: dict[str, Any]) -> None:
    assert Client(**values).confidential == (values["auth_method"] != "none")


@pytest.mark.parametrize(
    "changes",
    [
        {"jwks": None},
        {"jwks_uri": "https://k.example/jwks"},
        {"auth_method": "none"},
        {"auth_method": "tls_client_auth"},
        {"auth_method": "self_signed_tls_client_auth", "jwks": None},
        {"redirect_uris": ()},
        {"grants": ("client_credentials",)},
        {"auth_method": "none", "jwks": None, "grants": ("authorization_code", "client_credentials")},
        {"auth_method": "none", "jwks": None, "grants": ("authorization_code", DEVICE)},
        {"auth_method": "none", "jwks": None, "grants": ("authorization_code", EXCHANGE)},
        {"client_id": "../etc/passwd"},
        {"client_id": "X"},
        {"scopes": ()},
        {"purposes": ()},
        {"name": {"en": "Only English"}},
        {"client_secret": "hunter2"},
    ],
)
def test_one_without_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Client(**CONFIDENTIAL | changes)


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example/back",
        "https://app.example:8443/back?tenant=1",
        "http://127.0.0.1/back",
        "http://127.0.0.1:51000/back",
        "http://[::1]:51000/back",
        "com.example.app:/back",
    ],
)
def test_an_address_that_is_the_programs_own_is_taken(uri: str) -> None:
    check_redirect(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "app.example/back",
        "//app.example/back",
        "http://app.example/back",
        "http://localhost:51000/back",
        "https://app.example/back#part",
        "https://app.example/back#",
        "https://user@app.example/back",
        "https://@app.example/back",
        "https://*.example/back",
        "https://app.example/ba ck",
        "https://app.example\\@evil.example/back",
        "https://مثال.example/back",
        "https:///back",
        "javascript:alert(1)",
        "data:text/html,x",
        "myapp:/back",
        "com.example.app://back",
        "https://app.example/\r\nSet-Cookie: x",
    ],
)
def test_an_address_that_may_be_anybodys_is_refused(uri: str) -> None:
    with pytest.raises(ValueError, match="redirect address"):
        check_redirect(uri)
