"""vCards as other software writes them, and what becomes of them."""

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest

from project.contacts.content import FIELD_NAMES as FIELDS
from project.contacts.content import KINDS
from project.contacts.exchange.card import Card, Failure
from project.contacts.exchange.vcard import reader as vcard_reader
from project.errors import UnreadableImport
from tests.contacts.exchange.files import FILES, details, read, read_one, vcard, whole


def test_android_writes_2_1_in_quoted_printable_with_fields_of_its_own() -> None:
    ada, sofya, _, pizza = read("android-2.1.vcf")
    assert ada.contact["first_name"] == "Ada"
    assert ada.contact["nickname"] == "Enchantress of Numbers"
    assert ada.contact["notes"] == (
        "First line\nSecond line; with a semicolon, a comma = sign and C:\\new \N{EM DASH} dash"
    )
    assert ada.photo is not None
    assert ada.photo.startswith(b"\xff\xd8\xff")
    assert ("phone", "Cottage", "01932 496 0001") in details(ada)
    assert ("phone", "work fax", "020 7946 0960") in details(ada)
    assert ("date", "Notes published", "1843-09-01") in details(ada)
    assert ("relation", "spouse", "William King") in details(ada)
    assert ("relation", "Engine maker", "Charles Babbage") in details(ada)
    assert ("im", None, "skype:ada.lovelace") in details(ada)
    assert sofya.name == "Софья Васильевна Ковалевская"
    assert sofya.contact["birthday"] == "1850-01-15"
    assert ("phone", "Дача", "+7 812 123-45-67") in details(sofya)
    assert sofya.contact["addresses"][0]["street"] == "Stockholms högskola, Ölandsgatan 1"
    assert pizza.contact["first_name"] == "Pizza; Pasta & Co"


def test_apple_labels_by_groups_and_leaves_the_year_out_in_its_own_way() -> None:
    emmy, company, gauss = read("apple-3.0.vcf")
    assert emmy.uid == "5F3B9D0C-6C0B-4C38-9F0A-0E5C7C1D2E3F"
    assert emmy.contact["email"] == "emmy@example.org"
    assert details(emmy) == [
        ("email", "Institut", "noether@math.example.org"),
        ("phone", "home", "0551 39 0002"),
        ("phone", "home fax", "0551 39 0003"),
        ("phone", "main", "+1 610 526 0004"),
        ("url", "home page", "https://example.org/noether"),
        ("date", "Habilitation", "1919-06-04"),
        ("date", "anniversary", "--04-15"),
        ("relation", "father", "Max Noether"),
        ("relation", "brother", "Fritz Noether"),
        ("im", "home", "skype:emmy.noether"),
        ("im", None, "twitter:noether"),
        ("url", "twitter", "https://twitter.com/noether"),
    ]
    assert [each["label"] for each in emmy.contact["addresses"]] == ["work", "Bryn Mawr College"]
    assert emmy.contact["addresses"][0]["street"] == "Bunsenstraße 3–5, Hinterhaus"
    assert emmy.contact["notes"] == "Invariant theory.\nIdeals, rings; and fields.\n\nBackslash: \\"
    assert emmy.contact["labels"] == ["Mathematicians", "Göttingen"]
    assert "item3.X-ABADR:de" in emmy.extra
    assert (company.contact["company"], company.contact["first_name"]) == ("Difference Engines Ltd", None)
    assert gauss.contact["birthday"] == "--04-30"
    assert details(gauss) == [("url", 'Disquisitiones "Arithmeticae"', "example.org/gauss")]


def test_google_has_groups_for_labels_and_pictures_on_its_servers() -> None:
    grace, jean = read("google-3.0.vcf")
    assert grace.uid is None
    assert grace.contact["favorite"] is True
    assert grace.photo is None
    assert "PHOTO:https://lh3.googleusercontent.com/contacts/hopper" in grace.extra
    assert ("email", "COBOL", "cobol@example.org") in details(grace)
    assert ("relation", "spouse", "Vincent Hopper") in details(grace)
    assert ("date", "First bug", "1947-09-09") in details(grace)
    assert grace.contact["addresses"][0]["street"] == "1 Navy Yard, Washington, DC"
    assert jean.contact["birthday"] == "--12-27"
    assert jean.contact["favorite"] is False


