"""People are found by the name as they themselves write it, in their script, and in the spellings that there are."""

import unicodedata
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from project.contacts.search import keys
from project.contacts.search.folding import fold
from tests.accounts import Account
from tests.contacts.calls import create, fill, listed, names
from tests.contacts.contents import derive

WESTERN = [{"first_name": "Lili", "last_name": "Li"}, {"first_name": "Ilia"}, {"first_name": "Noah"}]


@pytest.mark.parametrize(
    ("person", "queries"),
    [
        ({"first_name": "철수", "last_name": "김"}, ["김철수", "철수김", "김 철수", "철수"]),
        ({"first_name": "小龍", "last_name": "李"}, ["李小龍", "小龍李", "小龍"]),
        ({"first_name": "たろう", "last_name": "やまだ"}, ["やまだたろう", "ヤマダタロウ", "やまだ"]),
        ({"first_name": "太郎", "last_name": "山田", "phonetic_first_name": "たろう", "phonetic_last_name": "やまだ"},
         ["山田太郎", "やまだたろう", "ヤマダ"]),
        ({"first_name": "هدى"}, ["هدي", "هدى"]),
        ({"first_name": "آمنة"}, ["امنة", "امنه", "آمنه"]),
        ({"first_name": "مصطفى"}, ["مصطفي"]),
        ({"first_name": "علی"}, ["علي", "على"]),
        ({"last_name": "Müller"}, ["Mueller", "Müller", "muller", "MUELLER"]),
        ({"last_name": "Mueller"}, ["Müller", "mueller"]),
        ({"first_name": "Jörg"}, ["Joerg", "jorg"]),
        ({"first_name": "Soeren"}, ["Søren"]),
        ({"first_name": "Åse"}, ["Aase", "ase"]),
        ({"first_name": "Jean Luc"}, ["jean-luc", "jean luc"]),
        ({"first_name": "Jean-Luc"}, ["jean luc", "jean-luc"]),
        ({"first_name": "J.R.R."}, ["jrr", "j.r.r.", "JRR"]),
        ({"last_name": "O'Brien"}, ["O´Brien", "O’Brien", "obrien"]),
        ({"last_name": "O Brien"}, ["O'Brien", "O’Brien"]),
        ({"first_name": "Jean-Luc"}, ["jeanluc", "Jean–Luc"]),
        ({"first_name": "Jean–Luc"}, ["jeanluc", "jean-luc", "jean luc"]),
        ({"last_name": "Al-Khwarizmi"}, ["alkhwarizmi", "al khwarizmi"]),
        ({"first_name": "J. R. R.", "last_name": "Tolkien"}, ["jrr", "j.r.r. tolkien", "j r r"]),
        ({"last_name": "St John"}, ["St. John", "st john", "stjohn"]),
        ({"first_name": "عبد الله"}, ["عبدالله", "عبد الله", "عبد اللہ"]),
        ({"first_name": "عبدالله"}, ["عبد الله", "عبدالله"]),
        ({"last_name": "أبو بكر"}, ["ابوبكر", "أبوبكر", "ابو بكر"]),
        ({"last_name": "בן גוריון"}, ["בןגוריון", "בן-גוריון"]),
        ({"first_name": "Abdul Rahman"}, ["Abdulrahman", "abdul-rahman", "abdul rahman"]),
        ({"first_name": "Abdulrahman"}, ["Abdul Rahman", "abdul-rahman"]),
        ({"last_name": "Van den Berg"}, ["Vandenberg", "van den berg", "vanden berg"]),
        ({"last_name": "Vandenberg"}, ["van den Berg"]),
        ({"last_name": "de la Cruz"}, ["Delacruz", "dela cruz"]),
        ({"last_name": "Mac Donald"}, ["MacDonald", "macdonald"]),
        ({"last_name": "El-Baradei"}, ["ElBaradei", "el baradei"]),
        ({"last_name": "Le Blanc"}, ["LeBlanc"]),
        ({"last_name": "d'Arc"}, ["darc", "d arc", "d’Arc"]),
        ({"last_name": "D Arc"}, ["d'Arc"]),
        ({"last_name": "St. John"}, ["st john"]),
        ({"first_name": "Олена"}, ["олена", "olena", "Олена"]),
        ({"first_name": "Olena"}, ["Олена"]),
        ({"first_name": "Ada", "phone": "*31#+33612345678"}, ["+33612345678", "*31#+33612345678"]),
        ({"first_name": "Ada", "phone": "1-800-FLOWERS"}, ["1-800-356-9377", "+18003569377"]),
        ({"first_name": "Ada", "phone": "+33 1 23 45 67 89, +33 6 12 34 56 78"}, ["+33612345678", "+33 1 23456789"]),
        ({"first_name": "Ada", "phone": "+49 30 1234567p89"}, ["+49301234567"]),
    ],
)  # fmt: skip
def test_a_person_is_found_in_every_spelling(ada: Account, person: dict[str, Any], queries: list[str]) -> None:
    fill(ada, WESTERN)
    contact = create(ada, **person)
    assert {query: names(ada, q=query) for query in queries} == {query: [contact["name"]] for query in queries}


