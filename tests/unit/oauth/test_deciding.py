"""Whether a session will do for a request: surely enough, lately enough, and made anew where that was asked for."""

from typing import Any

import pytest

from gateway.identity.principal import Assurance
from gateway.identity.sessions import Place, Session
from gateway.oauth.deciding import SKEW, must_sign_in
from gateway.oauth.request import read_request
from gateway.oauth.requests import UnderWay
from tests.support.programs import BACK, asking, confidential

CAME = 1_800_000_000
OLD, NEW = "the session of before", "a session of after"


def asked(**changes: Any) -> UnderWay:
    """A request that came when the browser had the old session."""
    request = read_request(asking(**changes), confidential(), BACK)
    return UnderWay(request=request, browser_hash="", session=OLD, begun_at=CAME)


def session(key: str, *, authenticated: int, created: int = CAME + 5, level: Assurance = Assurance.LOW) -> Session:
    return Session(key, "p", "i", level, authenticated, created, created, created + 28_800, Place("", ""))


BEFORE = session(OLD, authenticated=CAME - 100, created=CAME - 100)
AFTER = session(NEW, authenticated=CAME + 4)


@pytest.mark.parametrize(
    ("changes", "found", "again"),
    [
        ({}, None, True),
        ({}, BEFORE, False),
        ({"prompt": "login"}, BEFORE, True),
        ({"prompt": "login"}, AFTER, False),
        ({"prompt": "select_account"}, BEFORE, True),
        ({"prompt": "consent"}, BEFORE, False),
        ({"max_age": "100"}, BEFORE, False),
        ({"max_age": "99"}, BEFORE, True),
        ({"max_age": "99"}, AFTER, False),
        ({"max_age": "0"}, BEFORE, True),
        ({"max_age": "0"}, session(OLD, authenticated=CAME, created=CAME), True),
        ({"max_age": "0"}, AFTER, False),
        ({"max_age": "0"}, session(NEW, authenticated=CAME - SKEW), False),
        ({"max_age": "0"}, session(NEW, authenticated=CAME - SKEW - 1), True),
        # A provider that let somebody in by a sign-in of long ago has made a new session, and no new sign-in.
        ({"max_age": "60"}, session(NEW, authenticated=CAME - 1000), True),
        ({"acr_values": "substantial"}, AFTER, True),
        ({"acr_values": "substantial"}, session(NEW, authenticated=CAME, level=Assurance.HIGH), False),
        ({"acr_values": "urn:none:of:ours"}, AFTER, False),
    ],
)
def test_a_session_that_will_not_do_is_made_again(changes: dict[str, str], found: Session | None, again: bool) -> None:
    assert must_sign_in(asked(**changes), found) is again