def test_outlook_writes_2_1_in_the_charset_of_its_machine() -> None:
    (emilie,) = read("outlook-2.1.vcf")
    assert emilie.name == "Mme Émilie Châtelet"
    assert emilie.contact["notes"] == "Principia\nmathematica"
    assert emilie.contact["addresses"] == [
        {
            "label": "work",
            "street": "Bâtiment B, 23 quai de Conti, Escalier 2",
            "city": "Paris",
            "region": "Île-de-France",
            "postal_code": "75006",
            "country": "France",
        }
    ]
    assert ("phone", "pager", "+33 8 00 00 00 05") in details(emilie)
    assert "LABEL;TYPE=WORK;TYPE=PREF:23 quai de Conti\\n75006 Paris\\nFrance" in emilie.extra
    assert "X-MS-OL-DEFAULT-POSTAL-ADDRESS:2" in emilie.extra
    assert emilie.photo is not None
    assert emilie.photo.startswith(b"\xff\xd8\xff")
    (sophie,) = read("outlook-3.0.vcf")
    assert ("other", "email", "/o=Paris/ou=Elasticity/cn=sgermain") in details(sophie)


def test_nextcloud_writes_4_0_without_years() -> None:
    mary, nobody = read("nextcloud-4.0.vcf")
    assert mary.contact["birthday"] == "--04-15"
    assert mary.contact["nickname"] == "Queen of Science, Mary"
    assert ("date", "anniversary", "1812-01-01") in details(mary)
    assert ("phone", "work mobile", "+44 7700 900000") in details(mary)
    assert ("relation", "friend", "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6") in details(mary)
    assert mary.photo is not None
    assert mary.photo.startswith(b"\x89PNG")
    assert nobody.contact["nickname"] == "nobody@example.org"


def test_4_0_has_uris_for_numbers_preferences_and_names_in_two_scripts() -> None:
    (card,) = read("rfc6350-4.0.vcf")
    assert card.name == "湯川秀樹"
    assert card.contact["phone"] == "+81-90-0000-0002"
    assert card.contact["email"] == "hideki@example.org"
    assert ("phone", "home", "+81-75-753-0001 ext. 102") in details(card)
    assert card.contact["job_title"] == "教授"
    assert card.contact["notes"] == "First note.\n二番目。"
    assert card.contact["addresses"][1]["street"] == "Princeton, New Jersey"
    assert {
        "N;ALTID=1;LANGUAGE=en:Yukawa;Hideki;;;",
        "TITLE;ALTID=1;LANGUAGE=en:Professor",
        "SOURCE:https://example.org/yukawa.vcf",
        "GENDER:M;physicist",
        'XML:<a xmlns="http://example.org/">b</a>',
    } <= set(card.extra)
    assert any(line.startswith('URL;X-LABEL="work":https://example.org/a/very') for line in card.extra)


def test_a_group_is_a_label_and_an_organisation_is_called_by_its_name() -> None:
    erasmus, soho = read("groups-4.0.vcf")
    assert erasmus.contact["first_name"] == "Erasmus Darwin"
    assert erasmus.contact["labels"] == ["The Lunar Society", "Lunar Society"]
    assert soho.contact["company"] == "Soho Manufactory"


