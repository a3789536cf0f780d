"""Names in both scripts as table pairs, so that neither script is made from the other."""

from collections.abc import Mapping

from gateway.sdk.sandbox.dice import Dice
from gateway.sdk.sandbox.model import Gender, SyntheticName

Pair = tuple[str, str]


def _pairs(table: str) -> tuple[Pair, ...]:
    pairs = (entry.split("=") for entry in table.replace("\n", " ").split(","))
    return tuple((arabic.strip(), latin.strip()) for arabic, latin in pairs)


# One Arabic name is often spelt in several ways in Latin letters; each spelling is its own pair.
_GULF_MEN = _pairs("""
    محمد=Mohammed, محمد=Mohamed, محمد=Muhammad, أحمد=Ahmed, أحمد=Ahmad, عبدالله=Abdullah, عبدالله=Abdulla,
    خالد=Khalid, خالد=Khaled, سالم=Salem, سالم=Salim, ناصر=Nasser, ناصر=Nasir, علي=Ali, حسن=Hassan, حسين=Hussain,
    يوسف=Yousef, يوسف=Yusuf, إبراهيم=Ibrahim, إبراهيم=Ebrahim, عبدالرحمن=Abdulrahman, عبدالعزيز=Abdulaziz,
    سعود=Saud, فيصل=Faisal, تركي=Turki, ماجد=Majid, ماجد=Majed, سلطان=Sultan, حمد=Hamad, حمدان=Hamdan,
    راشد=Rashid, راشد=Rashed, سعيد=Saeed, سعيد=Said, مبارك=Mubarak, جاسم=Jassim, جاسم=Jasem, عيسى=Isa, عيسى=Essa,
    بدر=Badr, بدر=Bader, فهد=Fahad, فهد=Fahd, مشعل=Mishal, نواف=Nawaf, عمر=Omar, طلال=Talal, زايد=Zayed,
    خليفة=Khalifa, غانم=Ghanim, صالح=Saleh, سليمان=Sulaiman, هلال=Hilal, قيس=Qais, هيثم=Haitham, ثاني=Thani,
    منصور=Mansour, وليد=Waleed, عادل=Adel, بندر=Bandar, زياد=Ziyad, مازن=Mazen
""")
_GULF_WOMEN = _pairs("""
    فاطمة=Fatima, فاطمة=Fatma, مريم=Mariam, مريم=Maryam, عائشة=Aisha, عائشة=Aysha, نورة=Noura, نورة=Nora,
    سارة=Sara, سارة=Sarah, شيخة=Shaikha, شيخة=Sheikha, موزة=Moza, لطيفة=Latifa, حصة=Hessa, حصة=Hissa, منيرة=Munira,
    هند=Hind, ريم=Reem, ريم=Rim, أمل=Amal, دلال=Dalal, غادة=Ghada, جواهر=Jawaher, العنود=Al Anoud, شما=Shamma,
    ميثاء=Maitha, علياء=Alya, بدرية=Badriya, زينب=Zainab, خديجة=Khadija, أسماء=Asma, هدى=Huda, نوف=Nouf, لولوة=Lulwa,
    دانة=Dana, رحمة=Rahma, زهرة=Zahra, شمسة=Shamsa, أفراح=Afrah, بشاير=Bashayer, منى=Muna, ليلى=Layla, سلمى=Salma,
    وضحى=Wadha, رنا=Rana
""")
_FAMILIES: Mapping[str, tuple[Pair, ...]] = {
    "BH": _pairs("""
        الدوسري=Al Doseri, البوعينين=Al Buainain, الجودر=Al Jowder, المناعي=Al Mannai, الذوادي=Al Thawadi,
        العلوي=Al Alawi, الموسوي=Al Mosawi, الحداد=Al Haddad, الصفار=Al Saffar, المحروس=Al Mahroos, كانو=Kanoo,
        فخرو=Fakhro, الزياني=Al Zayani, العريض=Al Arrayed, القصاب=Al Qassab, الستري=Al Sitri, الجلاهمة=Al Jalahma,
        البنعلي=Al Binali, الخياط=Al Khayat, السماك=Al Sammak
    """),
    "KW": _pairs("""
        المطيري=Al Mutairi, العنزي=Al Enezi, الرشيدي=Al Rashidi, العجمي=Al Ajmi, الهاجري=Al Hajri, العازمي=Al Azmi,
        الكندري=Al Kandari, الشمري=Al Shammari, بهبهاني=Behbehani, الخرافي=Al Kharafi, الغانم=Al Ghanim,
        العوضي=Al Awadhi, الفيلكاوي=Al Failakawi, الصانع=Al Sanea, القطان=Al Qattan, دشتي=Dashti, معرفي=Marafi,
        الحربي=Al Harbi, الفضلي=Al Fadhli, البدر=Al Bader
    """),
    "OM": _pairs("""
        الحارثي=Al Harthi, البلوشي=Al Balushi, الهنائي=Al Hinai, الكندي=Al Kindi, الرواحي=Al Rawahi,
        الشكيلي=Al Shukaili, المعمري=Al Maamari, الغافري=Al Ghafri, السيابي=Al Siyabi, العامري=Al Amri,
        الحبسي=Al Habsi, الزدجالي=Al Zadjali, اللواتي=Al Lawati, الفارسي=Al Farsi, المحروقي=Al Mahrouqi,
        الوهيبي=Al Wahaibi, الراشدي=Al Rashdi, العبري=Al Abri, النعماني=Al Noumani, الشنفري=Al Shanfari
    """),
    "QA": _pairs("""
        الكواري=Al Kuwari, المهندي=Al Mohannadi, النعيمي=Al Naimi, المري=Al Marri, الهاجري=Al Hajri,
        السليطي=Al Sulaiti, المناعي=Al Mannai, الكعبي=Al Kaabi, العمادي=Al Emadi, الدرويش=Al Darwish,
        المسلماني=Al Meslemani, الأنصاري=Al Ansari, البوعينين=Al Buainain, الخليفي=Al Khulaifi,
        السادة=Al Sada, العبيدلي=Al Obaidli, المالكي=Al Malki, الجابر=Al Jaber, اليافعي=Al Yafei, الإبراهيم=Al Ibrahim
    """),
    "SA": _pairs("""
        القحطاني=Al Qahtani, الغامدي=Al Ghamdi, الزهراني=Al Zahrani, العتيبي=Al Otaibi, الحربي=Al Harbi,
        الشهري=Al Shehri, الدوسري=Al Dosari, المطيري=Al Mutairi, الشمري=Al Shammari, العمري=Al Omari, السبيعي=Al Subaie,
        الجهني=Al Juhani, البقمي=Al Baqami, العسيري=Al Asiri, الأحمدي=Al Ahmadi, السلمي=Al Sulami, الخالدي=Al Khalidi,
        الراجحي=Al Rajhi, العنزي=Al Anazi, باوزير=Bawazir
    """),
    "AE": _pairs("""
        المنصوري=Al Mansoori, المزروعي=Al Mazrouei, الشامسي=Al Shamsi, الكتبي=Al Ketbi, الظاهري=Al Dhaheri,
        النعيمي=Al Nuaimi, السويدي=Al Suwaidi, المهيري=Al Muhairi, الفلاسي=Al Falasi, الحمادي=Al Hammadi,
        الرميثي=Al Rumaithi, الزعابي=Al Zaabi, البلوشي=Al Bloushi, الشحي=Al Shehhi, النقبي=Al Naqbi, العامري=Al Ameri,
        الكعبي=Al Kaabi, المهري=Al Mehri, الهاشمي=Al Hashmi, بن غانم=Bin Ghanim
    """),
    "EG": _pairs(
        "السيد=El Sayed, عبدالفتاح=Abdel Fattah, الشربيني=El Sherbiny, منصور=Mansour, حجازي=Hegazy, فوزي=Fawzy"
    ),
    "JO": _pairs("الخطيب=Khatib, العبادي=Abbadi, الزعبي=Zoubi, حداد=Haddad, النسور=Nsour, عبيدات=Obeidat"),
    "SY": _pairs("الحلبي=Halabi, الشامي=Shami, قباني=Qabbani, العطار=Attar, حمصي=Homsi, المصري=Masri"),
    "IN": _pairs("ناير=Nair, كومار=Kumar, شارما=Sharma, باتيل=Patel, مينون=Menon, توماس=Thomas, ريدي=Reddy"),
    "PK": _pairs("خان=Khan, مالك=Malik, شودري=Chaudhry, بات=Butt, قريشي=Qureshi, شيخ=Sheikh"),
    "BD": _pairs("رحمن=Rahman, إسلام=Islam, حسين=Hossain, ميا=Miah, أحمد=Ahmed, سركار=Sarkar"),
    "PH": _pairs("سانتوس=Santos, رييس=Reyes, كروز=Cruz, باوتيستا=Bautista, غارسيا=Garcia, ميندوزا=Mendoza"),
    "GB": _pairs("سميث=Smith, جونز=Jones, تايلور=Taylor, إيفانز=Evans, هيوز=Hughes, كلارك=Clarke"),
}
_ARAB_MEN = _pairs("""
    محمود=Mahmoud, مصطفى=Mostafa, كريم=Karim, طارق=Tarek, سامي=Sami, أيمن=Ayman, هشام=Hisham, بسام=Bassam, رامي=Rami,
    نبيل=Nabil, جمال=Gamal, أسامة=Osama, باسل=Basel, غسان=Ghassan
""")
_ARAB_WOMEN = _pairs("منى=Mona, رانيا=Rania, دينا=Dina, ياسمين=Yasmin, هالة=Hala, سوزان=Suzan, لينا=Lina, نادين=Nadine")
_MEN: Mapping[str, tuple[Pair, ...]] = {
    "EG": _ARAB_MEN,
    "JO": _ARAB_MEN,
    "SY": _ARAB_MEN,
    "IN": _pairs("راجيش=Rajesh, سوريش=Suresh, أنيل=Anil, فيجاي=Vijay, أرجون=Arjun, سانجاي=Sanjay, رافي=Ravi"),
    "PK": _pairs("عمران=Imran, بلال=Bilal, عثمان=Usman, كاشف=Kashif, نديم=Nadeem, ساجد=Sajid, طاهر=Tahir"),
    "BD": _pairs("شفيق=Shafiq, رفيق=Rafiq, كمال=Kamal, جاهد=Zahid, شاهين=Shaheen, ميزان=Mizan"),
    "PH": _pairs("خوسيه=Jose, مارك=Mark, أنتونيو=Antonio, ريكاردو=Ricardo, جوزيف=Joseph, رامون=Ramon"),
    "GB": _pairs("جيمس=James, أوليفر=Oliver, ديفيد=David, توماس=Thomas, ستيفن=Stephen, أندرو=Andrew"),
}
_WOMEN: Mapping[str, tuple[Pair, ...]] = {
    "EG": _ARAB_WOMEN,
    "JO": _ARAB_WOMEN,
    "SY": _ARAB_WOMEN,
    "IN": _pairs("بريا=Priya, لاكشمي=Lakshmi, أنيتا=Anita, ديبا=Deepa, سونيتا=Sunita, كافيتا=Kavita"),
    "PK": _pairs("عائشة=Ayesha, صائمة=Saima, نادية=Nadia, فرح=Farah, شازية=Shazia"),
    "BD": _pairs("نسرين=Nasrin, سلطانة=Sultana, روكسانا=Roksana, شيرين=Shirin, تسليمة=Taslima"),
    "PH": _pairs("ماريا=Maria, أنجيلا=Angela, جوي=Joy, غريس=Grace, روزا=Rosa, كريستين=Christine"),
    "GB": _pairs("إيما=Emma, شارلوت=Charlotte, أليس=Alice, هانا=Hannah, لوسي=Lucy"),
}

