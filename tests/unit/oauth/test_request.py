"""A request to a person is read strictly: sent back to its own address alone, with PKCE, for what is its own to ask."""

from typing import Any

import pytest

from gateway.errors import OAuthError
from gateway.identity.principal import Assurance
from gateway.oauth.request import answer_at, read_request, redirect_of
from tests.support.programs import BACK, asking, confidential, public

THUMBPRINT = "j" * 42 + "A"
CLIENT = confidential(
    redirect_uris=(BACK, "https://app.moi.example/back?tenant=1"), purposes=("service_delivery", "enforcement")
)


def refused(fields: dict[str, str]) -> str:
    with pytest.raises(OAuthError) as problem:
        read_request(fields, CLIENT, redirect_of(fields, CLIENT))
    return problem.value.code


def test_a_good_request_is_read_whole() -> None:
    request = read_request(
        asking(
            nonce="n", prompt="login consent", max_age="300", acr_values="high urn:x substantial", dpop_jkt=THUMBPRINT
        ),
        CLIENT,
        BACK,
    )

    assert (request.client_id, request.redirect_uri, request.scopes) == (
        "kw-moi-app",
        BACK,
        ("openid", "lookups:traffic-fines"),
    )
    assert (request.state, request.nonce, request.jkt) == ("a state", "n", THUMBPRINT)
    assert (request.prompt, request.max_age, request.acr) == (("login", "consent"), 300, Assurance.SUBSTANTIAL)
    assert request.purposes == CLIENT.purposes


def test_a_purpose_may_be_named_and_must_be_the_programs_own() -> None:
    assert read_request(asking(purpose="enforcement"), CLIENT, BACK).purposes == ("enforcement",)
    assert refused(asking(purpose="enforcement marketing")) == "invalid_scope"


EVIL = (
    "",
    "https://app.moi.example/back/",
    "https://app.moi.example/back2",
    "https://app.moi.example/bac",
    "https://app.moi.example/",
    "https://app.moi.example/back?x=1",
    "https://app.moi.example/back#x",
    "https://app.moi.example/back%2f..",
    "https://app.moi.example/./back",
    "https://app.moi.example:443/back",
    "https://APP.moi.example/back",
    "https://app.moi.example.evil.example/back",
    "https://evil.example/back",
    "https://app.moi.example@evil.example/back",
    "https://evil.example\\@app.moi.example/back",
    "http://app.moi.example/back",
    "//app.moi.example/back",
    "\\\\evil.example",
    "javascript:alert(1)",
    "https://app.moi.example/back\r\nX: y",
    "https://\u0430pp.moi.example/back",
    " https://app.moi.example/back",
    "http://127.0.0.1:51000/back",
)


@pytest.mark.parametrize("uri", EVIL)
def test_nobody_is_sent_to_an_address_that_is_not_the_registered_one_to_the_letter(uri: str) -> None:
    assert refused(asking(redirect_uri=uri)) == "redirect_unknown"


@pytest.mark.parametrize("port", ["", ":1", ":51000", ":65535"])
def test_an_app_on_loopback_chooses_its_port(port: str) -> None:
    uri = f"http://127.0.0.1{port}/back"

    assert redirect_of({"redirect_uri": uri}, public()) == uri


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1:51000/other",
        "http://127.0.0.1:51000/back?x=1",
        "http://127.0.0.1:51000",
        "http://localhost:51000/back",
        "http://127.0.0.2:51000/back",
        "http://[::1]:51000/back",
        "http://127.0.0.1:0/back",
        "http://127.0.0.1:080/back",
        "http://127.0.0.1:99999/back",
        "http://127.0.0.1:/back",
        "http://127.0.0.1:1@evil.example/back",
        "https://127.0.0.1:51000/back",
        "example.pocket:/back/",
        "example.pocket://back",
        "example.pocket.evil:/back",
    ],
)
def test_it_chooses_nothing_else(uri: str) -> None:
    with pytest.raises(OAuthError):
        redirect_of({"redirect_uri": uri}, public())


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_type": ...}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"response_mode": "form_post"}, "invalid_request"),
        ({"request": "e30.e30."}, "request_not_supported"),
        ({"code_challenge": ...}, "invalid_request"),
        ({"code_challenge": "x" * 42}, "invalid_request"),
        ({"code_challenge": "x" * 44}, "invalid_request"),
        ({"code_challenge": "é" * 43}, "invalid_request"),
        ({"code_challenge_method": ...}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": "s256"}, "invalid_request"),
        ({"scope": ...}, "invalid_scope"),
        ({"scope": " "}, "invalid_scope"),
        ({"scope": "openid lookups"}, "invalid_scope"),
        ({"scope": "openid applications:traffic-fines"}, "invalid_scope"),
        ({"state": "a\r\nb"}, "invalid_request"),
        ({"state": "\u202e"}, "invalid_request"),
        ({"state": "x" * 2000}, "invalid_request"),
        ({"nonce": "\u0661"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "create"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "1e9"}, "invalid_request"),
        ({"max_age": "\u0661"}, "invalid_request"),
        ({"max_age": "9" * 20}, "invalid_request"),
        ({"dpop_jkt": "short"}, "invalid_request"),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_refused(changes: dict[str, Any], code: str) -> None:
    assert refused(asking(**changes)) == code


def test_an_answer_keeps_the_addresss_own_query_and_escapes_the_rest() -> None:
    state = "a b&c=d#é"

    assert answer_at(BACK, code="c", state=state, iss="https://b.example", error=None) == (
        f"{BACK}?code=c&state=a+b%26c%3Dd%23%C3%A9&iss=https%3A%2F%2Fb.example"
    )
    assert answer_at(f"{BACK}?tenant=1", code="c").endswith("?tenant=1&code=c")
    assert answer_at("example.pocket:/back", code="c") == "example.pocket:/back?code=c"
