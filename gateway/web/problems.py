"""An error becomes a problem document (RFC 9457) in the caller's language."""

import math
from collections.abc import Mapping

import orjson
from aiohttp import web

from gateway.errors import (
    BawabaError,
    InvalidIdentifier,
    MethodNotAllowed,
    ProviderError,
    Unauthenticated,
    UnfitSubmission,
)
from gateway.i18n import Catalogue, Language
from gateway.identity.challenge import either_challenge, proof_challenge
from gateway.schema.base import Frozen
from gateway.schema.country import Country
from gateway.schema.text import Text

MEDIA_TYPE = "application/problem+json"


class FoundProblem(Frozen):
    """One of the things that are wrong with what was handed in; `field` is a JSON Pointer into the request."""

    field: str
    code: str
    came: str
    expected: str


class Problem(Frozen):
    """What went wrong and what to do, as every error answer carries it.

    ``code`` never changes with the language; ``field`` is a JSON Pointer (RFC 6901) into the request;
    ``retryable`` says whether the same request may succeed later; ``page`` is where else to turn, on the web.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    retryable: bool
    field: str | None = None
    findings: tuple[FoundProblem, ...] | None = None
    page: str | None = None


class Problems:
    """Writes problem documents; made once with the catalogue, the public address and the names of the identity
    providers by their ids."""

    def __init__(self, catalogue: Catalogue, public_url: str, providers: Mapping[str, Text] | None = None) -> None:
        self.catalogue = catalogue
        self.public_url = public_url
        self._providers = providers or {}

    def document(self, error: BawabaError, language: Language, request_id: str) -> Problem:
        """The problem that ``error`` is to its caller."""
        facts = self.facts(error, language)
        return Problem(
            type=f"{self.public_url}/docs/problems#{error.code}",
            title=self.catalogue.text(f"problem.{error.code}.title", language, **facts),
            status=error.status,
            detail=self._detail(error, language, facts),
            code=error.code,
            request_id=request_id,
            retryable=error.retryable,
            field=error.field,
            findings=self._findings(error, language) if isinstance(error, UnfitSubmission) else None,
            page=str(facts["page"]) if "page" in facts else None,
        )

    def response(
        self, error: BawabaError, language: Language, request_id: str, *, by_proof: bool = False
    ) -> web.Response:
        """The whole HTTP answer, with ``Retry-After`` and ``WWW-Authenticate`` where they are due.

        ``by_proof`` says that the caller brought its token with a proof of possession.
        """
        document = self.document(error, language, request_id).model_dump(exclude_none=True)
        return web.Response(
            body=orjson.dumps(document),
            status=error.status,
            content_type=MEDIA_TYPE,
            headers={"Content-Language": language, **_extra_headers(error, by_proof)},
        )

    def both(self, error: BawabaError) -> Text:
        """What ``error`` says, in both languages, for an answer that carries several states."""
        return Text(
            ar=self._detail(error, "ar", self.facts(error, "ar")),
            en=self._detail(error, "en", self.facts(error, "en")),
        )

    def _detail(self, error: BawabaError, language: Language, facts: Mapping[str, object]) -> str:
        """The sentence of the error, and where else to turn when the error knows a page."""
        detail = self.catalogue.text(f"problem.{error.code}.detail", language, **facts)
        if "page" not in facts:
            return detail
        elsewhere = self.catalogue.text("catalogue.elsewhere", language, page=_isolated(str(facts["page"]), language))
        return f"{detail} {elsewhere}"

    def facts(self, error: BawabaError, language: Language) -> Mapping[str, object]:
        """The error's facts as words: a country by its name, the reason of a wrong identifier by its sentence."""
        facts: dict[str, object] = {"field": _isolated(error.field or "", language), **error.facts}
        if "country" in facts and facts["country"] in Country.__members__:
            facts["country"] = getattr(Country(str(facts["country"])).facts.name, language)
        if isinstance(error, ProviderError):
            facts["provider"] = self._provider(str(error.facts.get("provider", "")), language)
        # The reason of a national system's refusal is its own code, for which the catalogue has no sentence.
        if "reason" in facts and isinstance(error, InvalidIdentifier):
            facts["reason"] = self.catalogue.text(f"identifier.reason.{facts['reason']}", language)
        if error.retry_after is not None:
            facts["seconds"] = math.ceil(error.retry_after)
        return facts

    def _findings(self, error: UnfitSubmission, language: Language) -> tuple[FoundProblem, ...]:
        return tuple(
            FoundProblem(
                field=each.field,
                code=each.code,
                came=each.came,
                expected=self.catalogue.text(f"finding.{each.code}", language, **each.facts),
            )
            for each in error.findings
        )

    def _provider(self, name: str, language: Language) -> str:
        known = self._providers.get(name)
        # Isolated (Unicode's first-strong isolate): a Latin name stays whole within an Arabic sentence.
        return f"\u2068{getattr(known, language)}\u2069" if known else self.catalogue.text("provider.yours", language)


def _isolated(field: str, language: Language) -> str:
    """A JSON Pointer within an Arabic sentence, kept from left to right (Unicode's isolates)."""
    return f"\u2066{field}\u2069" if field and language == "ar" else field


def _extra_headers(error: BawabaError, by_proof: bool) -> Mapping[str, str]:
    headers = {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(math.ceil(error.retry_after))
    elif error.status == 503:
        headers["Retry-After"] = "5"
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = str(error.facts["allowed"])
    if isinstance(error, Unauthenticated) or error.code == "insufficient_scope":
        headers["WWW-Authenticate"] = proof_challenge(error) if by_proof else either_challenge(error)
    if error.code == "use_dpop_nonce":
        headers["DPoP-Nonce"] = str(error.facts["nonce"])
    return headers
