"""What single exporters write in ways of their own, each with the value that it must have."""

from typing import Any

import pytest

from project.contacts.exchange import digests
from project.contacts.exchange.card import Card
from project.contacts.exchange.csv import reader as csv_reader
from tests.accounts import Account
from tests.contacts.calls import listed, names
from tests.contacts.exchange.calls import CSV, VCARD, brought, send, take
from tests.contacts.exchange.files import vcard


def quoted(text: str, charset: str) -> bytes:
    return "".join(f"={octet:02X}" for octet in text.encode(charset)).encode()


def of_2_1(*lines: bytes) -> bytes:
    return b"\r\n".join([b"BEGIN:VCARD", b"VERSION:2.1", *lines, b"END:VCARD", b""])


def only(account: Account, data: bytes, media_type: str = "text/vcard") -> dict[str, Any]:
    assert brought(account, data, media_type) == (1, 0, 0)
    (contact,) = listed(account)
    assert brought(account, data, media_type) == (0, 1, 0)
    assert brought(account, take(account)) == (0, 1, 0)
    return contact


CHARSETS = {
    "GBK": ("王", "伟"),
    "GB2312": ("王", "伟"),
    "gb18030": ("李", "娜"),
    "BIG5": ("陳", "大文"),
    "SHIFT_JIS": ("山田", "太郎"),
    "EUC-JP": ("山田", "太郎"),
    "EUC-KR": ("김", "철수"),
    "KOI8-R": ("Иванов", "Иван"),
    "WINDOWS-1251": ("Шевченко", "Олена"),
    "windows-1253": ("Παππάς", "Άννα"),
    "windows-1254": ("Şahin", "Işıl"),
    "windows-1255": ("כהן", "דוד"),
    "windows-1256": ("حسن", "علي"),
    "ISO-8859-2": ("Łącki", "Paweł"),
}


@pytest.mark.parametrize(("charset", "name"), CHARSETS.items(), ids=CHARSETS)
@pytest.mark.parametrize("is_quoted", [True, False])
def test_a_charset_is_the_one_declared(ada: Account, charset: str, name: tuple[str, str], is_quoted: bool) -> None:  # noqa: FBT001
    last, first = (quoted(each, charset) if is_quoted else each.encode(charset) for each in name)
    encoding = b";ENCODING=QUOTED-PRINTABLE" if is_quoted else b""
    line = b"N;CHARSET=%b%b:%b;%b;;;" % (charset.encode(), encoding, last, first)
    contact = only(ada, of_2_1(line, b"TEL;CELL:1"))
    assert (contact["last_name"], contact["first_name"]) == name


@pytest.mark.parametrize("charset", ["ISO-8859-1", "GBK", "Shift_JIS", "WINDOWS-1252"])
def test_what_is_utf_8_all_the_same_is_read_as_that(ada: Account, charset: str) -> None:
    name = "王伟" if charset in ("GBK", "Shift_JIS") else "Jörg"
    line = b"N;CHARSET=%b;ENCODING=QUOTED-PRINTABLE:;%b;;;" % (charset.encode(), quoted(name, "utf-8"))
    assert only(ada, of_2_1(line))["first_name"] == name


UNDECLARED = {
    "gbk": ["王伟", "李娜", "张丽华", "刘洋"],
    "big5": ["陳大文", "林志玲", "黃小明", "張惠妹"],
    "shift_jis": ["山田太郎", "佐藤花子", "鈴木一郎", "ﾔﾏﾀﾞ"],
    "euc-kr": ["김철수", "이영희", "박지성"],
    "cp1251": ["Шевченко Олена", "Иванов Иван", "Коваленко Ірина"],
    "koi8-r": ["Иванов Иван", "Петрова Мария"],
    "cp1253": ["Παππάς Άννα", "Γεωργίου Νίκος"],
    "cp1255": ["כהן דוד", "לוי משה", "מזרחי שרה"],
    "cp1256": ["حسن علي", "محمد أحمد"],
    "cp874": ["ใจดี สมชาย", "วิชัย ทองดี"],
    "cp1250": ["Łącki Paweł", "Wiśniewska Małgorzata", "Żółć Ędward"],
    "cp1254": ["Şahin Işıl", "Yılmaz Gökçe", "Öztürk Ayşe"],
    "cp1252": ["Müller Zoë", "Ærø", "Þór Guðmundsdóttir", "Süß", "ÄÖÜ", "“quoted” 5°", "£5 Señor Núñez", "Émilie"],
}


