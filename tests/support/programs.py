"""Programs as tests register them; each is invented, as is its agency."""

from typing import Any

from gateway.oauth.client import Client

BACK = "https://app.moi.example/back"
LOOPBACK = "http://127.0.0.1/back"


def confidential(**changes: Any) -> Client:
    """A program with keys of its own; its key set is empty unless told otherwise."""
    values: dict[str, Any] = {
        "client_id": "kw-moi-app",
        "name": {"ar": "تطبيق المرور", "en": "Traffic app"},
        "agency": "kw-traffic",
        "auth_method": "private_key_jwt",
        "jwks": {"keys": []},
        "grants": ("authorization_code", "refresh_token"),
        "redirect_uris": (BACK,),
        "scopes": ("openid", "lookups:traffic-fines"),
        "purposes": ("service_delivery",),
    }
    values.update(changes)
    return Client(**values)


def public(**changes: Any) -> Client:
    """A program on a person's device."""
    values: dict[str, Any] = {
        "client_id": "bh-pocket",
        "name": {"ar": "الخدمات في جيبك", "en": "Pocket services"},
        "agency": "bh-labour",
        "auth_method": "none",
        "grants": ("authorization_code", "refresh_token"),
        "redirect_uris": (LOOPBACK, "example.pocket:/back"),
        "scopes": ("openid", "lookups:pension-contributions"),
        "purposes": ("self_service",),
    }
    values.update(changes)
    return Client(**values)