@pytest.mark.parametrize(
    ("stored", "asked"),
    [
        ("*31#+33612345678", "+33612345678"),
        ("#31#+33 6 12 34 56 78", "+33612345678"),
        ("1-800-FLOWERS", "1-800-356-9377"),
        ("(800) CALL-ATT", "+1 800 225 5288"),
        ("+33 1 23 45 67 89, +33 6 12 34 56 78", "+33612345678"),
        ("+33 1 23 45 67 89 / +33 6 12 34 56 78", "+33 1 23 45 67 89"),
        ("+49 30 1234567p89", "+49301234567"),
        ("+49 30 1234567w89", "+49301234567"),
        ("+49 30 1234567,,89", "+49301234567"),
        ("*67 +1 212 555 0123", "+12125550123"),
        ("**21*+491701234567", "+491701234567"),
        ("+49 30 1234567 oder +49 170 1234567", "+491701234567"),
        ("+44 20 7946 0958 & +44 20 7946 0959", "+442079460959"),
        ("+33 1 23 45 67 89 poste 12", "+33123456789"),
        ("+49 30 1234567 Durchwahl 12", "+49301234567"),
    ],
)
def test_a_number_is_the_same_in_every_spelling(ada: Account, stored: str, asked: str) -> None:
    contact = create(ada, phone=stored)
    assert names(ada, phone=asked) == [contact["name"]]


def test_what_is_dialled_after_a_pause_is_no_part_of_the_number(ada: Account) -> None:
    create(ada, phone="+49 30 1234567p89")
    assert names(ada, phone="+4930123456789") == []


@pytest.mark.parametrize("q", ["이", "李", "あ", "오", "ш", "ש", "И", "श"])
def test_one_letter_finds_only_what_holds_it(ada: Account, q: str) -> None:
    fill(ada, [{"first_name": name} for name in ("Ali", "Emil", "Olaf", "Anna", "Sasha", "Ivan")])
    contact = create(ada, first_name=f"{q}{q}")
    assert names(ada, q=q) == [contact["name"]]


def test_a_reading_is_found_where_it_is_the_whole_name(ada: Account) -> None:
    fill(ada, WESTERN)
    assert names(ada, q="李") == ["Lili Li"]


def test_names_of_other_scripts_are_not_found_run_together(ada: Account) -> None:
    create(ada, first_name="Ada", last_name="Lovelace")
    assert names(ada, q="adalovelace") == []


@pytest.mark.parametrize("sort", ["name", "-name", "updated_at", "-created_at"])
def test_what_is_written_so_comes_before_what_only_sounds_so(ada: Account, sort: str) -> None:
    fill(ada, [{"first_name": "Olena"}, {"first_name": "Олена"}, {"first_name": "Olena B"}, {"first_name": "Олена Б"}])
    found = names(ada, q="Олена", sort=sort, limit=1)
    assert (len(found), {*found[:2]}) == (4, {"Олена", "Олена Б"})


NAMES = {
    "Öztürk": ["Oezturk", "Ozturk", "oeztuerk", "öztürk"],
    "Őry": ["Oery", "Ory"],
    "Đoković": ["Djokovic", "Dokovic"],
    "Schäfer-Müller": ["schaefermueller", "Mueller-Schaefer", "Schafer Mueller"],
    "Kjær": ["Kjaer"],
    "Åkerström": ["Aakerstroem", "Akerstroem", "Aakerström"],
    "van den Böhmer": ["Vandenboehmer", "van den bohmer"],
    "Guðmundsdóttir": ["Gudmundsdottir"],
    "Nguyễn": ["Nguyen"],
}


def test_each_umlaut_may_be_a_digraph(ada: Account) -> None:
    fill(ada, [{"last_name": name} for name in NAMES])
    found = {q: names(ada, q=q) for queries in NAMES.values() for q in queries}
    assert found == {q: [name] for name, queries in NAMES.items() for q in queries}


