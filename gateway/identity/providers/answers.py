"""What a provider answers in plain JSON, read member by member and never taken on trust."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from gateway.errors import BackendDown, BackendGarbled, ConfigurationError
from gateway.identity.providers.plate import ProviderPlate
from gateway.sdk.gate import Response
from gateway.sdk.readers import read_json

log = structlog.get_logger()
DEPTH = 4
LONGEST = 255
_PLAIN = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")


@dataclass(frozen=True, slots=True)
class Answer:
    """The status of an answer and the members of its object; a refusal that is no JSON has no members."""

    status: int
    members: Mapping[str, Any]


def read_answer(response: Response, *, depth: int = DEPTH) -> Answer:
    """The answer as one object.

    Raises ``BackendDown`` for a status of 500 and above, and ``BackendGarbled`` where a success is not one JSON
    object of unique names and bounded depth.
    """
    if response.status >= 500:
        raise BackendDown(reason=f"status_{response.status}")
    try:
        members = read_json(response.body, max_depth=depth)
        if not isinstance(members, dict):
            raise BackendGarbled(reason="not_an_object")
    except BackendGarbled:
        # Refusals are told by their status; a page of HTML around one is no lie.
        if response.status < 400:
            raise
        members = {}
    return Answer(response.status, members)


def believed(plate: ProviderPlate, claims: Mapping[str, Any]) -> Mapping[str, Any]:
    """The claims that the plate accepts; those it does not know of are counted for the operators and not read."""
    unknown = claims.keys() - set(plate.accepts) - set(plate.ignores)
    if unknown:
        log.info("provider.claims_unknown", provider=plate.id, claims=len(unknown))
    return {name: claims[name] for name in plate.accepts if name in claims}


def plain(value: object, longest: int = LONGEST) -> str:
    """Visible ASCII text, trimmed; empty for whatever else stands there, the word ``null`` included.

    Identifiers and keywords are plain in every state: letters with marks, controls and overrides of direction
    have no place in them.
    """
    if not isinstance(value, str) or len(value) > longest:
        return ""
    text = value.strip(" ")
    return text if _PLAIN.fullmatch(text) and text.lower() != "null" else ""


def option(plate: ProviderPlate, name: str) -> str:
    """An option that the protocol cannot do without; raises ``ConfigurationError`` when the plate lacks it."""
    value = plate.options.get(name, "")
    if not value:
        raise ConfigurationError(field=f"providers.{plate.id}: options.{name}", problem="is missing")
    return value
