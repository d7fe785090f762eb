"""What programs of other makers and people of other languages write, each with what a careful reader makes of it."""

import pytest

from tests.accounts import Account
from tests.contacts.calls import listed
from tests.contacts.exchange.calls import brought, take
from tests.contacts.exchange.files import vcard
from tests.contacts.exchange.test_more_instances import contacts_of, lines_of

BIRTHDAYS = {
    "1996-04-15": (
        "15 avril 1996", "15. huhtikuuta 1996", "15 Nisan 1996", "15. apríl 1996", "15 Απριλίου 1996",
        "15. travnja 1996", "15 квітня 1996 р.", "15 апреля 1996 г.", "15.04.1996 г.", "1996. április 15.",
        "1996. 4. 15.", "15. 4. 1996", "15.4.1996.", "1996年4月15日", "１９９６年４月１５日", "1996년 4월 15일",
        "١٥/٠٤/١٩٩٦", "1996 Apr 15", "1996-Apr-15", "Mon Apr 15 1996 00:00:00 GMT+0200 (CEST)",
        "Mon\\, 15 Apr 1996 00:00:00 GMT",
        "Mon Apr 15 00:00:00 CEST 1996", "15-Apr-96", "Apr 15\\, 96", "15. Apr. 96",
    ),
    "1996-03-15": ("15 maart 1996", "15 mars 1996", "15 мартa 1996", "15 ožujka 1996"),
    "1996-06-15": ("15 lipnja 1996", "15 iunie 1996", "15 июня 1996", "15. kesäkuuta 1996"),
    "1996-07-15": ("15 липня 1996", "15 lipca 1996", "15 srpnja 1996", "15 Temmuz 1996"),
    "1996-08-15": ("15 srpna 1996", "15 Ağustos 1996", "15 août 1996"),
    "1996-11-15": ("15. marraskuuta 1996", "15 listopada 1996", "15 noiembrie 1996"),
    "1996-12-15": ("15. desember 1996", "15 Aralık 1996", "15 detsembar 1996"),
    "--04-15": ("4月15日", "4월 15일", "15.4.", "15 de abril"),
    None: ("0001-01-01T00:00:00", "4501-01-01 00:00:00", "0000-00-00T00:00:00Z"),
}  # fmt: skip


def test_a_birthday_is_read_in_the_languages_of_many(ada: Account) -> None:
    written = {each: day for day, several in BIRTHDAYS.items() for each in several}
    found = contacts_of(ada, {str(number): (f"BDAY:{each}",) for number, each in enumerate(written)})
    assert {each: found[str(number)]["birthday"] for number, each in enumerate(written)} == written
    assert [contact["details"] for contact in found.values()] == [[]] * len(written)


DATES = {
    "BDAY:T000000": ("BDAY:T000000", "BDAY:T000000"),
    "BDAY;PREF=1;X-APPLE-OMIT-YEAR=1604:1604-03-04": ("BDAY;PREF=1:--0304", "BDAY;PREF=1:--0304"),
    "BDAY;LANGUAGE=de:15. April 1996": ("BDAY;LANGUAGE=de:19960415", "BDAY;LANGUAGE=de:1996-04-15"),
    "ANNIVERSARY;PREF=1:20110113": ("ANNIVERSARY;PREF=1:20110113", "X-ABDATE;TYPE=pref:2011-01-13"),
    "X-ABDATE:1996-04": ("X-ABDATE:1996-04", "X-ABDATE:1996-04"),
    "X-EVOLUTION-ANNIVERSARY:1604-03-04": ("ANNIVERSARY:--0304", "X-APPLE-OMIT-YEAR=1604:1604-03-04"),
}


def test_a_date_leaves_as_each_version_has_it(ada: Account) -> None:
    contacts_of(ada, {str(number): (line,) for number, line in enumerate(DATES)})
    modern, former = lines_of(ada), lines_of(ada, "3.0")
    for number, written in enumerate(DATES.values()):
        for each, lines in zip(written, (modern, former), strict=True):
            assert [line for line in lines[str(number)] if line.endswith(each)], (each, lines[str(number)])


