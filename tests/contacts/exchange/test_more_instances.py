"""Ways in which files spoil a card, a date or a value, each with what a careful reader makes of it."""

import base64
from collections.abc import Mapping
from typing import Any

from tests import images
from tests.accounts import Account
from tests.contacts.calls import listed
from tests.contacts.exchange import strict
from tests.contacts.exchange.calls import CSV, bring, brought, take
from tests.contacts.exchange.files import vcard

Lines = Mapping[str, tuple[str, ...]]


def contacts_of(account: Account, cards: Lines, version: str = "3.0") -> dict[str, dict[str, Any]]:
    """The contacts of cards by their names; the same cards again, and what goes out of them, change nothing."""
    file = b"".join(vcard(f"FN:{name}", *lines, version=version) for name, lines in cards.items())
    assert brought(account, file) == (len(cards), 0, 0)
    assert brought(account, file) == (0, len(cards), 0)
    for exported in ("3.0", "4.0"):
        assert brought(account, take(account, version=exported)) == (0, len(cards), 0)
    return {contact["name"]: contact for contact in listed(account)}


def lines_of(account: Account, version: str = "4.0") -> dict[str, list[str]]:
    """The lines of each exported card by its FN; a strict reader takes those of 4.0."""
    data = take(account, version=version)
    if version == "4.0":
        strict.read(data, version)
    cards = data.replace(b"\r\n ", b"").decode().split("END:VCARD\r\n")[:-1]
    lines = [card.split("\r\n") for card in cards]
    return {next(line[3:] for line in card if line.startswith("FN:")): card for card in lines}


ENDS = {
    "folded": b"TEL:1\r\n END:VCARD\r\n",
    "folded by a tab": b"TEL:1\r\n\tEND:VCARD\r\n",
    "behind the value": b"TEL:1END:VCARD\r\n",
    "with a semicolon": b"TEL:1\r\nEND:VCARD;\r\n",
    "before the next beginning": b"TEL:1\r\nEND:VCARD",
    "before a byte order mark": b"TEL:1\r\nEND:VCARD\xef\xbb\xbf",
    "in small letters": b"TEL:1\r\nend:vcard;;\r\n",
    "behind blanks": b"TEL:1\r\n   END:VCARD  \r\n",
}


