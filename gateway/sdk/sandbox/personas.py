"""Seven invented people whom all six states know, to sign in as and to show the gateway with."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from gateway.schema.country import Country
from gateway.sdk.sandbox.model import Gender

BH, KW, OM, QA, SA, AE = Country.BH, Country.KW, Country.OM, Country.QA, Country.SA, Country.AE


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody to sign in as; ``label`` is Arabic then English, ``identifiers`` begin with that of home."""

    id: str
    label: tuple[str, str]
    identifiers: tuple[tuple[Country, str], ...]
    nationality: str
    assurance: Literal["low", "substantial", "high"]

    @property
    def home(self) -> Country:
        """The state whose citizen the persona is."""
        return self.identifiers[0][0]


@dataclass(frozen=True, slots=True)
class Biography:
    """What the populations tell of one persona.

    ``names`` are (Arabic, Latin) pairs of given, father's, grandfather's and family name. ``fined_in`` are the
    states that hold fines, ``worked_in`` the other state of the working life; ``still_there`` says that the
    persona works there today.
    """

    persona: Persona
    names: tuple[tuple[str, str], tuple[str, str], tuple[str, str], tuple[str, str]]
    birth: date
    gender: Gender
    fined_in: tuple[Country, ...]
    worked_in: Country
    still_there: bool = False


_BIOGRAPHIES = (
    Biography(
        Persona(
            "bahraini-citizen",
            ("مريم الزياني، مواطنة بحرينية", "Maryam Al Zayani, citizen of Bahrain"),
            ((BH, "010345570"),),
            "BH",
            "high",
        ),
        (("مريم", "Maryam"), ("يوسف", "Yusuf"), ("عيسى", "Isa"), ("الزياني", "Al Zayani")),
        date(2001, 3, 17),
        "female",
        (BH, SA, KW),
        SA,
    ),
    Biography(
        Persona(
            "kuwaiti-citizen",
            ("عبدالله العوضي، مواطن كويتي", "Abdullah Al Awadhi, citizen of Kuwait"),
            ((KW, "285061445574"),),
            "KW",
            "high",
        ),
        (("عبدالله", "Abdullah"), ("جاسم", "Jasem"), ("محمد", "Mohammad"), ("العوضي", "Al Awadhi")),
        date(1985, 6, 14),
        "male",
        (KW, SA, QA, BH),
        QA,
    ),
    Biography(
        Persona(
            "omani-citizen",
            ("سالم الحارثي، مواطن عُماني", "Salim Al Harthi, citizen of Oman"),
            ((OM, "08123457"),),
            "OM",
            "high",
        ),
        (("سالم", "Salim"), ("حمد", "Hamad"), ("هلال", "Hilal"), ("الحارثي", "Al Harthi")),
        date(1989, 11, 2),
        "male",
        (OM, AE, SA),
        AE,
    ),
    Biography(
        Persona(
            "qatari-citizen",
            ("نورة الكواري، مواطنة قطرية", "Noora Al Kuwari, citizen of Qatar"),
            ((QA, "29363462675"),),
            "QA",
            "high",
        ),
        (("نورة", "Noora"), ("راشد", "Rashid"), ("علي", "Ali"), ("الكواري", "Al Kuwari")),
        date(1993, 12, 18),
        "female",
        (QA, SA, AE),
        KW,
    ),
    Biography(
        Persona(
            "saudi-citizen",
            ("خالد القحطاني، مواطن سعودي", "Khalid Al Qahtani, citizen of Saudi Arabia"),
            ((SA, "1084260288"),),
            "SA",
            "high",
        ),
        (("خالد", "Khalid"), ("سعود", "Saud"), ("ناصر", "Nasser"), ("القحطاني", "Al Qahtani")),
        date(1987, 3, 9),
        "male",
        (SA, BH, AE, KW, QA, OM),
        BH,
    ),
    Biography(
        Persona(
            "emirati-citizen",
            ("هند المنصوري، مواطنة إماراتية", "Hind Al Mansoori, citizen of the United Arab Emirates"),
            ((AE, "784199110289743"),),
            "AE",
            "high",
        ),
        (("هند", "Hind"), ("سلطان", "Sultan"), ("راشد", "Rashed"), ("المنصوري", "Al Mansoori")),
        date(1991, 9, 2),
        "female",
        (AE, OM, QA),
        OM,
    ),
    Biography(
        Persona(
            "resident",
            ("يوسف المطيري، مواطن كويتي مقيم في البحرين", "Yousef Al Mutairi, citizen of Kuwait residing in Bahrain"),
            ((KW, "279112346306"), (BH, "791162871")),
            "KW",
            "substantial",
        ),
        (("يوسف", "Yousef"), ("فهد", "Fahad"), ("بدر", "Bader"), ("المطيري", "Al Mutairi")),
        date(1979, 11, 23),
        "male",
        (KW, BH, SA),
        BH,
        still_there=True,
    ),
)


def personas() -> tuple[Persona, ...]:
    """The seven: one citizen of each state, and a Kuwaiti who resides in Bahrain."""
    return tuple(biography.persona for biography in _BIOGRAPHIES)


def biographies() -> tuple[Biography, ...]:
    """What the populations are to tell of the seven."""
    return _BIOGRAPHIES


def biography_of(country: Country, identifier: str) -> Biography | None:
    """The biography of the persona whom ``country`` gave the identifier, if it is a persona's."""
    return _BY_IDENTIFIER.get((country, identifier))


_BY_IDENTIFIER = {each: biography for biography in _BIOGRAPHIES for each in biography.persona.identifiers}