def test_what_stands_beside_a_date_or_a_messenger_in_its_group_stays(ada: Account) -> None:
    lines = (
        "item1.ANNIVERSARY:20110113", "item1.X-PLACE:London", "item2.X-SKYPE:ada", "item2.X-SEEN:1",
        "item3.BDAY:18151210", "item3.X-NOTE:at night",
    )  # fmt: skip
    contacts_of(ada, {"A": lines}, version="4.0")
    assert {*lines, "item2.IMPP:skype:ada"} - {"item2.X-SKYPE:ada"} <= set(lines_of(ada)["A"])
    assert "item3.BDAY:1815-12-10" in lines_of(ada, "3.0")["A"]


def test_androids_own_birthday_is_the_birthday(ada: Account) -> None:
    event = "X-ANDROID-CUSTOM:vnd.android.cursor.item/contact_event;{};{};{};;;;;;;;;;;;"
    birthday, line = event.format("1990-03-04", 3, ""), "BDAY:1990-03-04"
    cards = {"A": (birthday, event.format("--05-06", 0, "Name day")), "B": (birthday, line), "C": (line, birthday)}
    found = contacts_of(ada, cards)
    assert [contact["birthday"] for contact in found.values()] == ["1990-03-04"] * 3
    assert [contact["details"] for contact in found.values()] == [
        [{"kind": "date", "label": "Name day", "value": "--05-06"}],
        [],
        [],
    ]


def test_a_nickname_is_one_with_an_x_before_it(ada: Account) -> None:
    (contact,) = contacts_of(ada, {"A": ("NICKNAME:Enchantress", "X-NICKNAME:Zahlenfee")}).values()
    assert contact["nickname"] == "Enchantress, Zahlenfee"


ACCOUNTS = {
    "msnim:ada": ("IMPP;X-SERVICE-TYPE=MSN;type=HOME;type=pref:msnim:ada", "X-MSN;type=HOME;type=pref:ada"),
    "aim:123": ("IMPP;X-SERVICE-TYPE=ICQ;type=HOME;type=pref:aim:123", "X-ICQ;type=HOME;type=pref:123"),
    "xmpp:ada@example.org": ("IMPP;X-SERVICE-TYPE=GoogleTalk:xmpp:ada@example.org", "X-GOOGLE-TALK:ada@example.org"),
    "gadugadu:123": ("IMPP;X-SERVICE-TYPE=GaduGadu:x-apple:123", "X-GADUGADU:123"),
    "matrix:u/ada:example.org": ("IMPP:matrix:u/ada:example.org", "X-MATRIX:@ada:example.org"),
    "ymsgr:ada": ("X-YAHOO:ada", "IMPP:ymsgr:ada"),
    "xmpp:ben@example.org": ("X-XMPP:ben@example.org", "X-JABBER:ben@example.org"),
    "twitter:ada": ("X-EVOLUTION-TWITTER:ada",),
}


def test_an_account_that_a_card_names_twice_is_one(ada: Account) -> None:
    found = contacts_of(ada, {str(number): lines for number, lines in enumerate(ACCOUNTS.values())})
    shown = {name: [each["value"] for each in contact["details"]] for name, contact in found.items()}
    assert shown == {str(number): [value] for number, value in enumerate(ACCOUNTS)}
    for version in ("3.0", "4.0"):
        assert all(len([line for line in lines if "IMPP" in line]) < 2 for lines in lines_of(ada, version).values())


def test_accounts_of_one_name_at_two_services_are_two(ada: Account) -> None:
    (contact,) = contacts_of(ada, {"A": ("IMPP:aim:ada", "X-ICQ:123", "X-SKYPE:ada", "X-QQ:123")}).values()
    assert len(contact["details"]) == 4


NAMED = {
    "X-KADDRESSBOOK-X-SpouseName:Will": ("relation", "spouse", "Will"),
    "X-KADDRESSBOOK-X-ManagersName:Charles": ("relation", "manager", "Charles"),
    "X-MANAGERSNAME:Charles": ("relation", "manager", "Charles"),
    "X-CHILDREN:Byron": ("relation", "child", "Byron"),
    "X-MS-IMADDRESS:ada": ("im", None, "ada"),
    "X-KADDRESSBOOK-X-IMAddress:ada": ("im", None, "ada"),
    "IMPP;TYPE=SIGNAL:+44 20": ("im", None, "signal:+44 20"),
    "IMPP;TYPE=XMPP:ada@example.org": ("im", None, "xmpp:ada@example.org"),
    "IMPP;X-SERVICE-TYPE=Skype;TYPE=home:ada": ("im", "home", "skype:ada"),
    "IMPP;TYPE=skype:skype:ada": ("im", None, "skype:ada"),
    "IMPP;TYPE=home:ada": ("im", "home", "ada"),
}