def test_evolution_has_names_of_its_own_for_what_others_have_too() -> None:
    caroline, william = read("evolution-3.0.vcf")
    assert details(caroline) == [
        ("email", "home", "comet@example.org"),
        ("im", "home", "aim:cherschel"),
        ("im", "work", "xmpp:caroline@jabber.example.org"),
        ("relation", "manager", "William Herschel"),
        ("date", "anniversary", "1787-10-01"),
        ("url", "blog", "https://example.org/comets"),
        ("other", "birthday", "not known exactly"),
        ("other", "Comet", "some day"),
        ("other", "email", "caroline at example dot org"),
    ]
    assert "KEY;VALUE=uri:data:application/pgp-keys;base64,mQENBFlPxJ0BCAC=" in caroline.extra
    assert "X-UNDERSCORED-NAME:kept" in caroline.extra
    assert "AGENT:BEGIN:VCARD\\nVERSION:2.1\\nFN:Caroline\\nEND:VCARD" in william.extra
    assert william.contact["phone"] == "+44 1753 496001"


def test_files_are_read_in_any_encoding_and_with_any_line_ends() -> None:
    assert [card.name for card in read("utf-16.vcf")] == ["Марія Склодовська"]
    assert [card.name for card in read("latin-1.vcf")] == ["Jürgen Müller", "Plain Ascii"]
    assert read("latin-1.vcf")[0].contact["notes"] == "Straße “zitiert”"
    (jeannette,) = read("old-mac.vcf")
    assert jeannette.contact["notes"] == "folded here"
    marked = b"\xef\xbb\xbf" + vcard("FN:Ada")
    assert [card.name for card in whole(vcard_reader.read(marked + marked))] == ["Ada", "Ada"]


@pytest.mark.parametrize("name", FILES)
def test_every_card_of_the_corpus_keeps_to_the_limits_of_the_contract(name: str) -> None:
    for card in read(name):
        contact = card.contact
        assert tuple(contact) == FIELDS
        assert any(contact[field] for field in ("first_name", "last_name", "nickname", "company"))
        assert all(0 < len(contact[field] or "x") <= 100 for field in FIELDS[:5])
        assert all(each["kind"] in KINDS and 0 < len(each["value"]) <= 255 for each in contact["details"])
        assert len(contact["details"]) <= 50
        assert len(contact["addresses"]) <= 10
        assert len(contact["labels"]) <= 20
        assert not any(unicodedata.category(sign) == "Cc" for line in card.extra for sign in line)


def test_one_broken_card_stops_nothing() -> None:
    data = b"".join(
        [
            vcard("FN:Before"),
            b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Endless\r\nTEL:1\r\n",
            vcard("FN:Garbled", "X-A:1", "no property at all"),
            vcard("NOTE:nobody"),
            b"END:VCARD\r\n",
            vcard("FN:After"),
        ]
    )
    cards = list(vcard_reader.read(data))
    assert [each.name for each in cards if isinstance(each, Card)] == ["Before", "Garbled", "After"]
    assert [each for each in cards if isinstance(each, Failure)] == [
        Failure(5, "Endless", "The card has no END:VCARD."),
        Failure(15, "", "The card has no name, and nothing to call it by."),
        Failure(19, "", "END:VCARD without BEGIN:VCARD."),
    ]
    assert [each.line for each in cards] == [1, 5, 9, 15, 19, 20]


@pytest.mark.parametrize("data", [b"Ada,Lovelace\r\n", b"PK\x03\x04" + bytes(1000), b"\xff\xfe\x00"])
def test_a_file_without_a_card_is_no_import(data: bytes) -> None:
    with pytest.raises(UnreadableImport):
        vcard_reader.read(data)


@pytest.mark.parametrize(
    "line", ["BEGIN:VCALENDAR", "END:VCARD;", "item1.END:VCARD", "begin;x=y:VCARD", "BEGIN_:\\", "End :vcard x"]
)
def test_nothing_that_begins_or_ends_a_card_is_kept_in_one(line: str) -> None:
    found = list(vcard_reader.read(vcard("FN:Ada", line)))
    kept = [each for card in found if isinstance(card, Card) for each in card.extra]
    assert not [each for each in kept if each.upper().startswith(("BEGIN:", "END:", "BEGIN;", "END;"))]
    assert not [each for each in kept if ".END" in each or ".BEGIN" in each]