def test_an_encoding_that_nobody_declares_is_the_likely_one(ada: Account) -> None:
    """Each file as a vCard, as a quoted one, as a sheet, and with one name alone that is enough."""
    for charset, people in UNDECLARED.items():
        files = {
            "cards": (b"".join(of_2_1(b"FN:" + name.encode(charset)) for name in people), VCARD),
            "quoted": (
                b"".join(of_2_1(b"FN;ENCODING=QUOTED-PRINTABLE:" + quoted(name, charset)) for name in people),
                VCARD,
            ),
            "sheet": (b"\r\n".join([b"Name,Phone", *(name.encode(charset) + b",1" for name in people), b""]), CSV),
        }
        for kind, (data, media_type) in files.items():
            assert (charset, kind, *brought(ada, data, media_type)) == (charset, kind, len(people), 0, 0)
            found = listed(ada)
            assert (charset, kind, {each["name"] for each in found}) == (charset, kind, set(people))
            assert brought(ada, data, media_type) == (0, len(people), 0)
            operations = [{"op": "delete", "id": each["id"]} for each in found]
            assert ada.post("/contacts/batch", json={"operations": operations}).status_code == 200


def test_a_sheet_that_was_read_in_another_encoding_is_the_same(ada: Account) -> None:
    """The digest of a row does not depend on what its encoding is taken for."""
    file = "Name,Phone\r\nОлена Шевченко,1\r\nІван Коваленко,2\r\n".encode("cp1251")
    (card, _) = (each for each in csv_reader.read(file) if isinstance(each, Card))
    assert (card.name, card.text) == (
        "Олена Шевченко",
        digests.of_row(["Name", "Phone"], ["Олена Шевченко".encode("cp1251").decode("cp1252"), "1"]),
    )


LINES: dict[str, tuple[str, dict[str, Any]]] = {
    "FRITZ!Box": ("TEL;TYPE=FAX_WORK:99", {"phone": "99"}),
    "a space before the colon": ("TEL : 12", {"phone": "12"}),
    "a space before a parameter": ("TEL ;TYPE=CELL:12", {"phone": "12"}),
    "a name before the address": ("EMAIL:Ada Lovelace <ada@example.org>", {"email": "ada@example.org"}),
    "an address in angles": ("EMAIL:<ada@example.org>", {"email": "ada@example.org"}),
    "a quoted name before it": ('EMAIL:"Lovelace, Ada" <ada@example.org>', {"email": "ada@example.org"}),
    "a full-width address": ("EMAIL:ａｄａ＠example.org", {"email": "ada@example.org"}),
    "labels between semicolons": ("CATEGORIES:Family;Work", {"labels": ["Family", "Work"]}),
    "a label with a semicolon": ("CATEGORIES:Family\\; Work", {"labels": ["Family; Work"]}),
    "a month in a word": ("BDAY:10 Dec 1815", {"birthday": "1815-12-10"}),
    "an American date": ("BDAY:December 10\\, 1815", {"birthday": "1815-12-10"}),
}


@pytest.mark.parametrize(("line", "expected"), LINES.values(), ids=LINES)
def test_a_line_means(ada: Account, line: str, expected: dict[str, Any]) -> None:
    contact = only(ada, vcard("FN:Ada", line, "NOTE:x"))
    assert {name: contact[name] for name in expected} == expected


def test_types_in_one_word_are_told_apart(ada: Account) -> None:
    lines = ["TEL:1", "TEL;TYPE=FAX_WORK:2", "TEL;TYPE=HOME_MOBILE:3", "TEL;TYPE=MY_PHONE:4"]
    contact = only(ada, vcard("FN:Ada", *lines))
    assert [each["label"] for each in contact["details"]] == ["work fax", "home mobile", "my_phone"]


def test_slashes_of_an_address_may_be_escaped(ada: Account) -> None:
    contact = only(ada, vcard("FN:Ada", "URL:http\\:\\/\\/www.example.org\\/a"))
    assert contact["details"][0]["value"] == "http://www.example.org/a"


@pytest.mark.parametrize(
    ("written", "birthday"),
    [
        ("10-Dec-1815", "1815-12-10"),
        ("10 December 1815", "1815-12-10"),
        ("December 10th, 1815", "1815-12-10"),
        ("Dec 10", "--12-10"),
        ("10. Dezember 1815", "1815-12-10"),
        ("3. März 1815", "1815-03-03"),
        ("1er juillet 1815", "1815-07-01"),
        ("10 juin 1815", "1815-06-10"),
        ("10 de agosto de 1815", "1815-08-10"),
        ("10 grudzień 1815", "1815-12-10"),
        ("10 mei 1815", "1815-05-10"),
        ("10 Dec 1604", "--12-10"),
        ("31 Feb 1815", None),
        ("10 Xyz 1815", None),
        ("sometime in May 1815", None),
    ],
)
def test_months_are_read_as_words(ada: Account, written: str, birthday: str | None) -> None:
    contact = only(ada, f'Name,Birthday\nAda,"{written}"\n'.encode(), CSV)
    assert contact["birthday"] == birthday
    if birthday is None:
        assert contact["details"] == [{"kind": "other", "label": "birthday", "value": written}]


