"""The parts of records that a map can fill, and how each is made of its fields."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

from gateway.field_map.kinds import Kind, Value
from gateway.field_map.scope import Scope
from gateway.schema import (
    Activity,
    Address,
    Coordinates,
    Country,
    Employer,
    EvidenceDetail,
    Frozen,
    IdentifierKind,
    Locators,
    NameParts,
    Names,
    NationalIdentifier,
    Plate,
    Violation,
)
from gateway.sdk import identifier_of

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """A record or a part of one. ``key`` is the field without which there is no such part."""

    fields: Mapping[str, "Target"]
    make: Callable[[Values, Scope], Any]
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """What a field takes: one value of ``kind``, or ``many``; of a word, those of ``words``."""

    kind: Kind
    needed: bool = False
    words: frozenset[Value] = frozenset()
    part: Part | None = None
    many: bool = False


TEXT, NEEDED = Target(Kind.text), Target(Kind.text, needed=True)
DAY, WORDS, MONEY = Target(Kind.day), Target(Kind.words), Target(Kind.money)
WHOLE, NATIONALITY = Target(Kind.whole), Target(Kind.nationality)
NEEDED_WORDS, NEEDED_MONEY = Target(Kind.words, needed=True), Target(Kind.money, needed=True)
_KINDS: Final = frozenset(each.value for each in IdentifierKind)
_LOCATORS: Final = {each.model_fields["country"].default: each for each in get_args(get_args(Locators)[0])}


def one_of(model: type[Frozen], name: str, needed: bool = False) -> Target:
    """A field of closed words, taken from the schema itself."""
    words = _literals(model.model_fields[name].annotation)
    return Target(Kind.code, needed=needed, words=frozenset(words))


def _literals(annotation: Any) -> list[str]:
    inner = get_args(annotation)
    return [annotation] if isinstance(annotation, str) else [word for each in inner for word in _literals(each)]


def one(part: Part, needed: bool = False) -> Target:
    return Target(Kind.part, needed=needed, part=part)


def many(part: Part) -> Target:
    return Target(Kind.part, part=part, many=True)


def plain_part(model: type[Frozen], fields: Mapping[str, Target], key: str | None = None) -> Part:
    return Part(fields, lambda values, _: model(**values), key)


def identifier_target(country: Country, needed: bool = False) -> Target:
    """Value, the state that issued it unless it is this one, and whose it is where that is told."""

    def make(values: Values, scope: Scope) -> NationalIdentifier:
        issuer = values.get("country", country)
        # Another Gulf state's number is known here as a citizen's; the kind that is told is about the state's own.
        kind = IdentifierKind(values["kind"]) if "kind" in values and issuer is country else None
        return identifier_of(scope.ask, issuer, values["value"], kind)

    fields = {
        "value": NEEDED,
        "country": Target(Kind.country),
        "kind": Target(Kind.code, words=_KINDS),
    }
    return Target(Kind.identifier, needed=needed, part=Part(fields, make, key="value"))


_NAME_PARTS: Final = Part(
    {"full": TEXT, "given": TEXT, "father": TEXT, "grandfather": TEXT, "family": TEXT},
    lambda values, _: NameParts.of(full=values.pop("full", None), **values),
)
_SCRIPT: Final = Target(Kind.name, part=_NAME_PARTS)
NAMES: Final = plain_part(Names, {"arabic": _SCRIPT, "latin": _SCRIPT})
DETAIL: Final = plain_part(EvidenceDetail, {"label": Target(Kind.label, needed=True), "value": NEEDED}, key="value")
VIOLATION: Final = plain_part(Violation, {"code": NEEDED, "description": NEEDED_WORDS}, key="code")
EMPLOYER: Final = plain_part(Employer, {"number": NEEDED, "names": NEEDED_WORDS}, key="number")
ACTIVITY: Final = plain_part(Activity, {"code": NEEDED, "description": NEEDED_WORDS}, key="code")
PLATE: Final = plain_part(
    Plate,
    {
        "country": Target(Kind.country, needed=True),
        "number": NEEDED,
        "letters": TEXT,
        "category": TEXT,
        "issuer": TEXT,
    },
    key="number",
)


def _coordinates(values: Values, scope: Scope) -> Coordinates:
    return Coordinates(latitude=float(values["latitude"]), longitude=float(values["longitude"]))


_COORDINATES: Final = Part(
    {"latitude": Target(Kind.number, needed=True), "longitude": Target(Kind.number, needed=True)},
    _coordinates,
    key="latitude",
)


def address(country: Country) -> Part:
    """An address in the state, by its own locators."""
    model = _LOCATORS[country]
    locators = plain_part(model, {name: TEXT for name in model.model_fields if name != "country"})
    return Part(
        {
            "lines": Target(Kind.text, many=True),
            "locators": one(locators),
            "coordinates": one(_COORDINATES),
        },
        lambda values, _: Address(country=country, **values),
    )