def test_people_and_accounts_are_shown_whoever_names_them(ada: Account) -> None:
    found = contacts_of(ada, {str(number): (line,) for number, line in enumerate(NAMED)}, version="4.0")
    details = {name: contact["details"] for name, contact in found.items()}
    for number, (line, (kind, label, value)) in enumerate(NAMED.items()):
        assert (line, details[str(number)]) == (line, [{"kind": kind, "label": label, "value": value}])
    assert "IMPP:xmpp:ada@example.org" in lines_of(ada, "3.0")["7"]


MEMBERS = (
    "MEMBER:URN:UUID:A", "MEMBER;VALUE=text:a", "MEMBER:mailto:%22Ada%22%3CAda@example.org%3E",
    "MEMBER:mailto:Ada <ada@example.org>", "MEMBER:MAILTO:ada@example.org?subject=x", "MEMBER:ada@example.org",
    "MEMBER:tel:+44-20-7946-0000", "MEMBER:xmpp:ada@example.org", "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:%61",
    "MEMBER;VALUE=text:ada lovelace",
)  # fmt: skip


def test_a_member_of_a_group_is_found_however_it_is_named(ada: Account) -> None:
    person = vcard(
        "FN:Ada Lovelace", "UID:a", "EMAIL:ada@example.org", "TEL:+44 (20) 7946 0000", "IMPP:xmpp:ada@example.org"
    )
    groups = b"".join(vcard("KIND:group", f"FN:{number}", member) for number, member in enumerate(MEMBERS))
    assert brought(ada, groups + person) == (1, 0, 0)
    assert [set(contact["labels"]) for contact in listed(ada)] == [set(map(str, range(len(MEMBERS))))]


def test_a_list_of_evolution_is_a_group(ada: Account) -> None:
    members = (
        "EMAIL;X-EVOLUTION-DEST-NAME=Ada;X-EVOLUTION-DEST-EMAIL=ada@example.org:Ada <ada@example.org>",
        "EMAIL;X-EVOLUTION-DEST-CONTACT-UID=b;X-EVOLUTION-DEST-EMAIL-NUM=0:Ben <ben@example.org>",
    )
    team = vcard("FN:Team", "X-EVOLUTION-LIST-SHOW-ADDRESSES:FALSE", "X-EVOLUTION-LIST:TRUE", *members)
    shown = vcard("FN:Cid", "X-EVOLUTION-LIST-SHOW-ADDRESSES:TRUE", "X-EVOLUTION-LIST:FALSE", "EMAIL:cid@example.org")
    people = vcard("FN:Ada", "EMAIL:ada@example.org") + vcard("FN:Ben", "UID:b", "EMAIL:ben@example.org")
    assert brought(ada, team + people + shown) == (3, 0, 0)
    assert {contact["name"]: contact["labels"] for contact in listed(ada)} == {
        "Ada": ["Team"],
        "Ben": ["Team"],
        "Cid": [],
    }


def test_a_group_that_has_only_a_structured_name_is_called_by_its_words(ada: Account) -> None:
    assert brought(ada, vcard("KIND:group", "N:Club;Analytical;;;", "MEMBER:a") + vcard("FN:Ada", "UID:a")) == (1, 0, 0)
    assert [contact["labels"] for contact in listed(ada)] == [["Club Analytical"]]


LINE_ENDS = ("\u2028", "\u2029", "\v", "\f", "\x85")


def test_a_break_of_another_kind_ends_no_line(ada: Account) -> None:
    cards = {
        str(number): (
            f"ADR:;;1 Main St{end}Floor 2;Town;;;",
            f"NOTE:one{end}two",
            f"TITLE:Of{end}x",
            f"TEL:1{end}",
        )
        for number, end in enumerate(LINE_ENDS)
    }
    for contact in contacts_of(ada, cards).values():
        (address,) = contact["addresses"]
        assert (address["street"], address["city"], contact["notes"]) == ("1 Main St, Floor 2", "Town", "one\ntwo")
        assert (contact["job_title"], contact["phone"]) == ("Of x", "1")