IN_SCRIPT = {
    ("トム", "クルーズ"): ["トム・クルーズ", "ﾄﾑ･ｸﾙｰｽﾞ", "トム＝クルーズ", "とむくるーず"],
    ("马克", "吐温"): ["马克·吐温", "吐温马克"],
    ("欧阳 修",): ["欧阳修", "歐陽修"],
    ("남궁　민",): ["남궁민", "민"],
    ("小", "王", "明"): ["王小明", "王明小", "小明"],
    ("علی\u200cرضا",): ["علی رضا", "علیرضا", "علي رضا"],
    ("سید محمد",): ["سید\u200cمحمد"],
    ("أسماء",): ["اسما"],
    ("اسرا",): ["إسراء"],
    ("داوود",): ["داود"],
    ("رءوف",): ["رؤوف"],
    ("زهرۀ",): ["زهره", "زهرة", "زهرۃ"],
    ("רמב״ם",): ["רמבם", 'רמב"ם', "רמב”ם"],
    ("בן־גוריון",): ["בן גוריון", "בןגוריון", "בן-גוריון"],
    ("װאלף",): ["וואלף"],
    ("चंद्र",): ["चन्द्र"],
    ("अन्ना",): ["अन", "अन्ना"],
    ("А. С.", "Пушкин"): ["А.С. Пушкин", "ас пушкин"],
    ("י.ל.", "פרץ"): ["יל פרץ"],
    ("L.-F.", "Céline"): ["LF Celine", "L.F. Céline"],
    ("St.-Cloud",): ["stcloud"],
    ("St. Clair",): ["stclair", "St.Clair"],
    ("'t Hooft",): ["thooft", "’t Hooft"],
    ("Gal·la",): ["Galla", "gal la"],
    ("Grace", "Hopper"): ["Hopper, Grace", "hopper,grace", "“Grace Hopper”", "(Grace) Hopper.", "Grace; Hopper"],
    ("太郎", "山田"): ["山田、太郎", "「山田太郎」"],
    ("طه", "حسين"): ["حسين، طه"],
    ("しょうた", "おおの"): ["Shota", "Shōta", "shouta oono", "Ono"],
    ("ジュンコ",): ["junko", "じゅんこ"],
    ("山﨑",): ["山崎"],
    ("吉野",): ["𠮷野"],
    ("濵田",): ["浜田", "濱田"],
}


def test_names_are_found_however_their_parts_are_joined(ada: Account) -> None:
    parts = [dict(zip(("first_name", "last_name", "middle_name"), names, strict=False)) for names in IN_SCRIPT]
    made = fill(ada, parts)
    found = {q: names(ada, q=q) for queries in IN_SCRIPT.values() for q in queries}
    pairs = zip(made, IN_SCRIPT.values(), strict=True)
    assert found == {q: [contact["name"]] for contact, queries in pairs for q in queries}


ALPHABET = [
    *"abDEåäöüßøæłđþéİs. -'’´`ʼ·•,;\"“”()[]/&@_0123", *"абеёийїґђљь", *"אבםןץצ״׳־װ", *"ءآأؤةتكکوىيیہۀﷲ\u200c\u0640",
    *"कनय्ंँाि", *"กเแ้ำ", *"김철수각ㄱ", *"あうおがきしじゃゅょっんーカションヴ・゠ｶﾞ",
    *"王李﨑𠮷々〇", *"🥰🫶①½㈱№", "xn--", "van ", "St. ",
    "J.R.", "عبد ", "ou",
]  # fmt: skip


@given(st.lists(st.sampled_from(ALPHABET), min_size=1, max_size=9).map("".join).map(str.strip).filter(fold))
@example("װ״ם")
@example("эTM№")
@example("داووود")
@example("xn--5-李")
def test_a_name_is_found_by_itself(name: str) -> None:
    found = derive({"first_name": name})
    for q in (name, name.upper(), name.lower(), *(unicodedata.normalize(form, name) for form in ("NFD", "NFKD"))):
        assert all(any(form in found["search_text"] for form in term) for term in keys.search_terms(q, None) if term)
    assert any(form in found["first_name_key"] for form in keys.name_substrings(name))


NUMBERS = {
    "+36 1 987 6543 mellék 12": ["+3619876543"],
    "+420 224 123 456 linka 12": ["+420224123456"],
    "+81 3-1234-5678 内線12": ["+81312345678"],
    "+1 212 555 0121T44": ["+12125550121"],
    "+1 212 555 0122~44": ["+12125550122"],
    "+49 30 1234501 w 89": ["+49301234501"],
    "01 23 45 67 89 - 06 12 34 56 78": ["06 12 34 56 78", "0123456789"],
    "+33 1 23 45 67 80 +33 6 12 34 56 70": ["+33612345670", "+33123456780"],
    "Büro 030 1234567, Handy 0170 1234567": ["0170 1234567", "030 1234567"],
    "(212) 555-0123 / (212) 555-0124": ["2125550124", "2125550123"],
    "030 7654321 oder 0170 7654321": ["0170 7654321", "030 7654321"],
    "+49 (0)8151/1234567": ["+4981511234567"],
    "1-877-KARS-4-KIDS": ["+18775277454"],
    "+52 1 55 1234 5678": ["+52 55 1234 5678"],
    "*67 212-555-0128": ["212 555 0128"],
    "*67,2125550129": ["+1 212 555 0129"],
    "*31# +49 170 1234599": ["+491701234599"],
    "011 44 20 7946 0958": ["+442079460958"],
    "0011 44 20 7946 0959": ["+442079460959"],
    "+0044 20 7946 0950": ["+442079460950"],
    "1-800-CONTACTS": ["1-800-266-8228"],
    "1-888-FLOWERS ext. 5": ["+1 888 356 9377"],
    "+1 212 PIZZA NY": ["+12127499269"],
    "9876543210/9876543211": ["9876543211", "9876543210"],
    "212.555.0133 / 212.555.0134": ["212 555 0134", "212 555 0133"],
}


