"""An operator who has signed in with both factors, and the posts that they hold."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from gateway.schema.country import Country


class Role(StrEnum):
    """What somebody is trusted with: viewers look, operators act, security judges, auditors look at everybody.

    What agencies bring is judged by two more: the national e-government programme of the agency's state, and then the
    joint committee of all six.
    """

    VIEWER = "viewer"
    OPERATOR = "operator"
    SECURITY = "security"
    AUDITOR = "auditor"
    PROGRAMME = "programme"
    COMMITTEE = "committee"


HIGHER: dict[Role, Role] = {Role.VIEWER: Role.OPERATOR, Role.OPERATOR: Role.SECURITY}
"""The next rung of each role; an auditor has none, for whoever checks what others did does nothing themselves.

Nor have the two that approve: no emergency makes one person of four eyes.
"""

WANTED = (
    "must be viewer, operator, security or auditor, or one of them and a state, operator:BH; or programme and a state, "
    "programme:BH; or committee"
)
"""How a post is written, for whoever wrote another."""


@dataclass(frozen=True, slots=True)
class Post:
    """A role in one state; ``country`` is ``None`` for all of them.

    A national programme is of one state, and the joint committee of none: raises ``ValueError`` otherwise.
    """

    role: Role
    country: Country | None = None

    def __post_init__(self) -> None:
        if self.country is None and self.role is Role.PROGRAMME:
            raise ValueError("a national programme is of one state")
        if self.country is not None and self.role is Role.COMMITTEE:
            raise ValueError("the joint committee is of no state")

    @classmethod
    def parse(cls, text: str) -> "Post":
        """``security`` or ``security:BH``; raises ``ValueError``."""
        role, colon, country = text.partition(":")
        return cls(Role(role), Country(country) if colon else None)

    def __str__(self) -> str:
        return f"{self.role.value}:{self.country.value}" if self.country else self.role.value

    def covers(self, other: "Post") -> bool:
        """Whether whoever holds this post holds the other."""
        return self.role == other.role and self.country in (None, other.country)


Posts = frozenset[Post]


def read_posts(text: str) -> Posts:
    """Posts as they are kept: written one after another, with blanks between."""
    return frozenset(map(Post.parse, text.split()))


def write_posts(posts: Iterable[Post]) -> str:
    """The posts in one text, in an order that does not change."""
    return " ".join(sorted(map(str, posts)))


def within(posts: Posts, limit: Posts) -> Posts:
    """The part of ``posts`` that ``limit`` allows; a limit that names nothing allows everything."""
    if not limit:
        return posts
    return frozenset(
        narrower
        for held in posts
        for most in limit
        for narrower in (held, most)
        if held.covers(narrower) and most.covers(narrower)
    )


@dataclass(frozen=True, slots=True)
class Operator:
    """Proof that an operator showed both factors; only ``gateway.identity`` makes one.

    ``posts`` holds the posts of a higher role too while glass is broken, and ``raised`` is that role. ``factor`` is the
    kind of the second factor. Times are in seconds since 1970.
    """

    id: str
    posts: Posts
    session: str
    factor: str
    begun_at: int
    expires_at: int
    raised: Role | None = None