CHARSETS = {
    "shift_jis": ("表示;ソ", "SHIFT_JIS"), "euc_jp": ("山田;太郎", "EUC-JP"),
    "iso2022_jp": ("山田;太郎", "ISO-2022-JP"), "gbk": ("王;小明", "GBK"), "big5": ("許;功蓋", "BIG5"),
    "euc_kr": ("김;철수", "EUC-KR"), "tis_620": ("สม;ชาย", "TIS-620"), "koi8_r": ("Вася;Ян", "KOI8-R"),
    "iso8859_5": ("Вася;Ян", "ISO-8859-5"), "iso8859_7": ("Αθήνα;Νίκη", "ISO-8859-7"),
    "iso8859_8": ("שלום;דוד", "ISO-8859-8"), "iso8859_9": ("şiş;ığ", "ISO-8859-9"),
    "iso8859_15": ("Œ €;Š", "ISO-8859-15"), "iso8859_2": ("Łódź;Żą", "ISO-8859-2"),
}  # fmt: skip


@pytest.mark.parametrize("is_quoted", [True, False])
def test_names_are_read_in_the_charset_that_they_declare(ada: Account, is_quoted: bool) -> None:  # noqa: FBT001
    cards = b"".join(declared(codec, name, charset, is_quoted) for codec, (name, charset) in CHARSETS.items())
    assert brought(ada, cards) == (len(CHARSETS), 0, 0)
    found = {contact["notes"]: f"{contact['last_name']};{contact['first_name']}" for contact in listed(ada)}
    assert found == {codec: name for codec, (name, _) in CHARSETS.items()}


def declared(codec: str, name: str, charset: str, is_quoted: bool) -> bytes:  # noqa: FBT001
    parts = [part.encode(codec) for part in name.split(";")]
    parts = [b"".join(b"=%02X" % octet for octet in part) for part in parts] if is_quoted else parts
    head = f"N;CHARSET={charset}{';ENCODING=QUOTED-PRINTABLE' if is_quoted else ''}"
    return b"BEGIN:VCARD\r\nVERSION:2.1\r\n%b:%b;;;\r\nNOTE:%b\r\nEND:VCARD\r\n" % (
        head.encode(),
        b";".join(parts),
        codec.encode(),
    )


UNDECLARED = {
    "iso2022_jp": ("山田;太郎", "鈴木;花子"),
    "iso8859-2": ("Świątek;Iga", "Kądziołka;Józef"),
    "gbk": ("王;小明", "李;伟", "张;敏"),
}


@pytest.mark.parametrize("codec", UNDECLARED)
def test_names_are_read_where_no_charset_is_declared(ada: Account, codec: str) -> None:
    names = UNDECLARED[codec]
    raw = b"".join(b"BEGIN:VCARD\r\nVERSION:2.1\r\nN:%b\r\nEND:VCARD\r\n" % each.encode(codec) for each in names)
    assert brought(ada, raw) == (len(names), 0, 0)
    assert {f"{contact['last_name']};{contact['first_name']}" for contact in listed(ada)} == set(names)


def test_a_part_of_a_quoted_name_that_is_utf_8_by_chance_is_none(ada: Account) -> None:
    name = ";".join("".join(f"={octet:02X}" for octet in part.encode("gbk")) for part in ("李", "伟"))
    assert brought(ada, vcard(f"N;ENCODING=QUOTED-PRINTABLE:{name};;;", version="2.1")) == (1, 0, 0)
    assert [(contact["last_name"], contact["first_name"]) for contact in listed(ada)] == [("李", "伟")]


JOINED = ("\u200d", "\ufe0f", "\U000e0020", "\ufffe", "\u200c")


def test_a_joiner_that_joins_nothing_is_no_part_of_a_value(ada: Account) -> None:
    cards = {
        str(number): (f"N:{sign}B{sign};{sign}A{sign};;;", f"NOTE:{sign}n{sign}") for number, sign in enumerate(JOINED)
    }
    for contact in contacts_of(ada, cards).values():
        assert (contact["first_name"], contact["last_name"], contact["notes"]) == ("A", "B", "n")


def test_a_position_leaves_as_each_version_has_it(ada: Account) -> None:
    contacts_of(ada, {"A": ("GEO;VALUE=uri:geo:37.38,-122.08", "item1.GEO:1.5;2.5", "item1.X-PLACE:sea")})
    assert {"GEO:37.38;-122.08", "item1.GEO:1.5;2.5"} <= set(lines_of(ada, "3.0")["A"])
    assert {"GEO:geo:37.38,-122.08", "item1.GEO:geo:1.5,2.5"} <= set(lines_of(ada)["A"])
    assert b"VALUE=uri" not in take(ada, version="3.0")