def test_a_card_within_a_card_may_be_spelled_in_any_case() -> None:
    (card,) = whole(
        vcard_reader.read(vcard("FN:Ada", "agent:", "begin:vcard", "fn:Charles", "end:vcard", "TEL:1", version="2.1"))
    )
    assert card.extra == ["AGENT:begin:vcard\\nfn:Charles\\nend:vcard"]
    assert card.contact["phone"] == "1"


def test_an_unfolded_base64_and_a_note_with_bare_line_breaks_go_on() -> None:
    card = read_one("FN:Ada", "PHOTO;BASE64;JPEG:/9j/", "4AAQ", "SkZJ", "", "NOTE:first", "second", version="2.1")
    assert card.photo == b"\xff\xd8\xff\xe0\x00\x10JFI"
    assert card.contact["notes"] == "first\nsecond"


def test_a_line_may_be_folded_behind_an_equals_sign_in_a_card_that_is_quoted_elsewhere() -> None:
    card = read_one(
        "FN;ENCODING=QUOTED-PRINTABLE:Ada=",
        "=20L",
        "NOTE:on quoted-printable =",
        " =",
        "TEL:1",
        "X-A:b=",
        " c",
        version="2.1",
    )
    assert (card.name, card.contact["notes"], card.contact["phone"]) == ("Ada L", "on quoted-printable ==", "1")
    assert card.extra == ["X-A:b=c"]


def test_a_semicolon_that_was_encoded_separates_nothing() -> None:
    card = read_one("N;ENCODING=QUOTED-PRINTABLE:Love=3Blace;A=\r\n=64a", version="2.1")
    assert (card.contact["last_name"], card.contact["first_name"]) == ("Love;lace", "Ada")


def test_a_backslash_means_itself_in_2_1_and_escapes_since() -> None:
    assert read_one("FN:Ada", "NOTE:C:\\new\\; D", version="2.1").contact["notes"] == "C:\\new; D"
    assert read_one("FN:Ada", "NOTE:C:\\new\\; D", version="3.0").contact["notes"] == "C:\new; D"


def test_the_preferred_number_is_the_one_to_reach_first_or_else_the_first() -> None:
    first = read_one("FN:Ada", "TEL:1", "TEL:2")
    preferred = read_one("FN:Ada", "TEL:1", "TEL;TYPE=home,pref:2", "TEL:3")
    numbered = read_one("FN:Ada", "TEL;PREF=2:1", "TEL;PREF=1:2", "TEL:3", version="4.0")
    assert (first.contact["phone"], details(first)) == ("1", [("phone", None, "2")])
    assert (preferred.contact["phone"], details(preferred)) == ("2", [("phone", None, "1"), ("phone", None, "3")])
    assert preferred.extra == ['TEL;X-LABEL="home":']
    assert (numbered.contact["phone"], details(numbered)) == ("2", [("phone", None, "1"), ("phone", None, "3")])


@pytest.mark.parametrize(
    ("line", "birthday"),
    [
        ("BDAY:1815-12-10", "1815-12-10"),
        ("BDAY:18151210", "1815-12-10"),
        ("BDAY;VALUE=date-time:1815-12-10T08:00:00Z", "1815-12-10"),
        ("BDAY:--1210", "--12-10"),
        ("BDAY:--12-10", "--12-10"),
        ("BDAY:--0229", "--02-29"),
        ("BDAY;X-APPLE-OMIT-YEAR=1604:1604-12-10", "--12-10"),
        ("BDAY:0000-12-10", "--12-10"),
    ],
)
def test_a_birthday_is_read_as_everybody_writes_it(line: str, birthday: str) -> None:
    assert read_one("FN:Ada", line).contact["birthday"] == birthday


@pytest.mark.parametrize("value", ["circa 1815", "1815", "--12", "1815-02-30", "1815-13-01", "99991231"])
def test_what_is_no_birthday_is_kept_as_a_detail(value: str) -> None:
    card = read_one("FN:Ada", f"BDAY:{value}")
    assert card.contact["birthday"] is None
    assert details(card) == [("other", "birthday", value)]


