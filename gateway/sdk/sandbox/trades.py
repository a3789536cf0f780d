"""The words that invented companies are made of: brands, trades by ISIC class, legal forms and register cities."""

from collections.abc import Mapping

from gateway.schema.country import Country

Brand = tuple[str, str]
Trade = tuple[str, str, str, str, str]

BRANDS: tuple[Brand, ...] = (
    ("الواحة", "Al Waha"), ("اللؤلؤة", "Al Luluah"), ("النخلة", "Al Nakhla"), ("الشراع", "Al Shiraa"),
    ("المدى", "Al Mada"), ("الأفق", "Al Ofoq"), ("السدرة", "Al Sidra"), ("الخليج الأزرق", "Blue Gulf"),
    ("المنارة", "Al Manara"), ("الصقر", "Al Saqr"), ("الريم", "Al Reem"), ("القافلة", "Al Qafila"),
    ("الياسمين", "Al Yasmin"), ("البستان", "Al Bustan"), ("المرسى", "Al Marsa"), ("الغدير", "Al Ghadeer"),
    ("الدانة", "Al Dana"), ("الفنار", "Al Fanar"), ("التلال", "Al Tilal"), ("الوادي", "Al Wadi"),
)  # fmt: skip

# ISIC Rev. 4 class, its wording in both languages, and how a company of the trade is called.
TRADES: tuple[Trade, ...] = (
    ("4711", "البيع بالتجزئة للمواد الغذائية", "Retail sale of food in general stores", "للتجارة", "Trading"),
    ("5610", "أنشطة المطاعم وخدمات الطعام المتنقلة", "Restaurants and mobile food services", "للمطاعم", "Restaurants"),
    ("4100", "تشييد المباني", "Construction of buildings", "للمقاولات", "Contracting"),
    (
        "6201",
        "أنشطة البرمجة الحاسوبية",
        "Computer programming activities",
        "لتقنية المعلومات",
        "Information Technology",
    ),
    ("4923", "نقل البضائع بالطرق البرية", "Freight transport by road", "للنقل", "Transport"),
    ("4510", "بيع المركبات ذات المحركات", "Sale of motor vehicles", "للسيارات", "Motors"),
    ("8620", "أنشطة الممارسة الطبية وطب الأسنان", "Medical and dental practice activities", "الطبية", "Medical"),
    (
        "6820",
        "الأنشطة العقارية على أساس رسوم أو عقود",
        "Real estate on a fee or contract basis",
        "العقارية",
        "Real Estate",
    ),
    ("7110", "الأنشطة المعمارية والهندسية", "Architectural and engineering activities", "للهندسة", "Engineering"),
    ("1071", "صنع منتجات المخابز", "Manufacture of bakery products", "للمخابز", "Bakeries"),
    ("7911", "أنشطة وكالات السفر", "Travel agency activities", "للسفريات", "Travel"),
    ("8121", "التنظيف العام للمباني", "General cleaning of buildings", "لخدمات التنظيف", "Cleaning Services"),
)

# Code, Arabic and English name; the first is owned by one person. Names as each state's law calls them.
FORMS: Mapping[Country, tuple[tuple[str, str, str], ...]] = {
    Country.BH: (
        ("IE", "مؤسسة فردية", "Individual Establishment"),
        ("WLL", "شركة ذات مسؤولية محدودة", "With Limited Liability Company"),
        ("BSCC", "شركة مساهمة بحرينية مقفلة", "Bahraini Shareholding Company (Closed)"),
    ),
    Country.KW: (
        ("10", "مؤسسة فردية", "Sole Proprietorship"),
        ("20", "شركة ذات مسؤولية محدودة", "With Limited Liability Company"),
        ("30", "شركة مساهمة كويتية مقفلة", "Kuwaiti Shareholding Company (Closed)"),
    ),
    Country.OM: (
        ("1", "تاجر فرد", "Sole Trader"),
        ("4", "شركة محدودة المسؤولية", "Limited Liability Company"),
        ("6", "شركة مساهمة مقفلة", "Closed Joint Stock Company"),
    ),
    Country.QA: (
        ("SE", "مؤسسة فردية", "Single Establishment"),
        ("LLC", "شركة ذات مسؤولية محدودة", "Limited Liability Company"),
        ("PSC", "شركة مساهمة خاصة", "Private Shareholding Company"),
    ),
    Country.SA: (
        ("101", "مؤسسة", "Establishment"),
        ("202", "شركة ذات مسؤولية محدودة", "Limited Liability Company"),
        ("204", "شركة مساهمة مبسطة", "Simplified Joint Stock Company"),
    ),
    Country.AE: (
        ("EST", "مؤسسة فردية", "Sole Establishment"),
        ("LLC", "شركة ذات مسؤولية محدودة", "Limited Liability Company"),
        ("PJS", "شركة مساهمة خاصة", "Private Joint Stock Company"),
    ),
}

CITIES: Mapping[Country, tuple[tuple[str, str, str], ...]] = {
    Country.BH: (("1", "المنامة", "Manama"), ("2", "المحرق", "Muharraq"), ("3", "الرفاع", "Riffa")),
    Country.KW: (("1", "مدينة الكويت", "Kuwait City"), ("2", "حولي", "Hawalli"), ("3", "الأحمدي", "Al Ahmadi")),
    Country.OM: (("1", "مسقط", "Muscat"), ("2", "صلالة", "Salalah"), ("3", "صحار", "Sohar")),
    Country.QA: (("1", "الدوحة", "Doha"), ("2", "الريان", "Al Rayyan"), ("3", "الخور", "Al Khor")),
    Country.SA: (("1010", "الرياض", "Riyadh"), ("4030", "جدة", "Jeddah"), ("2050", "الدمام", "Dammam")),
    Country.AE: (("DED", "دبي", "Dubai"), ("CN", "أبوظبي", "Abu Dhabi"), ("SH", "الشارقة", "Sharjah")),
}
"""Register offices: the code that begins a number where the state uses one (Saudi Arabia, Emirates), and the city."""
