"""The vocabulary that all states' answers are told in: frozen, strict and without input or output."""

from gateway.schema.address import (
    Address,
    BahrainLocators,
    Coordinates,
    EmiratesLocators,
    KuwaitLocators,
    Locators,
    OmanLocators,
    QatarLocators,
    SaudiLocators,
)
from gateway.schema.answer import Outcome
from gateway.schema.application import ApplicationStatus, Payment, Progress, Reason, ResultDocument, Wanted
from gateway.schema.base import Frozen
from gateway.schema.country import DECIMALS, Country, CountryFacts, Currency
from gateway.schema.dates import CalendarDate, DayOrder, Moment, hijri_to_gregorian
from gateway.schema.digits import (
    clean_text,
    fold_digits,
    fold_number,
    has_bidi_controls,
    has_lone_surrogates,
    strip_marks,
)
from gateway.schema.identifier import CHECK_DIGIT_UNCONFIRMED, IdentifierKind, NationalIdentifier
from gateway.schema.money import Money
from gateway.schema.names import NameParts, Names
from gateway.schema.nationality import ALPHA2_BY_ALPHA3, ALPHA2_BY_NUMERIC
from gateway.schema.records import (
    Activity,
    AnyRecord,
    CommercialRegistration,
    Employer,
    Evidence,
    EvidenceDetail,
    Party,
    PensionContribution,
    Person,
    Plate,
    Record,
    TrafficFine,
    Violation,
)
from gateway.schema.source import Source
from gateway.schema.text import PartialText, Text

__all__ = [
    "ALPHA2_BY_ALPHA3",
    "ALPHA2_BY_NUMERIC",
    "CHECK_DIGIT_UNCONFIRMED",
    "DECIMALS",
    "Activity",
    "Address",
    "AnyRecord",
    "ApplicationStatus",
    "BahrainLocators",
    "CalendarDate",
    "CommercialRegistration",
    "Coordinates",
    "Country",
    "CountryFacts",
    "Currency",
    "DayOrder",
    "EmiratesLocators",
    "Employer",
    "Evidence",
    "EvidenceDetail",
    "Frozen",
    "IdentifierKind",
    "KuwaitLocators",
    "Locators",
    "Moment",
    "Money",
    "NameParts",
    "Names",
    "NationalIdentifier",
    "OmanLocators",
    "Outcome",
    "PartialText",
    "Party",
    "Payment",
    "PensionContribution",
    "Person",
    "Plate",
    "Progress",
    "QatarLocators",
    "Reason",
    "Record",
    "ResultDocument",
    "SaudiLocators",
    "Source",
    "Text",
    "TrafficFine",
    "Violation",
    "Wanted",
    "clean_text",
    "fold_digits",
    "fold_number",
    "has_bidi_controls",
    "has_lone_surrogates",
    "hijri_to_gregorian",
    "strip_marks",
]