def test_a_birthday_is_not_in_the_future() -> None:
    later = f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%d}"
    assert details(read_one("FN:Ada", f"BDAY:{later}")) == [("other", "birthday", later)]


def test_what_is_too_long_or_too_many_is_kept_as_lines() -> None:
    card = read_one(
        "N:Lovelace;Ada;;;",
        f"TITLE:{'t' * 101}",
        f"ORG:{'o' * 101};Department",
        f"CATEGORIES:{','.join(f'label {number}' for number in range(22))}",
        f"URL;TYPE=work:https://example.org/{'u' * 255}",
        f"NOTE:{'n' * 10_001}",
        *(f"TEL;TYPE=home:{number}" for number in range(53)),
        *(f"ADR;TYPE=home:;;{number} Street\\, West;;;;" for number in range(11)),
    )
    assert card.contact["job_title"] is card.contact["company"] is None
    assert card.contact["department"] == "Department"
    assert len(card.contact["labels"]) == 20
    assert len(card.contact["details"]) == 50
    assert len(card.contact["addresses"]) == 10
    assert card.contact["notes"] == "n" * 10_000
    assert card.extra == [
        f"ORG;X-REST=1:{'o' * 101};",
        'TEL;X-LABEL="home":',
        f"TITLE:{'t' * 101}",
        "NOTE:n",
        "CATEGORIES:label 20,label 21",
        'ADR;X-LABEL="home":;;10 Street\\, West;;;;',
        f'URL;X-LABEL="work":https://example.org/{"u" * 255}',
        'TEL;X-LABEL="home":51',
        'TEL;X-LABEL="home":52',
    ]


def test_a_name_that_is_too_long_is_cut_and_kept_whole() -> None:
    card = read_one(f"N:{'x' * 101};Ada;{'y' * 101};;", "FN:Long")
    assert (card.contact["last_name"], card.contact["middle_name"]) == ("x" * 100, None)
    assert card.extra[0] == f"N;X-REST=1:{'x' * 101};;{'y' * 101};;"


def test_text_is_composed_trimmed_and_without_control_characters() -> None:
    card = read_one("N:  Mu\u0308ller\x07 ;\u200b;;;", "NOTE: a\x00\\n\x1bb\\r ", "ORG:\u200b", "X-FOO:a\x00b")
    assert card.contact["last_name"] == "Müller"
    assert card.contact["first_name"] is card.contact["company"] is None
    assert card.contact["notes"] == "a\nb\\r"
    assert card.extra == ["X-FOO:ab"]


def test_no_picture_is_fetched() -> None:
    kept = ["PHOTO;VALUE=uri:https://example.org/ada.jpg", "SOURCE:ldap://example.org/ada", "LOGO:http://example.org/x"]
    card = read_one("FN:Ada", *kept)
    assert card.photo is None
    assert card.extra == kept


def test_unreadable_pictures_are_kept_as_they_are() -> None:
    card = read_one("FN:Ada", "PHOTO;ENCODING=b;TYPE=PNG:A", "PHOTO:data:text/plain,hello")
    assert card.photo is None
    assert card.extra == ["PHOTO;VALUE=uri:data:image/png;base64,A", "PHOTO:data:text/plain,hello"]


def test_the_second_picture_is_kept_beside_the_first() -> None:
    card = read_one("FN:Ada", "PHOTO;ENCODING=b:AAAA", "PHOTO;ENCODING=b;TYPE=PNG:BBBB")
    assert card.photo == bytes(3)
    assert card.extra == ["PHOTO;VALUE=uri:data:image/png;base64,BBBB"]


def test_a_card_that_says_so_is_a_favourite() -> None:
    assert read_one("FN:Ada", "X-FAVORITE:TRUE").contact["favorite"] is True
    assert read_one("FN:Ada", "CATEGORIES:starred", "X-FAVORITE:FALSE").contact["favorite"] is False