@pytest.mark.parametrize(
    ("name", "queries"),
    [
        ("Işıl", ["isil", "ışıl", "IŞIL", "İsil"]),
        ("İbrahim", ["ibrahim", "ıbrahim"]),
        ("Weiß", ["weiss", "WEISS", "weiß", "WEIẞ"]),
        ("Nguyễn Thị Ánh", ["nguyen", "thi anh", "ÁNH"]),
        ("Núñez", ["nunez", "NUÑEZ"]),
        ("Llŷr", ["llyr"]),
        ("Ærø", ["aero", "ÆRØ"]),
        ("Þóra", ["thora", "þóra"]),
        ("Đặng", ["dang"]),
        ("Ľubomír Čapek", ["lubomir", "capek"]),
        ("Széchenyi Győző", ["szechenyi", "gyozo"]),
        ("สมชาย", ["สมชาย", "สม"]),
        ("አበበ", ["አበበ"]),
        ("გიორგი", ["გიორგი", "giorgi"]),
        ("Արամ", ["Արամ", "aram", "ԱՐԱՄ"]),
        ("សុខា", ["សុខា"]),
        ("தமிழ்", ["தமிழ்", "தமிழ"]),
        ("བསྟན་འཛིན", ["བསྟན"]),
        ("👩‍👧 Mum", ["mum", "👩‍👧"]),
        ("O’Neill-Ó Briain", ["oneill", "o briain", "briain"]),
        ("Ａｄａ", ["ada", "ａｄａ"]),
    ],
)
def test_a_name_is_found(ada: Account, name: str, queries: list[str]) -> None:
    assert brought(ada, vcard(f"FN:{name}", f"N:;{name};;;")) == (1, 0, 0)
    assert {query: names(ada, q=query) for query in queries} == {query: [name] for query in queries}


LINKEDIN = (
    'Notes:\n"When exporting your connection data, some addresses are missing, as people hide them."\n\n'
    "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n"
    "Ada,Lovelace,https://www.example.org/ada,ada@example.org,Firm,Analyst,10 Dec 2020\n"
)
SHEETS: dict[str, tuple[str, dict[str, Any]]] = {
    "LinkedIn": (LINKEDIN, {"name": "Ada Lovelace", "email": "ada@example.org", "company": "Firm"}),
    "Chinese": ("姓名,手机,邮箱\n王伟,138,a@example.org\n", {"name": "王伟", "phone": "138", "email": "a@example.org"}),
    "Swedish": ("Förnamn,Efternamn,E-post\nAda,Lovelace,a@example.org\n", {"email": "a@example.org"}),
}


@pytest.mark.parametrize(("file", "expected"), SHEETS.values(), ids=SHEETS)
def test_a_sheet_means(ada: Account, file: str, expected: dict[str, Any]) -> None:
    contact = only(ada, file.encode(), CSV)
    assert {name: contact[name] for name in expected} == expected


def test_no_value_of_a_numbered_column_is_lost(ada: Account) -> None:
    file = "First Name,E-mail 1 - Kleur,Phone 1 - Shade,Address 1 - Mood\nAda,a@example.org,blue,good\n"
    contact = only(ada, file.encode(), CSV)
    assert {each["value"] for each in contact["details"]} == {"a@example.org", "blue", "good"}


def test_a_number_is_kept_where_outlook_has_a_flag(ada: Account) -> None:
    contact = only(ada, b"Name;Privat;Mobil\nAda;+49 30 123456;0170 1234567\n", CSV)
    assert contact["phone"] == "0170 1234567"
    assert [(each["kind"], each["value"]) for each in contact["details"]] == [("phone", "+49 30 123456")]
    assert brought(ada, b"Name;Privat;Mobil\nBen;Falsch;0170 1234568\n", CSV) == (1, 0, 0)
    assert listed(ada)[1]["details"] == []


@pytest.mark.parametrize("start", ["Mood\nGood\n", "1\n2\n3\n4\n5\n"])
def test_a_row_that_is_hardly_known_is_no_row_of_headings(ada: Account, start: str) -> None:
    assert send(ada, f"{start}Mood,Phone\ngood,1\n".encode(), CSV).status_code == 422
    assert listed(ada) == []