def test_a_card_whose_end_is_spoilt_is_whole(ada: Account) -> None:
    file = b"".join(b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:%b\r\n%b" % (name.encode(), end) for name, end in ENDS.items())
    assert brought(ada, file + vcard("\ufeffFN:last", "TEL:1")) == (len(ENDS) + 1, 0, 0)
    assert {contact["name"]: contact["phone"] for contact in listed(ada)} == dict.fromkeys([*ENDS, "last"], "1")


def test_cards_that_are_quoted_or_indented_are_read(ada: Account) -> None:
    for number, indent in enumerate([" ", "    ", "\t", "> ", ">"]):
        lines = vcard(f"FN:A{number}", "NOTE:one", "TEL:1").decode().splitlines()
        file = "".join(f"{indent}{line}\r\n" for line in lines).encode()
        assert (indent, *brought(ada, file)) == (indent, 1, 0, 0)
    assert {(contact["phone"], contact["notes"]) for contact in listed(ada)} == {("1", "one")}


def test_a_note_that_holds_an_end_is_not_one(ada: Account) -> None:
    note = "NOTE:a card within a card, whose last line is too long for one \\n\r\n END:VCARD"
    assert brought(ada, vcard("FN:A", note, "TEL:1") + vcard("FN:B")) == (2, 0, 0)
    assert listed(ada)[0]["phone"] == "1"


def test_a_link_or_a_time_on_a_line_of_its_own_is_left_out(ada: Account) -> None:
    report = bring(ada, vcard("FN:A", "TITLE:Head", "https://example.org/a", "10:30 meeting", "TEL:1"))
    assert [failure["detail"].rpartition(": ")[2] for failure in report["failed"]] == [
        "https://example.org/a",
        "10:30 meeting",
    ]
    assert (listed(ada)[0]["job_title"], listed(ada)[0]["phone"]) == ("Head", "1")


BIRTHDAYS = {
    "BDAY:04.03.1604": "--03-04",
    "BDAY;VALUE=date-time:1604-03-04T00:00:00Z": "--03-04",
    "BDAY:16040304T120000Z": "--03-04",
    "BDAY:--3-4": "--03-04",
    "BDAY:0000-3-4": "--03-04",
    "BDAY;X-APPLE-OMIT-YEAR=1896:1896-03-04": "--03-04",
    "BDAY:1990-03-04Z": "1990-03-04",
    "BDAY:1990-03-04+02:00": "1990-03-04",
    'BDAY:"1990-03-04"': "1990-03-04",
    "BDAY:4.3.90": "1990-03-04",
    "BDAY:13/3/90": "1990-03-13",
    "BDAY:13-03-1990 00:00:00": "1990-03-13",
    "BDAY:3/13/1990 12:00:00 AM": "1990-03-13",
    "BDAY:4 березня 1990": "1990-03-04",
    "BDAY:4 июля 1990": "1990-07-04",
    "BDAY:4. června 1990": "1990-06-04",
    "BDAY:4. července 1990": "1990-07-04",
    "BDAY:Sun\\, Mar 4 1990": "1990-03-04",
    "BDAY:0000-00-00": None,
    "BDAY:00000000": None,
}


def test_a_birthday_is_one_however_it_is_written(ada: Account) -> None:
    found = contacts_of(ada, {str(number): (line,) for number, line in enumerate(BIRTHDAYS)})
    for number, (line, birthday) in enumerate(BIRTHDAYS.items()):
        contact = found[str(number)]
        assert (line, contact["birthday"], contact["details"]) == (line, birthday, [])


def test_a_year_that_is_none_leaves_as_none(ada: Account) -> None:
    contacts_of(ada, {"A": ("BDAY:16040304T120000Z", "ANNIVERSARY:1604-05-06")})
    assert {"BDAY:--0304", "ANNIVERSARY:--0506"} <= set(lines_of(ada)["A"])


MOMENTS = {
    "BDAY:--0415T102200": ("BDAY:--0415T102200", "BDAY:--04-15T10:22:00"),
    "BDAY:1996-04-15T23:10:00.000Z": ("BDAY:19960415T231000Z", "BDAY:1996-04-15T23:10:00Z"),
    "BDAY:1996-04-15T23:10:00+01:00": ("BDAY:19960415T231000+0100", "BDAY:1996-04-15T23:10:00+0100"),
    "BDAY:19960415T2310Z": ("BDAY:19960415T2310Z", "BDAY:1996-04-15T23:10Z"),
    "BDAY:T102200": ("BDAY:T102200", "BDAY:T102200"),
    "BDAY:---31T10": ("BDAY:---31T10", "BDAY:---31T10"),
}


def test_a_time_of_birth_leaves_with_its_day(ada: Account) -> None:
    contacts_of(ada, {str(number): (line,) for number, line in enumerate(MOMENTS)}, version="4.0")
    modern, former = lines_of(ada), lines_of(ada, "3.0")
    for number, (line, written) in enumerate(MOMENTS.items()):
        assert (line, *written) == (
            line,
            *(next(each for each in lines[str(number)] if "BDAY" in each) for lines in (modern, former)),
        )


REVISIONS = (
    "1262304000", "1262304000123", "Fri, 01 Jan 2010 00:00:00 GMT", "2010-01-01T00:00:00.1234567Z",
    "2010-01-01T00:00:00Z;", "2010-01-01 00:00:00 UTC", "20100101", "2010-01-01T00:00:00.123+0100",
)  # fmt: skip


def test_a_revision_is_a_time_however_it_is_written(ada: Account) -> None:
    assert brought(ada, vcard("UID:a", "FN:A", "TEL:1")) == (1, 0, 0)
    for number, revision in enumerate(REVISIONS):
        assert (revision, *brought(ada, vcard("UID:a", "FN:A", f"TEL:2{number}", f"REV:{revision}"))) == (
            revision,
            0,
            1,
            0,
        )


def test_what_cannot_be_seen_is_no_part_of_a_value(ada: Account) -> None:
    signs = ["\u17b4", "\ufffc", "\ufff9", "\U000e0001", "\U0001d173", "\u180e", "\u2067", "\ufeff"]
    cards = {
        str(number): (
            f"TEL:{sign}+1{sign}555{sign}",
            f"EMAIL:{sign}a{number}@exam{sign}ple.org",
            f"NOTE:{sign}x{sign}",
            f"ORG:{sign}F{sign}",
        )
        for number, sign in enumerate(signs)
    }
    for name, contact in contacts_of(ada, cards).items():
        values = (contact["phone"], contact["email"], contact["notes"], contact["company"])
        assert values == ("+1555", f"a{name}@example.org", "x", "F")


def test_a_flag_and_a_heart_stay_whole(ada: Account) -> None:
    names = ["❤\ufe0f", "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"]
    assert set(contacts_of(ada, dict.fromkeys(names, ()))) == set(names)


ADDRESSES = {
    "EMAIL:MAILTO:a@example.org?subject=x": "a@example.org",
    "EMAIL:a@example.org.": "a@example.org",
    "EMAIL:'a@example.org'": "a@example.org",
    "EMAIL:[a@example.org]": "a@example.org",
    "TEL:callto:+1555": "+1555",
    "TEL:sms:+1555": "+1555",
    "TEL;VALUE=uri:tel://+1555": "+1555",
    "URL:<https://example.org/a>": "https://example.org/a",
}


def test_an_address_or_a_number_is_read_without_what_is_around_it(ada: Account) -> None:
    found = contacts_of(ada, {str(number): (line,) for number, line in enumerate(ADDRESSES)})
    for number, (line, value) in enumerate(ADDRESSES.items()):
        contact = found[str(number)]
        details = [each["value"] for each in contact["details"]]
        assert (line, contact["email"] or contact["phone"] or details[0]) == (line, value)


def test_parameters_and_groups_stay_with_their_properties(ada: Account) -> None:
    lines = (
        "ADR;TYPE=home;PREF=1:;;S;T;;;",
        "URL;MEDIATYPE=text/html;PREF=1:https://example.org/a",
        "IMPP;TYPE=home;PREF=2:skype:u",
        "RELATED;TYPE=friend;MEDIATYPE=text/vcard:https://example.org/a.vcf",
        "home.TEL:1",
        "home.ADR;X-NOTE=x:;;S2;T;;;",
        "one.TITLE:Chief",
        "one.ORG:Firm",
        "two.TITLE:Clerk",
        "two.ORG:Other",
        "three.TEL:3",
        "three.NOTE:after six",
    )
    contacts_of(ada, {"A": lines}, version="4.0")
    written = {line.replace("PREF=1;", "") for line in lines_of(ada)["A"]}
    assert set(lines) - written == {"home.TEL:1"}
    assert "home.TEL;PREF=1:1" in lines_of(ada)["A"]
    assert "ADR;TYPE=HOME;TYPE=pref:;;S;T;;;" in lines_of(ada, "3.0")["A"]


def test_preferences_of_numbers_and_addresses_keep_their_order(ada: Account) -> None:
    lines = (
        "TEL;PREF=3:3",
        "TEL;PREF=2:2",
        "EMAIL;PREF=5:a@example.org",
        "EMAIL;TYPE=work;PREF=7:b@example.org",
        "TEL:9",
    )
    (contact,) = contacts_of(ada, {"A": lines}, version="4.0").values()
    assert (contact["phone"], contact["email"]) == ("2", "a@example.org")
    assert {"TEL;PREF=1:2", "TEL;PREF=3:3", "TEL:9", "EMAIL;TYPE=work;PREF=7:b@example.org"} <= set(lines_of(ada)["A"])
    assert {"TEL;TYPE=pref:2", "TEL;X-PREF=3:3"} <= {
        line.replace("PREF:", "pref:") for line in lines_of(ada, "3.0")["A"]
    }


def test_a_group_is_named_by_what_it_has(ada: Account) -> None:
    person = vcard("FN:A", "UID:a")
    for lines, label in ((["ORG:Team"], "Team"), (["N:Club;;;;"], "Club"), ([f"FN:{'x' * 150}"], "x" * 100)):
        assert bring(ada, vcard("KIND:group", *lines, "MEMBER:a") + person)["failed"] == []
        assert label in listed(ada)[0]["labels"]
    report = bring(ada, vcard("KIND:group", "MEMBER:a") + person)
    assert [failure["detail"] for failure in report["failed"]] == ["The group has no name."]


ONCE = {
    "ANNIVERSARY": ("ANNIVERSARY:20181206", "X-ANNIVERSARY;VALUE=DATE-AND-OR-TIME:20181206"),
    "DEATHDATE": ("DEATHDATE:20200101", "DEATHDATE:20210101"),
    "BIRTHPLACE": ("BIRTHPLACE:London", "BIRTHPLACE:Ockham"),
    "CREATED": ("CREATED:20200101T000000Z", "CREATED:20210101T000000Z"),
    "LANGUAGE": ("LANGUAGE:de", "LANGUAGE:fr"),
    "N": ("N:B;A;;;", "N:B;A;;;"),
    "ORG": ("ORG:Firm", "ORG:Firm"),
    "URL": ("URL:https://example.org", "URL:https://example.org"),
    "ADR": ("ADR:;;S;;;;", "ADR:;;S;;;;"),
    "TITLE": ("TITLE:Chief", "TITLE:Chief"),
    "X-SEEN": ("X-SEEN:1", "X-SEEN:1"),
}


def test_what_a_card_says_twice_leaves_once(ada: Account) -> None:
    contacts_of(ada, ONCE, version="4.0")
    for name, lines in lines_of(ada).items():
        assert (name, len([line for line in lines if line.startswith(f"{name}:")])) == (name, 1)


def test_equal_values_with_other_labels_stay_beside_each_other(ada: Account) -> None:
    lines = (
        "TEL;TYPE=cell;waid=1:+1",
        "item1.TEL;waid=1:+1",
        "item1.X-ABLabel:WhatsApp",
        "ADR;LABEL=a:;;S;;;;",
        "ADR;LABEL=b:;;S;;;;",
    )
    (contact,) = contacts_of(ada, {"A": lines}).values()
    assert [(each["label"], each["value"]) for each in contact["details"]] == [("WhatsApp", "+1")]
    assert len(contact["addresses"]) == 2
    assert brought(ada, take(ada, format="csv"), CSV) == (0, 1, 0)


def test_a_label_of_another_place_is_an_address(ada: Account) -> None:
    lines = ("ADR;TYPE=home:;;S;T;;;", "LABEL;TYPE=home:S\\nT", "LABEL;TYPE=work:1 Main St\\nTown")
    (contact,) = contacts_of(ada, {"A": lines}).values()
    assert [(each["label"], each["street"]) for each in contact["addresses"]] == [
        ("home", "S"),
        ("work", "1 Main St, Town"),
    ]


def test_labels_keep_their_quotes_and_positions_lose_their_signs(ada: Account) -> None:
    (contact,) = contacts_of(ada, {"A": ('CATEGORIES:"vip",news', "GEO:+37.38; -122.08")}).values()
    assert contact["labels"] == ['"vip"', "news"]
    assert "GEO:geo:37.38,-122.08" in lines_of(ada)["A"]


def test_references_of_html_stay_for_our_own_cards_may_have_them(ada: Account) -> None:
    (contact,) = contacts_of(ada, {"Tom &amp; Jerry": ("N:O&#39\\;Neill;Ann;;;", "ORG:R&amp\\;D")}).values()
    assert (contact["last_name"], contact["company"]) == ("O&#39;Neill", "R&amp;D")


def test_texts_in_base64_are_read(ada: Account) -> None:
    lines = ("N;ENCODING=BASE64:TMO2d2U7Wm/Dqzs7Ow==", "NOTE;ENCODING=b:b25lCnR3bw==", "TITLE;ENCODING=b:no base64")
    (contact,) = contacts_of(ada, {"A": lines}).values()
    assert (contact["first_name"], contact["last_name"], contact["notes"]) == ("Zoë", "Löwe", "one\ntwo")
    assert contact["job_title"] == "nobase64"


def test_pictures_are_read_without_their_encoding(ada: Account) -> None:
    data = base64.b64encode(images.jpeg(80, 80)).decode()
    lines = {
        "bare": (f"PHOTO:{data}",),
        "with a type": (f"PHOTO;TYPE=JPEG:{data}",),
        "CardBook": (f"PHOTO;DATA:IMAGE/JPEG;BASE64,{data}",),
        "url-safe": ("PHOTO;ENCODING=b:" + data.replace("+", "-").replace("/", "_"),),
    }
    file = b"".join(vcard(f"FN:{name}", *each) for name, each in lines.items())
    assert brought(ada, file) == (4, 0, 0)
    assert all(contact["photo_url"] for contact in listed(ada))


def test_a_uid_that_programs_write_for_none_is_none(ada: Account) -> None:
    for number, uid in enumerate(["null", "(null)", "None", "undefined", "NaN"]):
        file = vcard(f"FN:A{number}", f"UID:{uid}") + vcard(f"FN:B{number}", f"UID:{uid}")
        assert (uid, *brought(ada, file)) == (uid, 2, 0, 0)
        assert brought(ada, file) == (0, 2, 0)


def test_labels_of_apples_groups_leave_in_groups(ada: Account) -> None:
    lines = (
        "item1.X-ABDATE:1996-04", "item1.X-ABLabel:First day",
        "item2.X-SOCIALPROFILE:https://example.org/@a", "item2.X-ABLabel:Mastodon",
    )  # fmt: skip
    contacts_of(ada, {"A": lines})
    for version in ("3.0", "4.0"):
        assert set(lines) <= set(lines_of(ada, version)["A"])


def test_evolutions_types_and_kdes_messenger_are_shown(ada: Account) -> None:
    lines = ("TEL:1", "TEL;TYPE=X-EVOLUTION-CALLBACK:2", "X-KADDRESSBOOK-X-IMAddress:ada", "X-MOTHER:Annabella")
    (contact,) = contacts_of(ada, {"A": lines}).values()
    assert [(each["kind"], each["label"], each["value"]) for each in contact["details"]] == [
        ("phone", "callback", "2"),
        ("im", None, "ada"),
        ("relation", "mother", "Annabella"),
    ]
