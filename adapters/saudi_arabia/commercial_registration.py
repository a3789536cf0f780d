"""Commercial registration: companies as Wathq's full information tells them."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final, Literal

from adapters.saudi_arabia.national import SaudiSystem
from adapters.saudi_arabia.values import day, nationality
from adapters.saudi_arabia.wathq import Json, Register, part, rows
from gateway.sdk import (
    Activity,
    Ask,
    CommercialRegistration,
    Country,
    Currency,
    Lookup,
    Money,
    NationalIdentifier,
    PartialText,
    Party,
    fold_digits,
    identifier,
    words,
)

Status = Literal["active", "suspended", "expired", "cancelled", "in_liquidation"]
Role = Literal["owner", "partner", "manager"]

LIST_NOT_COMPLETE: Final = "list_not_complete"
CURRENCY_UNKNOWN: Final = "currency_unknown"
PARTY_ROLE_UNKNOWN: Final = "party_role_unknown"
PARTY_IDENTIFIER_UNKNOWN: Final = "party_identifier_unknown"

# The register's own numbers are not public: those of status, currency, partnership, language and kind of identity
# are invented.
_STATUSES: Final[Mapping[int, Status]] = {1: "active", 2: "suspended", 3: "expired", 4: "cancelled"}
_SAR: Final = 1
_CURRENCIES: Final[Mapping[int, Currency]] = {_SAR: "SAR"}
_ROLES: Final[Mapping[int, Role]] = {1: "owner", 2: "partner"}
_SAUDI_IDENTITIES: Final = frozenset({1, 2})
_GULF_IDENTITY: Final = 3
_ENGLISH: Final = 2

_STATUS_DATES: Final = ("confirmationDate", "reactivationDate", "suspensionDate", "deletionDate")
_MILLIONTH: Final = Decimal("0.000001")


class SaudiCommercialRegistration(Lookup[SaudiSystem, Register]):
    """Asked for one number, or for all companies that a person owns or manages."""

    service = "commercial-registration"

    async def fetch(self, ask: Ask) -> Register:
        number = ask.inputs.get("registration_number")
        if number is None:
            return await self.system.register.of_person(ask)
        return await self.system.register.of_number(fold_digits(number).strip(), ask)

    def normalise(self, answer: Register, ask: Ask) -> Sequence[CommercialRegistration]:
        missing = () if answer.complete else (LIST_NOT_COMPLETE,)
        return tuple(_registration(company, ask, {*missing}) for company in answer.companies)


def _registration(company: Json, ask: Ask, notes: set[str]) -> CommercialRegistration:
    entity, status = part(company, "entityType"), part(company, "status")
    for name in _STATUS_DATES:
        _read_pair(part(status, name), notes)
    return CommercialRegistration(
        source=ask.source_of(company["crNumber"]),
        number=company["crNumber"],
        unified_number=_text(company.get("crNationalNumber")),
        names=_name(company),
        legal_form=_said(entity.get("formName") or entity.get("name"), ask),
        legal_form_code=_code(entity.get("formId")),
        status="in_liquidation" if company.get("inLiquidationProcess") is True else _STATUSES[_integer(status["id"])],
        # The two writings of this day have their own orders, which are not those of the other days in the answer.
        issued=day(_text(company.get("issueDateGregorian")), _text(company.get("issueDateHijri")), notes, iso=True),
        capital=_capital(company, notes),
        main=company["isMain"],
        branch_of=_text(company.get("mainCrNumber")),
        city=_said(company.get("headquarterCityName"), ask),
        activities=tuple(_activity(each, ask) for each in rows(company, "activities")),
        parties=(*_owners(company, ask, notes), *_managers(company, ask, notes)),
        notes=tuple(sorted(notes)),
    )


def _read_pair(pair: Json, notes: set[str]) -> None:
    """Reads a day that the shared schema does not carry, for what is to be noted about it."""
    day(_text(pair.get("gregorian")), _text(pair.get("hijri")), notes, order="yyyy-MM-dd", iso=True)


def _name(company: Json) -> PartialText:
    """The trade name is in the one language that it is registered in, whatever language was asked for."""
    name = company["name"]
    return PartialText(en=name) if company.get("nameLangId") == _ENGLISH else PartialText(ar=name)


def _said(value: object, ask: Ask) -> PartialText | None:
    """Words out of a code list, which come in the language of the ask only."""
    said = _text(value)
    return PartialText.of(**{"ar" if ask.language == "ar" else "en": said})


def _code(value: object) -> str | None:
    return str(_integer(value)) if isinstance(value, int) else _text(value)


def _activity(activity: Json, ask: Ask) -> Activity:
    code = activity["id"]
    return Activity(code=code, description=_said(activity.get("name"), ask) or PartialText(ar=code))


def _capital(company: Json, notes: set[str]) -> Money | None:
    amount, currency = company.get("crCapital"), _integer(part(company, "capital").get("currencyId", _SAR))
    if amount is None:
        return None
    if currency not in _CURRENCIES:
        notes.add(CURRENCY_UNKNOWN)
        return None
    return Money.of(_number(amount), _CURRENCIES[currency])


def _owners(company: Json, ask: Ask, notes: set[str]) -> Iterator[Party]:
    whole = part(part(company, "capital"), "contributionCapital").get("totalContributionCount")
    for party in rows(company, "parties"):
        role = next((_ROLES.get(_integer(kind["id"])) for kind in rows(party, "partnership")), None)
        if role is None:
            notes.add(PARTY_ROLE_UNKNOWN)
        yield _party(party, role or "partner", _share(part(party, "partnerShare"), whole), ask, notes)


def _managers(company: Json, ask: Ask, notes: set[str]) -> Iterator[Party]:
    for manager in rows(part(company, "management"), "managers"):
        yield _party(manager, "manager", None, ask, notes)


def _party(party: Json, role: Role, share: Decimal | None, ask: Ask, notes: set[str]) -> Party:
    code = part(party, "nationality").get("id")
    state = None if code is None else nationality(str(_integer(code)), notes)
    return Party(
        name=PartialText(ar=party["name"]),
        identifier=_identifier(part(party, "identity"), state, ask, notes),
        role=role,
        share_percent=share,
        nationality=state,
    )


def _share(share: Json, whole: object) -> Decimal | None:
    """Per cent, reckoned from the parts that a partner holds of all parts; six decimals at most."""
    if not share or not whole:
        return None
    percent = _number(share["totalContributionCount"]) * 100 / _number(whole)
    return percent if int(percent.as_tuple().exponent) >= -6 else percent.quantize(_MILLIONTH, ROUND_HALF_EVEN)


def _number(value: object) -> Decimal:
    """A JSON number, exactly as it was written."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError("is not a number")
    return Decimal(value)


def _text(value: object) -> str | None:
    """Text, or none where there is none; what is neither is not dropped in silence but an error."""
    if value is not None and not isinstance(value, str):
        raise ValueError("is not text")
    return words(value)


def _integer(value: object) -> int:
    """A code, which is a whole JSON number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("is not a code")
    return value


def _identifier(identity: Json, state: str | None, ask: Ask, notes: set[str]) -> NationalIdentifier | None:
    """The party's identifier where it is one of the six states'; a passport or a company's number is noted."""
    if not identity:
        return None
    kind = _integer(identity["typeId"])
    country = Country.SA if kind in _SAUDI_IDENTITIES else _gulf(state) if kind == _GULF_IDENTITY else None
    if country is None:
        notes.add(PARTY_IDENTIFIER_UNKNOWN)
        return None
    return identifier(country, _text(identity["id"]) or "", today=ask.today)


def _gulf(state: str | None) -> Country | None:
    return Country(state) if state is not None and state in Country.__members__ else None
