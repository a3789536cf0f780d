"""The operators' identity provider: who somebody is there, and which posts its role claim gives them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gateway.errors import ConfigurationError
from gateway.identity.operators.operator import WANTED, Post, Posts
from gateway.identity.providers.base import Attempt, ProviderResponse, Redirect
from gateway.identity.providers.oidc import OpenIdProvider
from gateway.identity.providers.oidc.evidence import accepted_claims

MOST_VALUES = 256


@dataclass(frozen=True, slots=True)
class RoleRule:
    """The claim that tells the role, and the post that each of its values means; any other value means nothing."""

    claim: str
    posts: Mapping[str, Post]

    @classmethod
    def of(cls, claim: str, values: Mapping[str, str]) -> "RoleRule":
        """Reads the settings' own words; raises ``ConfigurationError``."""
        posts = {}
        for value, text in values.items():
            try:
                posts[value] = Post.parse(text)
            except ValueError as problem:
                raise ConfigurationError(field=f"operators.roles.{value}", problem=WANTED) from problem
        if not posts:
            raise ConfigurationError(field="operators.roles", problem="gives nobody a role")
        return cls(claim, posts)

    def read(self, told: object) -> Posts:
        """The posts that a claim's value gives: one text, or a list of them."""
        values: Iterable[object] = told[:MOST_VALUES] if isinstance(told, list) else [told]
        return frozenset(self.posts[each] for each in values if isinstance(each, str) and each in self.posts)


@dataclass(frozen=True, slots=True)
class Vouched:
    """What the provider said of somebody: its own name for them, and their posts."""

    issuer: str
    subject: str
    posts: Posts


class OperatorProvider:
    """An OpenID Connect provider by its name plate, asked for a role and for nothing else."""

    def __init__(self, provider: OpenIdProvider, rule: RoleRule) -> None:
        """Raises ``ConfigurationError`` where the plate does not accept the role claim."""
        if rule.claim not in provider.plate.accepts:
            problem = f"must be one of accepts on the name plate {provider.plate.id}"
            raise ConfigurationError(field="operators.role_claim", problem=problem)
        self.plate = provider.plate
        self._provider = provider
        self._rule = rule

    async def begin(self, attempt: Attempt) -> Redirect:
        """The provider's own page; raises ``ProviderError``."""
        return await self._provider.begin(attempt)

    async def complete(self, attempt: Attempt, response: ProviderResponse) -> Vouched:
        """What the response's code is exchanged for; raises ``SignInError`` and ``ProviderError``."""
        told = await self._provider.told(attempt, response)
        accepted = accepted_claims(self.plate, told.claims, told.userinfo)
        return Vouched(told.claims["iss"], told.claims["sub"], self._rule.read(accepted.get(self._rule.claim)))

    async def close(self) -> None:
        """Ends every connection."""
        await self._provider.close()
