"""Invented records, one of each kind with every field filled and one with the fewest."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

from gateway.schema import (
    Activity,
    Address,
    AnyRecord,
    CalendarDate,
    CommercialRegistration,
    Coordinates,
    Country,
    Employer,
    Evidence,
    EvidenceDetail,
    Money,
    NameParts,
    Names,
    NationalIdentifier,
    PartialText,
    Party,
    PensionContribution,
    Person,
    Plate,
    SaudiLocators,
    Source,
    Text,
    TrafficFine,
    Violation,
)

TODAY: Final = date(2026, 11, 24)
SAUDI: Final = NationalIdentifier.parse(Country.SA, "1000000016", today=TODAY)
EMIRATI: Final = NationalIdentifier.parse(Country.AE, "784198012345679", today=TODAY)
SOURCE: Final = Source(
    country=Country.SA,
    agency="example-agency",
    adapter="saudi_arabia@1.0.0",
    fetched_at=datetime(2026, 11, 24, 9, 30, tzinfo=UTC),
    reference="REF-1",
)
ADDRESS: Final = Address(
    country=Country.SA,
    lines=("٣٤٨٢ طريق الملك فهد",),
    locators=SaudiLocators(building_number="3482", city="الرياض", short_address="RHWA3482"),
    coordinates=Coordinates(latitude=24.72, longitude=46.68),
)
PAIR: Final = CalendarDate.pair(gregorian=date(2003, 10, 5), hijri="28-07-1424")

FULL: Final[tuple[AnyRecord, ...]] = (
    Person(
        source=SOURCE,
        notes=("dates_disagree",),
        identifier=SAUDI,
        names=Names(arabic=NameParts(full="فاطمة الكعبي"), latin=NameParts(full="FATIMA AL KAABI")),
        birth_date=CalendarDate.hijri("28-07-1423"),
        gender="female",
        nationality="SA",
        standing="citizen",
        alive=True,
        document_expires=PAIR,
        phone="+966512345678",
        addresses=(ADDRESS,),
    ),
    TrafficFine(
        source=SOURCE,
        notes=("check_digit_unconfirmed",),
        reference="F-1",
        subject=EMIRATI,
        violation=Violation(code="101", description=PartialText(ar="تجاوز السرعة", en="Speeding")),
        occurred_at=datetime(2026, 11, 1, 20, 15, tzinfo=UTC),
        original_time="2026-11-01T23:15:00",
        plate=Plate(country=Country.AE, number="12345", letters="A", category="private", issuer="Dubai"),
        amount=Money.of("300", "SAR"),
        discounted=Money.of("225", "SAR"),
        status="unpaid",
        black_points=4,
        location=PartialText(ar="طريق الملك فهد"),
        authority=PartialText(en="Traffic department"),
        due=CalendarDate.gregorian(date(2026, 12, 1), "01-12-2026"),
    ),
    CommercialRegistration(
        source=SOURCE,
        notes=(),
        number="1010000001",
        unified_number="7000000001",
        names=PartialText(ar="شركة المثال"),
        legal_form=PartialText(ar="شركة ذات مسؤولية محدودة"),
        legal_form_code="102",
        status="active",
        issued=PAIR,
        expires=CalendarDate.hijri("1450-01-01", "yyyy-MM-dd"),
        capital=Money.of("500000", "SAR"),
        main=False,
        branch_of="1010000000",
        city=PartialText(ar="الرياض"),
        activities=(Activity(code="620101", description=PartialText(ar="البرمجة")),),
        parties=(
            Party(
                name=PartialText(ar="فاطمة الكعبي"),
                identifier=SAUDI,
                role="owner",
                share_percent=Decimal("33.3333"),
                nationality="SA",
            ),
        ),
        address=ADDRESS,
    ),
    PensionContribution(
        source=SOURCE,
        notes=(),
        subject=SAUDI,
        employer=Employer(number="500000001", names=PartialText(ar="شركة المثال")),
        period="2026-10",
        wage=Money.of("12000", "SAR"),
        employee_share=Money.of("1170", "SAR"),
        employer_share=Money.of("1410.50", "SAR"),
        status="paid",
        paid_on=CalendarDate.gregorian(date(2026, 11, 5)),
        months_credited=84,
    ),
    Evidence(
        source=SOURCE,
        notes=("dates_disagree",),
        reference="E-1",
        subject=SAUDI,
        title=PartialText(ar="رخصة صيد", en="Fishing permit"),
        status="valid",
        issued=PAIR,
        valid_until=CalendarDate.gregorian(date(2027, 10, 4), "04-10-2027"),
        issuer=PartialText(ar="وزارة البيئة"),
        details=(EvidenceDetail(label=Text(ar="القارب", en="Boat"), value="B-17"),),
    ),
)

FEWEST: Final[tuple[AnyRecord, ...]] = (
    Person(source=SOURCE, identifier=SAUDI, names=Names(latin=NameParts(full="FATIMA")), standing="gcc_visitor"),
    TrafficFine(
        source=SOURCE,
        reference="F-2",
        subject=SAUDI,
        violation=Violation(code="1", description=PartialText(en="Parking")),
        occurred_at=datetime(2026, 11, 1, tzinfo=UTC),
        amount=Money.of("0", "SAR"),
        status="paid",
    ),
    CommercialRegistration(source=SOURCE, number="1", names=PartialText(en="Example"), status="expired", main=True),
    PensionContribution(
        source=SOURCE,
        subject=SAUDI,
        employer=Employer(number="1", names=PartialText(en="Example")),
        period="2026-01",
        wage=Money.of("1", "SAR"),
        employee_share=Money.of("0", "SAR"),
        employer_share=Money.of("0", "SAR"),
        status="due",
    ),
    Evidence(source=SOURCE, reference="E-2", subject=SAUDI, title=PartialText(en="Permit")),
)
