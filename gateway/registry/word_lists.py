"""Words that a light stemmer cannot get right by rule, each list with its reason."""


def _words(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


FUNCTION_WORDS = _words(
    "a an and are as at be by can do for from get how i in into is it me my of on or the to what with you your",
    "في من عن علي الي مع او ان ما هل كيف اين هذا هذه ذلك التي الذي ثم قد كل بعد قبل عند لدي حتي بين انا هو هي",
)
"""Normalised words that stand in nearly every text: asking for them would narrow nothing and find everything."""

WHOLE = _words(
    "تامين قانون قوانين ديوان ميزان سلطان انسان اسنان طيران اثنين تمرين تعيين تكوين تخزين تحسين تموين توطين تدوين",
    "تلوين بنزين ملايين عنوان عناوين برلمان دكان بلدان",
)
"""Normalised words whose last letters are their own and look like an ending: without them they would be other words,
as "insurance" would be "complete" and "aviation" would be "birds"."""

PLURALS = (
    ("تصريح", "تصاريح"),
    ("وثيقة", "وثائق"),
    ("مدرسة", "مدارس"),
    ("رسم", "رسوم"),
    ("عقد", "عقود"),
    ("مسكن", "مساكن"),
    ("بيت", "بيوت"),
    ("منزل", "منازل"),
    ("طفل", "أطفال"),
    ("ولد", "أولاد"),
    ("رقم", "أرقام"),
    ("حكم", "أحكام"),
    ("قانون", "قوانين"),
    ("نظام", "أنظمة"),
    ("مرفق", "مرافق"),
    ("ميناء", "موانئ"),
    ("مريض", "مرضى"),
    ("دواء", "أدوية"),
    ("طبيب", "أطباء"),
    ("عامل", "عمال"),
    ("طالب", "طلاب"),
    ("طالب", "طلبة"),
    ("معهد", "معاهد"),
    ("قرض", "قروض"),
    ("ضريبة", "ضرائب"),
    ("جمرك", "جمارك"),
    ("مصنع", "مصانع"),
    ("مزرعة", "مزارع"),
    ("صك", "صكوك"),
    ("أرض", "أراضي"),
    ("فرع", "فروع"),
    ("نشاط", "أنشطة"),
    ("عنوان", "عناوين"),
    ("حادث", "حوادث"),
    ("راتب", "رواتب"),
    ("أجر", "أجور"),
    ("كشف", "كشوف"),
    ("موعد", "مواعيد"),
    ("مشروع", "مشاريع"),
    ("سائق", "سواق"),
    ("وظيفة", "وظائف"),
    ("شهر", "أشهر"),
    ("مركز", "مراكز"),
    ("متجر", "متاجر"),
    ("مطعم", "مطاعم"),
    ("فندق", "فنادق"),
    ("سفينة", "سفن"),
    ("قارب", "قوارب"),
    ("حق", "حقوق"),
)
"""Singulars with their broken plurals, which change the word's inside, so that no ending tells them: those of public
services. A pair is left out where the two differ by an ending only, and where the plural's stem is also that of
another common word, as that of "merchants" is that of "commercial"."""