# Customs of naming: four parts in the Gulf, three in the other Arab states, given and family name elsewhere.
_FATHER_TOO = frozenset({"EG", "JO", "SY", "PK"})


def draw(dice: Dice, nationality: str, gender: Gender) -> tuple[SyntheticName, SyntheticName]:
    """A name in Arabic and in Latin letters, as people of ``nationality`` (ISO alpha-2) are named."""
    men = _MEN.get(nationality, _GULF_MEN)
    given = dice.pick(men if gender == "male" else _WOMEN.get(nationality, _GULF_WOMEN))
    father, grandfather = ("", ""), ("", "")
    if nationality not in _MEN or nationality in _FATHER_TOO:
        father = dice.pick([pair for pair in men if pair[0] != given[0]])
    if nationality not in _MEN:
        grandfather = dice.pick([pair for pair in men if pair[0] not in (given[0], father[0])])
    return named(given, father, grandfather, dice.pick(_FAMILIES[nationality]))


def named(given: Pair, father: Pair, grandfather: Pair, family: Pair) -> tuple[SyntheticName, SyntheticName]:
    """The Arabic and the Latin name made of the pairs."""
    parts = tuple(zip(given, father, grandfather, family, strict=True))
    return SyntheticName(*parts[0]), SyntheticName(*parts[1])
