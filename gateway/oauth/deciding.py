"""Whether the person before a request is signed in as the program needs it: surely enough, and lately enough."""

from typing import Final

from gateway.identity.sessions import Session
from gateway.oauth.requests import UnderWay

SKEW: Final = 30
"""Seconds that a provider's clock may be behind ours; its word on a sign-in made just now is taken with it."""


def must_sign_in(under_way: UnderWay, session: Session | None) -> bool:
    """Whether there is no session, or none that will do for the request.

    ``prompt=login`` (and ``select_account``, for a person chooses an identity by signing in) wants a sign-in made
    for this request. ``max_age`` is counted from when the request came, so that reading takes nothing away from it.
    """
    request = under_way.request
    if session is None or (request.acr is not None and session.assurance < request.acr):
        return True
    anew = session.id != under_way.session and session.created_at >= under_way.begun_at
    if not anew and ({"login", "select_account"} & set(request.prompt) or request.max_age == 0):
        return True
    if request.max_age is None:
        return False
    oldest = under_way.begun_at - request.max_age - (SKEW if anew else 0)
    return session.authenticated_at < oldest
