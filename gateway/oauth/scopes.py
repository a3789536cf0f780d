"""What a program may ask leave for: a person's sign-in, their numbers, and services, one by one or all of them."""

import re
from typing import Final

OPENID: Final = "openid"
IDENTITY: Final = "identity"
"""The person's home state and national numbers, in ID tokens and userinfo."""

OFFLINE: Final = "offline_access"
"""To go on while the person is away."""

CLIENTS: Final = "clients"
"""To register and change the programs of its own agency; for a program by itself, and never a person's to give."""

REGISTRY: Final = "registry"
"""To act for an agency that the person is a member of, or that the program is of."""

PLAIN: Final = frozenset({OPENID, IDENTITY, OFFLINE})
"""What only a person can give, and only of themselves."""

SAID: Final = PLAIN | {REGISTRY}
"""What has words of its own, and is no service's."""

KINDS: Final = ("lookups", "applications")
_SERVICE: Final = re.compile(rf"({'|'.join(KINDS)})(?::([a-z][a-z0-9-]{{1,59}}))?")


def is_scope(text: str) -> bool:
    """Whether it is one that a person can be asked for."""
    return text in SAID or _SERVICE.fullmatch(text) is not None


def may_be_registered(text: str) -> bool:
    """Whether a program may be registered with it: what people are asked for, and what is a program's own."""
    return text == CLIENTS or is_scope(text)


def kind_and_service(scope: str) -> tuple[str, str]:
    """``lookups`` and ``traffic-fines`` of ``lookups:traffic-fines``; the service is empty where all are meant.

    Raises ``ValueError`` for a scope that is no service's.
    """
    found = _SERVICE.fullmatch(scope)
    if found is None:
        raise ValueError("not a scope of services")
    return found[1], found[2] or ""