def test_a_number_is_found_beside_remarks_codes_and_other_numbers(ada: Account) -> None:
    fill(ada, [{"first_name": str(at), "phone": number} for at, number in enumerate(NUMBERS)])
    found = {asked: names(ada, phone=asked) for numbers in NUMBERS.values() for asked in numbers}
    assert found == {asked: [str(at)] for at, numbers in enumerate(NUMBERS.values()) for asked in numbers}
    assert names(ada, phone="+4930123450189") == []


@pytest.mark.parametrize(
    ("region", "stored", "asked"),
    [
        ("AU", "1831 0412 345 678", "+61412345678"),
        ("AU", "1300 FLOWER", "1300356937"),
        ("GB", "141 020 7946 0958", "+442079460958"),
        ("GB", "0800 FLOWERS", "0800 3569377"),
        ("JP", "184 090-1234-5678", "+819012345678"),
        ("AU", "0011 49 30 1234567", "+49301234567"),
        ("AU", "0049 30 1234567", "+49301234567"),
        ("AU", "13 CATS", "132287"),
        ("KR", "00700 49 30 1234567", "+49301234567"),
        ("KR", "0082 2 1234 5678", "02 1234 5678"),
        ("TH", "001 49 30 1234567", "+49301234567"),
        ("HK", "001 44 20 7946 0958", "+442079460958"),
        ("HK", "00 91 81234 56789", "+918123456789"),
        ("US", "212-PIZZA-NY", "+12127499269"),
        ("MX", "044 55 1234 5678", "+52 55 1234 5678"),
        ("NO", "*31* 22 12 34 56", "+4722123456"),
    ],
)
def test_codes_and_words_of_a_region_are_dialled(region: str, stored: str, asked: str) -> None:
    known = derive({"phone": stored}, region)["phone_keys"]
    assert any(pattern in known for pattern in keys.phone_patterns(asked, region))


def test_a_filter_by_name_takes_the_same_spellings(ada: Account) -> None:
    people = {
        "Müller": ["Mueller", "muller"],
        "Joergensen": ["Jørgensen"],
        "Jean-Luc": ["jean luc", "jeanluc"],
        "Mary Ann": ["mary-ann"],
        "Van den Berg": ["Vandenberg", "van den berg"],
        "عبد الله": ["عبدالله"],
        "J. R. R.": ["jrr", "J.R.R."],
        "O Brien": ["O'Brien", "obrien"],
    }
    fill(ada, [{"first_name": "Ada", "last_name": name} for name in people] + [{"first_name": "Mueller"}])
    found = {asked: names(ada, last_name=asked) for spellings in people.values() for asked in spellings}
    assert found == {asked: [f"Ada {name}"] for name, spellings in people.items() for asked in spellings}
    assert names(ada, first_name="Müller") == ["Mueller"]


@pytest.mark.parametrize("field", ["first_name", "last_name"])
def test_a_filter_by_a_name_in_another_script_finds_what_is_so_written_or_wholly_so_read(
    ada: Account, field: str
) -> None:
    fill(ada, [{field: name} for name in ("Ali", "Elisa", "Ivan", "Olga")])
    contacts = fill(ada, [{field: name} for name in ("이", "李", "Li", "Ян", "あい")])
    found = {q: {contact["id"] for contact in listed(ada, **{field: q})} for q in ("이", "李", "Ли", "Ян", "あ")}
    ids = {contact[field]: contact["id"] for contact in contacts}
    both = {ids["李"], ids["Li"]}
    assert found == {"이": {ids["이"]}, "李": both, "Ли": both, "Ян": {ids["Ян"]}, "あ": {ids["あい"]}}


def test_a_query_may_be_a_service_code_with_a_number_or_a_word(ada: Account) -> None:
    create(ada, phone="+49 170 1234567")
    create(ada, first_name="Flora", phone="+1 800 356 9377")
    assert names(ada, q="1-800-FLOWERS") == names(ada, q="+1-800-FLOWERS") == ["Flora"]
    assert names(ada, q="*31# +49 170 1234567") == names(ada, q="#31#+491701234567") == ["Ada"]
