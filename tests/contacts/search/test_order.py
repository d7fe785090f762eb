"""The order of names in every script, and the letters that an address book shows above them."""

import unicodedata
from itertools import groupby

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from project.contacts.search import order

ALPHABETS = {
    "Latin": "abcdefghijklmnopqrstuvwxyz",
    "Greek": "αβγδεζηθικλμνξοπρστυφχψω",
    "Cyrillic": "абвгґдеєжзиіїйклмнопрстуфхцчшщъыьэюя",
    "Georgian": "აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰ",
    "Armenian": "աբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆ",
    "Hebrew": "אבגדהוזחטיכלמנסעפצקרשת",
    "Arabic": "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "Devanagari": "अआइईउऊएऐओऔकखगघचछजझटठडढतथदधनपफबभमयरलवशषसह",
    "Thai": "กขคฆงจฉชซฌญฎฏฐฑฒณดตถทธนบปผฝพฟภมยรลวศษสหฬอฮ",
    "Hangul": "가나다라마바사아자차카타파하",
    "kana": "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをん",
}
NAMES = st.text(st.characters(categories=["L", "M", "N", "P", "S", "Zs"]), min_size=1, max_size=8)


@pytest.mark.parametrize("alphabet", ALPHABETS.values(), ids=ALPHABETS)
def test_an_alphabet_is_in_its_own_order(alphabet: str) -> None:
    assert "".join(sorted(alphabet, key=order.key)) == alphabet


@pytest.mark.parametrize(
    "name", ["Émilie Bjørnstjerne", "col·legi", "co·llegi", "เกม แดง", "ཀྱི", "Ка\u0306й", "山田", "\u0301"]
)
def test_weights_of_single_characters_are_used_only_where_they_are_the_collations(name: str) -> None:
    text = unicodedata.normalize("NFD", name)
    assert list(map(list, order.collation_elements(text))) == order.collator().collation_elements(text)


def test_a_contraction_has_weights_of_its_own() -> None:
    apart = [*order.collation_elements("l"), *order.collation_elements("·")]
    assert list(order.collation_elements("l·")) != apart


def test_scripts_follow_one_another() -> None:
    mixed = sorted(letter for alphabet in ALPHABETS.values() for letter in alphabet)
    scripts = [unicodedata.name(letter).split()[0] for letter in sorted([*mixed, "李"], key=order.key)]
    assert [script for script, _ in groupby(scripts)] == [
        "LATIN", "GREEK", "CYRILLIC", "GEORGIAN", "ARMENIAN", "HEBREW", "ARABIC", "DEVANAGARI", "THAI", "HANGUL",
        "HIRAGANA", "CJK",
    ]  # fmt: skip


def test_accents_decide_between_names_that_are_otherwise_equal() -> None:
    names = ["Ada", "Ada B", "Adam", "Ase", "Åse", "Lodz", "Łódź", "Łukasz", "Muller", "Müller", "Mummy", "Zoe", "Zoë"]
    assert sorted(sorted(names, reverse=True), key=order.key) == names


@pytest.mark.parametrize(
    ("name", "section"),
    [
        ("Ada", "A"), ("ada", "A"), ("Łukasz", "L"), ("Øystein", "O"), ("Đặng", "D"), ("Æsir", "A"), ("Þóra", "Þ"),
        ("İstanbul", "I"), ("ﬁona", "F"), ("Ａda", "A"), ("𝓐da", "A"), ("ʻOkina", "O"), ("'t Hooft", "T"),
        ("(Grace)", "G"), ("Жуков", "Ж"), ("йога", "Й"), ("Ὀδυσσεύς", "Ο"), ("გიორგი", "გ"), ("Գրիգոր", "Գ"),
        ("אדה", "א"), ("أحمد", "ا"), ("آمنة", "ا"), ("علي", "ع"), ("เกษม", "ก"), ("あべ", "あ"), ("うえだ", "あ"),
        ("ガイ", "か"), ("ｶﾄｳ", "か"), ("わたなべ", "わ"), ("김", "ㄱ"), ("까치", "ㄱ"), ("李", "李"), ("3M", "#"),
        ("#1", "#"), ("★", "#"), ("😀", "#"), ("🫶 Ada", "#"), ("㋿", "令"), ("“”", "#"), ("", "#"),
    ],
)  # fmt: skip
def test_the_section_is_the_letter_above_the_name(name: str, section: str) -> None:
    assert order.section(name) == section


@given(st.lists(NAMES, max_size=30))
@example(["ʻa", "h", "i", "ı"])
@example(["ؤ", "ا", "و", "أ"])
def test_each_section_is_in_one_piece(names: list[str]) -> None:
    sections = [section for section, _ in groupby(map(order.section, sorted(names, key=order.key)))]
    assert len([each for each in sections if each != order.OTHERS]) == len({*sections} - {order.OTHERS})


def test_symbols_newer_than_the_table_are_among_the_others() -> None:
    """🥰 is of Unicode 11, 🫶 of 14; the table is of 10."""
    names = ("❤️ Mama", "🎹 Ada", "🥰 Oma", "🫶 เกม", "1st", "Ada", "Ян", "山")
    assert tuple(sorted({*names}, key=order.key)) == names
    assert [section for section, _ in groupby(map(order.section, names))] == ["#", "A", "Я", "山"]


@given(NAMES)
@example("ﷺ" * 100)
@example("\U0010ffff" * 100)
def test_a_key_fits_its_index(name: str) -> None:
    assert len(order.key(name).encode()) <= 4 * order.KEY_LENGTH
