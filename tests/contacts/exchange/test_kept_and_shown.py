"""What a card says that contacts have no field for leaves as it came, and is shown where there is a place for it."""

import re
from typing import Any

import pytest

from project.contacts.exchange.vcard import groups as groups_module
from tests.accounts import Account, body
from tests.contacts.calls import done, listed
from tests.contacts.exchange import strict
from tests.contacts.exchange.calls import CSV, bring, brought, take
from tests.contacts.exchange.files import vcard

VERSIONS = ("3.0", "4.0")
every_version = pytest.mark.parametrize("version", VERSIONS)


def one(account: Account, *lines: str, version: str = "3.0") -> dict[str, Any]:
    """The contact of a card of these lines."""
    assert brought(account, vcard(*lines, version=version)) == (1, 0, 0)
    (contact,) = listed(account)
    return contact


def exported(account: Account, version: str = "4.0") -> list[str]:
    """The lines of the only card, which a strict reader takes."""
    data = take(account, version=version)
    strict.read(data, version)
    return data.replace(b"\r\n ", b"").decode().removesuffix("\r\n").split("\r\n")


def shown(contact: dict[str, Any]) -> list[tuple[str, str | None, str]]:
    return [(each["kind"], each["label"], each["value"]) for each in contact["details"]]


COMPONENTS = ";;;Town;CA;1;US;room 5;apt 7;3rd;12;Main Street;B;Block2;sub;Dist;landmark;north"
LEAVES = {
    "N with a list of given names": "N:Byron;Jörg,Hans;;;",
    "N with escaped commas": "N:Byron;A\\,B;;;Jr.\\, M.D.",
    "N with a list of suffixes": "N:Byron;A;;;Jr.,M.D.",
    "N of seven components": "N:Byron;A;;;;Second;III",
    "N with SORT-AS": 'N;SORT-AS="Byron,A":Byron;A;;;',
    "ORG of four units": "ORG:Firm;Sales;North;Desk 4",
    "ORG with commas": "ORG:Firm\\, Ltd;Sales\\; R&D;North",
    "ADR of RFC 9554": f"ADR;TYPE=home:{COMPONENTS}",
    "ADR with LABEL, GEO, TZ, CC": 'ADR;LABEL="Mr. B A^n12 Elm St^nring twice";GEO="geo:12.3,78.9"'
    ";TZ=Europe/Berlin;CC=DE:;;12 Elm St;Town;;123;",
    "ADR with a box and a flat": "ADR;TYPE=home:PO 1;Apt 2;12 Main St;Town;ST;1;US",
    "IMPP with its service": 'IMPP;SERVICE-TYPE=Matrix;USERNAME="@foo:example.org":matrix:u/foo:example.org',
    "NOTE with AUTHOR and CREATED": 'NOTE;AUTHOR="mailto:a@example.org";CREATED=20211122T151823Z:met her',
    "TITLE with LANGUAGE": "TITLE;LANGUAGE=de:Analytikerin",
    "NICKNAME with LANGUAGE": "NICKNAME;LANGUAGE=de:Zahlenfee",
    "NICKNAME of several": "NICKNAME:N1,N2",
    "TEL with waid": "TEL;TYPE=cell;waid=491701234567:+49 170 1234567",
    "EMAIL with PID and ALTID": "EMAIL;PID=1.1;ALTID=2:a@example.org",
    "BDAY of a month": "BDAY:1996-04",
    "BDAY of a day": "BDAY:---12",
    "BDAY of a month without a year": "BDAY:--04",
    "BDAY of a year": "BDAY:1996",
    "BDAY as a text": "BDAY;VALUE=text:circa 1800",
    "BDAY with a time": "BDAY:19960415T231000Z",
    "social profile": "X-SOCIALPROFILE;TYPE=twitter:https://twitter.com/ada",
    "social profile of RFC 9554": 'SOCIALPROFILE;SERVICE-TYPE=Mastodon;USERNAME="@ada":https://example.social/@ada',
    "GEO": "GEO:geo:37.38,-122.08",
    "GENDER": "GENDER:F;mathematician",
}


@pytest.mark.parametrize("line", LEAVES.values(), ids=LEAVES)
def test_a_property_leaves_as_it_came(ada: Account, ben: Account, line: str) -> None:
    lines = ["FN:A", *([] if line.startswith("N") and line[1] in ";:" else ["N:Byron;A;;;"]), line]
    assert brought(ada, vcard(*lines, version="4.0")) == (1, 0, 0)
    assert line in exported(ada)
    for query in ({"version": "3.0"}, {"version": "4.0"}):
        assert brought(ada, take(ada, **query)) == (0, 1, 0)
        bring(ben, take(ada, **query))
    assert sorted(line for line in exported(ben) if not line.startswith("REV")) == sorted(
        line for line in exported(ada) if not line.startswith("REV")
    )


def test_a_property_gives_way_once_its_value_is_changed(ada: Account) -> None:
    one(ada, "FN:A", "BDAY;VALUE=text:circa 1800", "TITLE;LANGUAGE=de:Leiterin", "TEL;waid=1:+49 1", version="4.0")
    (contact,) = listed(ada)
    changes = {"details": [], "job_title": "Chief", "phone": "+49 2", "birthday": "1800-01-01"}
    done(ada.patch(f"/contacts/{contact['id']}", json=changes))
    assert {"BDAY:18000101", "TITLE:Chief", "TEL:+49 2"} <= set(exported(ada))
    assert not [line for line in exported(ada) if "circa" in line or "waid" in line or "Leiterin" in line]


def test_components_of_an_address_become_its_street(ada: Account) -> None:
    (address,) = one(ada, "FN:A", f"ADR:{COMPONENTS}", version="4.0")["addresses"]
    assert address["street"] == "12 Main Street, B, Block2, 3rd, apt 7, room 5, sub, Dist, landmark, north"
    assert (address["city"], address["region"], address["postal_code"], address["country"]) == ("Town", "CA", "1", "US")


def test_a_street_that_is_there_besides_is_the_street(ada: Account) -> None:
    parts = COMPONENTS.replace(";;;Town", ";;12 Main Street;Town")
    assert one(ada, "FN:A", f"ADR:{parts}", version="4.0")["addresses"][0]["street"] == "12 Main Street"


def test_a_list_of_a_street_is_shown_readably(ada: Account) -> None:
    contact = one(ada, "FN:A", "ADR:PO 1;Apt 2;12 Main St,Floor 3;Town;;;", "ADR:;;1\\,5 Rue;;;;")
    assert [each["street"] for each in contact["addresses"]] == ["PO 1, Apt 2, 12 Main St, Floor 3", "1,5 Rue"]


@pytest.mark.parametrize("order", [1, -1])
def test_the_fuller_of_two_names_or_companies_is_shown(ada: Account, order: int) -> None:
    names, companies = ["N:Byron;Ada;;;", "N:Byron;Ada;King;Dr.;"], ["ORG:Firm", "ORG:Firm;Sales"]
    contact = one(ada, "FN:A", *names[::order], *companies[::order])
    assert (contact["name"], contact["company"], contact["department"]) == ("Dr. Ada King Byron", "Firm", "Sales")
    assert brought(ada, take(ada)) == (0, 1, 0)


def test_a_label_is_the_address_where_there_is_no_other(ada: Account) -> None:
    contact = one(ada, "FN:A", "LABEL;TYPE=WORK:12 Elm St\\nTown")
    assert contact["addresses"] == [
        {
            "label": "work",
            "street": "12 Elm St, Town",
            "city": None,
            "region": None,
            "postal_code": None,
            "country": None,
        }
    ]
    assert 'ADR;TYPE=work;LABEL="12 Elm St^nTown":;;12 Elm St\\, Town;;;;' in exported(ada)


def test_profiles_and_messengers_are_shown(ada: Account) -> None:
    contact = one(
        ada,
        "FN:A",
        "X-SOCIALPROFILE;type=twitter:https://twitter.com/ada",
        "X-SOCIALPROFILE;type=facebook;x-user=ada.l:x-apple:ada.l",
        "SOCIALPROFILE;SERVICE-TYPE=Mastodon:https://example.social/@ada",
        "X-MS-IMADDRESS:ada@example.org",
        "X-SKYPE:ada",
        "X-MATRIX:@ada:example.org",
    )
    assert shown(contact) == [
        ("url", "twitter", "https://twitter.com/ada"),
        ("im", None, "facebook:ada.l"),
        ("url", "Mastodon", "https://example.social/@ada"),
        ("im", None, "ada@example.org"),
        ("im", None, "skype:ada"),
        ("im", None, "matrix:@ada:example.org"),
    ]


def test_outlooks_own_properties_are_shown(ada: Account) -> None:
    contact = one(
        ada,
        "FN:A",
        "X-MS-SPOUSE;N=B:Ben",
        "X-MS-MANAGER:Charles",
        "X-MS-CHILD:Byron",
        "X-MS-ASSISTANT:Dora",
        "X-MS-ANNIVERSARY:20110113",
        "X-MS-TEL;VOICE;COMPANY:+1 555 0100",
        version="2.1",
    )
    assert contact["phone"] == "+1 555 0100"
    assert shown(contact) == [
        ("relation", "spouse", "Ben"),
        ("relation", "manager", "Charles"),
        ("relation", "child", "Byron"),
        ("relation", "assistant", "Dora"),
        ("date", "anniversary", "2011-01-13"),
    ]


@every_version
def test_groups_stay_together_with_their_lines(ada: Account, version: str) -> None:
    one(
        ada,
        "FN:A",
        "ITEM1.EMAIL:a@example.org",
        "ITEM1.KEY:https://example.org/a.asc",
        "ITEM2.EMAIL:b@example.org",
        "ITEM2.KEY:https://example.org/b.asc",
        "item3.ADR:;;Street;Town;;;",
        "item3.X-ABLabel:Cottage",
        "item3.X-ABADR:gb",
        "item4.ORG:Firm",
        "item4.X-ABLabel:Work",
    )
    lines = exported(ada, version)
    grouped = {
        tuple(line.lower().split(":", 1)[0].split(";")[0].split(".")) for line in lines if "." in line.split(":")[0]
    }
    assert {("item1", "email"), ("item1", "key"), ("item2", "email"), ("item2", "key")} <= grouped
    assert {
        ("item3", "adr"),
        ("item3", "x-ablabel"),
        ("item3", "x-abadr"),
        ("item4", "org"),
        ("item4", "x-ablabel"),
    } <= grouped
    first = next(line for line in lines if line.endswith(":a@example.org"))
    assert first.lower().startswith("item1.")
    assert brought(ada, take(ada, version=version)) == (0, 1, 0)


def group(kind: str, member: str, name: str = "Family") -> bytes:
    members = [f"{member}:urn:uuid:{uid}" for uid in ("5f3b9d0c-6c0b-4c38-9f0a-0e5c7c1d2e3f", "abc")]
    return vcard(f"{kind}:group", f"FN:{name}", f"N:{name};;;;", f"UID:{name}", *members)


@pytest.mark.parametrize(
    ("kind", "member"),
    [("KIND", "MEMBER"), ("X-ADDRESSBOOKSERVER-KIND", "X-ADDRESSBOOKSERVER-MEMBER"), ("kind", "member")],
)
@pytest.mark.parametrize("is_first", [True, False])
def test_a_group_is_a_label_of_its_members(ada: Account, kind: str, member: str, is_first: bool) -> None:  # noqa: FBT001
    people = vcard("FN:A", "UID:5F3B9D0C-6C0B-4C38-9F0A-0E5C7C1D2E3F", "CATEGORIES:Work") + vcard("FN:B", "UID:abc")
    file = group(kind, member) + people if is_first else people + group(kind, member)
    assert brought(ada, file + vcard("FN:C", "UID:c")) == (3, 0, 0)
    assert {contact["name"]: contact["labels"] for contact in listed(ada)} == {
        "A": ["Work", "Family"],
        "B": ["Family"],
        "C": [],
    }
    assert brought(ada, file) == (0, 2, 0)


def test_a_member_may_be_an_address_and_a_group_may_be_partly_elsewhere(ada: Account) -> None:
    card = vcard("KIND:group", "FN:Team", "MEMBER:mailto:A@example.org", "MEMBER:urn:uuid:gone", version="4.0")
    report = bring(ada, vcard("FN:A", "EMAIL:a@example.org") + card)
    assert report["created"] == 1
    detail = "1 of 2 members of the group are not in the file."
    assert report["failed"] == [{"line": 6, "name": "Team", "detail": detail, "contact": None}]
    assert listed(ada)[0]["labels"] == ["Team"]


@pytest.mark.parametrize(
    "kind",
    ["KIN\r\n D:group", "KIND:gro\r\n up", "KIND;VALUE=text\r\n\t:group", "item1.X-ADDRESSBOOK\r\n SERVER-KIND:group"],
)
def test_a_group_is_one_wherever_its_kind_is_folded(ada: Account, kind: str) -> None:
    people = vcard("FN:A", "UID:a")
    assert brought(ada, people + vcard(kind, "FN:Team", "MEMBER:a")) == (1, 0, 0)
    assert {contact["name"]: contact["labels"] for contact in listed(ada)} == {"A": ["Team"]}


def nested_groups(**members: str) -> bytes:
    return b"".join(
        vcard("KIND:group", f"FN:{name}", f"UID:urn:uuid:{name}", *(f"MEMBER:urn:uuid:{each}" for each in uids.split()))
        for name, uids in members.items()
    )


@pytest.mark.parametrize(
    ("groups", "labels"),
    [
        ({"All": "Team a", "Team": "b"}, {"A": {"All"}, "B": {"All", "Team"}}),
        ({"Team": "b", "All": "Team a"}, {"A": {"All"}, "B": {"All", "Team"}}),
        ({"One": "Two", "Two": "Three", "Three": "a"}, {"A": {"One", "Two", "Three"}, "B": set()}),
        ({"One": "Two a", "Two": "One b"}, {"A": {"One", "Two"}, "B": {"One", "Two"}}),
        ({"One": "One a"}, {"A": {"One"}, "B": set()}),
    ],
)
def test_who_is_in_a_group_within_a_group_is_in_both(
    ada: Account, groups: dict[str, str], labels: dict[str, set[str]]
) -> None:
    file = nested_groups(**groups) + vcard("FN:A", "UID:a") + vcard("FN:B", "UID:b")
    assert brought(ada, file) == (2, 0, 0)
    assert {contact["name"]: set(contact["labels"]) for contact in listed(ada)} == labels
    assert brought(ada, file) == (0, 2, 0)


def test_a_long_chain_of_groups_ends(ada: Account) -> None:
    file = nested_groups(**{f"G{number}": f"G{number + 1} a" for number in range(2_000)}, G2000="a")
    assert brought(ada, file + vcard("FN:A", "UID:a")) == (1, 0, 0)


def test_a_group_may_have_more_members_than_a_card_has_lines(ada: Account) -> None:
    team = vcard("KIND:group", "FN:Team", *(f"MEMBER:urn:uuid:{number}" for number in range(12_000)))
    report = bring(ada, team + vcard("FN:A", "UID:7"))
    assert report["created"] == 1
    assert [failure["detail"] for failure in report["failed"]] == [
        "11999 of 12000 members of the group are not in the file."
    ]
    assert [contact["labels"] for contact in listed(ada)] == [["Team"]]


def test_a_group_of_too_many_lines_costs_no_other_card(ada: Account) -> None:
    endless = vcard("KIND:group", "FN:All", "UID:all", *(f"X-{number}:1" for number in range(100_000)))
    report = bring(ada, endless + nested_groups(Team="all a") + vcard("FN:A", "UID:a"))
    assert report["created"] == 1
    assert ("All", "The card has more than 100,000 lines.") in [
        (failure["name"], failure["detail"]) for failure in report["failed"]
    ]


@pytest.mark.parametrize(
    ("groups", "cards"),
    [
        (
            {
                "All": " ".join(f"a{number}" for number in range(1_000)),
                **{f"G{number}": "All" for number in range(100)},
            },
            1,
        ),
        ({f"G{number}": "a7" for number in range(500)}, 40),
    ],
    ids=["groups that hold one", "cards in all groups"],
)
def test_what_groups_multiply_is_bounded_and_said(ada: Account, groups: dict[str, str], cards: int) -> None:
    report = bring(ada, nested_groups(**groups) + vcard("FN:A", "UID:a7") * cards)
    assert (report["created"], report["unchanged"]) == (1, cards - 1)
    assert groups_module.TOO_MUCH in {failure["detail"] for failure in report["failed"]}
    assert [len(contact["labels"]) for contact in listed(ada)] == [20]


def test_googles_group_of_all_contacts_is_no_label(ada: Account) -> None:
    assert one(ada, "FN:A", "CATEGORIES:myContacts,Friends")["labels"] == ["Friends"]


def test_of_two_n_the_one_that_has_the_names_apart_counts(ada: Account) -> None:
    lines = ["FN:John Smith", "N:;John Smith;;;", "FN:John Smith", "N:Smith;John;;;", "TEL:1", "TEL:1"]
    contact = one(ada, *lines, version="4.0")
    assert (contact["first_name"], contact["last_name"], contact["phone"]) == ("John", "Smith", "1")
    assert contact["details"] == []
    assert len([line for line in exported(ada) if re.match("N[;:]", line)]) == 1


@every_version
@pytest.mark.parametrize("name", ["KIND:individual", "GENDER:F", "BDAY:19900101", "N:Other;A;;;"])
def test_what_a_card_may_have_once_goes_out_once(ada: Account, version: str, name: str) -> None:
    one(ada, "FN:A", "N:B;A;;;", name, name.replace("F", "M").replace("1990", "1991"), version="4.0")
    exported(ada, version)  # a strict reader takes it
    assert brought(ada, take(ada, version=version)) == (0, 1, 0)


@pytest.mark.parametrize(
    ("titles", "row"),
    [
        ("Name,Birthday", "A,1604-03-04"),
        ("Name,Birthday", "A,04.03.1604"),
        ("Name,birthday", "A,3/4/1604"),
        ("First Name,Birth Year,Birth Month,Birth Day", "A,1604,3,4"),
    ],
)
def test_1604_is_no_year_in_a_spreadsheet(ada: Account, titles: str, row: str) -> None:
    assert brought(ada, f"{titles}\n{row}\n".encode(), CSV) == (1, 0, 0)
    assert listed(ada)[0]["birthday"] == "--03-04"


def test_1604_is_no_year_of_a_date_in_a_spreadsheet(ada: Account) -> None:
    file = b"Given Name,Event 1 - Type,Event 1 - Value\nA,Anniversary,1604-03-04\n"
    assert brought(ada, file, CSV) == (1, 0, 0)
    assert listed(ada)[0]["details"] == [{"kind": "date", "label": "anniversary", "value": "--03-04"}]


@pytest.mark.parametrize("line", ["BDAY:1604-03-04", "BDAY:16040304", "BDAY;X-APPLE-OMIT-YEAR=1604:1604-03-04"])
def test_1604_is_no_year(ada: Account, line: str) -> None:
    assert one(ada, "FN:A", line)["birthday"] == "--03-04"
    answer = body(ada.get("/contacts/birthdays?from=2026-03-01&days=10"))
    assert answer["items"][0]["age"] is None


@every_version
def test_1604_is_a_year_where_a_user_says_so(ada: Account, version: str) -> None:
    done(ada.post("/contacts", json={"first_name": "A", "birthday": "1604-03-04"}), 201)
    assert brought(ada, take(ada, version=version)) == (0, 1, 0)
    assert listed(ada)[0]["birthday"] == "1604-03-04"


@pytest.mark.parametrize(
    ("line", "birthday"),
    [
        ("BDAY:1990-01-01;", "1990-01-01"),
        ("BDAY:15.04.1996", "1996-04-15"),
        ("BDAY:1996-4-5", "1996-04-05"),
        ("BDAY:1996/04/05", "1996-04-05"),
        ("BDAY;VALUE=date:1996-04-05", "1996-04-05"),
        ("BDAY:19960405T000000Z", "1996-04-05"),
    ],
)
def test_a_birthday_is_read_however_it_is_written(ada: Account, line: str, birthday: str) -> None:
    contact = one(ada, "FN:A", line)
    assert (contact["birthday"], contact["details"]) == (birthday, [])


INVISIBLE = ["\u200b", "\ufeff", "\u200e", "\u202a", "\u2068", "\u00ad", "\u2060"]


@pytest.mark.parametrize("mark", INVISIBLE, ids=map(ascii, INVISIBLE))
def test_invisible_characters_at_the_ends_go(ada: Account, mark: str) -> None:
    contact = one(
        ada,
        f"N:B{mark};{mark}A;;;",
        f"EMAIL:{mark}a@example.org",
        f"TEL:{mark}+1 555 0100\u202c",
        f"URL:https://example.org{mark}",
    )
    assert (contact["first_name"], contact["last_name"]) == ("A", "B")
    assert (contact["email"], contact["phone"]) == ("a@example.org", "+1 555 0100")
    assert shown(contact) == [("url", None, "https://example.org")]
    assert len(listed(ada, email="a@example.org")) == 1


def test_joiners_that_spell_a_word_stay(ada: Account) -> None:
    assert one(ada, "N:;\u0d28\u0d4d\u200d;;;")["first_name"] == "\u0d28\u0d4d\u200d"


def test_folded_quoted_printable_is_decoded_as_declared(ada: Account) -> None:
    contact = one(ada, "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:;=D0=92=D0=", " =B0=D1=81=D1=8F;;;", version="2.1")
    assert contact["first_name"] == "Вася"


def test_a_declared_utf_8_that_is_broken_is_no_latin_1(ada: Account) -> None:
    contact = one(ada, "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D0=92=D0=B0=D1", version="2.1")
    assert contact["first_name"] == "Ва\ufffd"


def test_dolibarrs_encoding_is_quoted_printable(ada: Account) -> None:
    assert one(ada, "FN;ENCODING=QUOTED:Zo=C3=AB", version="2.1")["first_name"] == "Zoë"


@pytest.mark.parametrize(
    ("line", "label"),
    [
        ("TEL;TYPE=VOICE\\,CELL:1", "mobile"),
        ('TEL;TYPE="voice,cell":1', "mobile"),
        ("TEL;TYPE=WhatsApp:1", "WhatsApp"),
        ("TEL;TYPE=HOME;TYPE=FAX:1", "home fax"),
    ],
)
def test_types_are_labels(ada: Account, line: str, label: str) -> None:
    one(ada, "FN:A", "TEL;PREF=1:0", line, version="4.0")
    assert shown(listed(ada)[0]) == [("phone", label, "1")]


def test_an_empty_label_of_apple_is_none(ada: Account) -> None:
    one(ada, "FN:A", "TEL;TYPE=pref:0", "item1.TEL:1", "item1.X-ABLabel:$!!$")
    assert shown(listed(ada)[0]) == [("phone", None, "1")]


@pytest.mark.parametrize(
    ("value", "phone"),
    [
        ("tel:863-1234;phone-context=+1-914-555", "863-1234"),
        ("tel:+1-555-0100;isub=12345", "+1-555-0100"),
        ("tel:+1-555-0100;ext=22", "+1-555-0100 ext. 22"),
    ],
)
def test_parameters_of_a_tel_uri_are_no_part_of_the_number(ada: Account, value: str, phone: str) -> None:
    assert one(ada, "FN:A", f"TEL;VALUE=uri:{value}", version="4.0")["phone"] == phone
    assert brought(ada, take(ada)) == (0, 1, 0)
    assert "ext." in phone or any(line.endswith(value) for line in exported(ada))


def test_what_is_said_twice_is_shown_once(ada: Account) -> None:
    contact = one(
        ada,
        "FN:A",
        "X-SKYPE:u",
        "IMPP:skype:u",
        "EMAIL:a@example.org",
        "EMAIL;TYPE=work:a@example.org",
        "TEL:1",
        "TEL;TYPE=home:1",
        "TEL;TYPE=work:1",
    )
    assert contact["email"] == "a@example.org"
    assert shown(contact) == [("im", None, "skype:u"), ("phone", "work", "1")]


def test_the_reading_of_a_japanese_phone_is_a_phonetic_name(ada: Account) -> None:
    contact = one(ada, "N:山田;太郎;;;", "SOUND;X-IRMC-N:ヤマダ;タロウ;;;", version="2.1")
    assert (contact["phonetic_last_name"], contact["phonetic_first_name"]) == ("ヤマダ", "タロウ")


def test_an_empty_sound_and_foreign_software_are_not_kept(ada: Account) -> None:
    one(ada, "FN:A", "SOUND;X-IRMC-N:;;;;", "PRODID:-//Apple Inc.//iOS 17//EN", version="2.1")
    assert not [line for line in exported(ada) if line.startswith(("SOUND", "PRODID"))]


@every_version
def test_a_version_has_only_its_own_properties(ada: Account, ben: Account, version: str) -> None:
    lines = ["SORT-STRING:a", "GENDER:F", "KIND:individual", "MAILER:x", "LANG:de"]
    one(ada, "FN:A", "ADR:;;Street;;;;", "LABEL:Street", *lines)
    names = {line.split(":")[0].split(";")[0] for line in exported(ada, version)}
    assert not names & ({"GENDER", "KIND", "LANG"} if version == "3.0" else {"SORT-STRING", "MAILER", "LABEL"})
    assert brought(ben, take(ada, version=version)) == (1, 0, 0)
    assert brought(ada, take(ben, version="4.0" if version == "3.0" else "3.0"))[0] <= 1
    assert sorted(exported(ben, "3.0")[3:-2]) == sorted(exported(ada, "3.0")[3:-2])


def test_a_position_is_two_numbers_in_3_0(ada: Account) -> None:
    one(ada, "FN:A", "GEO:37.38;-122.08")
    assert "GEO:37.38;-122.08" in exported(ada, "3.0")
    assert "GEO:geo:37.38,-122.08" in exported(ada)


@every_version
def test_nothing_is_what_an_empty_book_is(ada: Account, version: str) -> None:
    assert brought(ada, take(ada, version=version)) == (0, 0, 0)


@pytest.mark.parametrize(
    "line",
    [
        "ANNIVERSARY:20090808T143000-0500",
        "ANNIVERSARY:1996-04",
        "ANNIVERSARY;PROP-ID=a1:20090808",
        "ANNIVERSARY;VALUE=text:in spring",
        "CATEGORIES;PROP-ID=c1:Family,Friends",
        "CATEGORIES;LANGUAGE=de:Familie",
        "BDAY;CALSCALE=chinese:19840101",
        "X-INSTAGRAM:ada",
        "X-FACEBOOK:https://example.com/ada",
        "X-EVOLUTION-BLOG-URL:https://blog.example.org",
    ],
)
def test_dates_and_labels_leave_as_they_came(ada: Account, ben: Account, line: str) -> None:
    one(ada, "FN:A", line, version="4.0")
    assert line in exported(ada)
    bring(ben, take(ada, version="3.0"))
    assert line in exported(ben)


@pytest.mark.parametrize(
    ("line", "detail"),
    [
        ("X-INSTAGRAM:ada", ("im", None, "instagram:ada")),
        ("X-TELEGRAM;TYPE=work:@ada", ("im", "work", "telegram:@ada")),
        ("X-LINKEDIN:https://example.com/in/ada", ("url", "linkedin", "https://example.com/in/ada")),
        ("X-KADDRESSBOOK-BLOGFEED:https://blog.example.org", ("url", "blog", "https://blog.example.org")),
        ("X-PARTNER:Ben", ("relation", "partner", "Ben")),
        ("BDAY;CALSCALE=chinese:19840101", ("other", "birthday", "19840101")),
    ],
)
def test_what_a_program_names_in_its_own_way_is_shown(
    ada: Account, line: str, detail: tuple[str, str | None, str]
) -> None:
    assert shown(one(ada, "FN:A", line)) == [detail]


@pytest.mark.parametrize(
    ("written", "birthday"),
    [("04/15/1996", "1996-04-15"), ("15/4/1996", "1996-04-15"), ("4/4/1996", "1996-04-04"), ("4/5/1996", None)],
)
def test_a_birthday_with_slashes_is_read_where_it_is_clear(ada: Account, written: str, birthday: str | None) -> None:
    assert one(ada, "FN:A", f"BDAY:{written}")["birthday"] == birthday


def test_groups_stay_together_in_any_letter_case(ada: Account) -> None:
    one(ada, "FN:A", "ITEM1.EMAIL:a@example.org", "item1.KEY:https://example.org/a", "Item2.TEL:1", "ITEM2.X-NOTE:x")
    assert {"item1.EMAIL:a@example.org", "item1.KEY:https://example.org/a", "item2.TEL:1", "item2.X-NOTE:x"} <= set(
        exported(ada)
    )


def test_equal_addresses_in_another_letter_case_are_one(ada: Account) -> None:
    contact = one(
        ada, "FN:A", "EMAIL:a@example.org", "EMAIL;TYPE=home:A@example.org", "EMAIL:a@example.org,b@example.org"
    )
    assert (contact["email"], [each["value"] for each in contact["details"]]) == ("A@example.org", ["b@example.org"])


@pytest.mark.parametrize("sign", ["\u206a", "\u2800", "\u3164", "\u115f", "\u034f"])
def test_what_looks_like_nothing_is_no_part_of_a_text(ada: Account, sign: str) -> None:
    contact = one(ada, f"N:B;{sign}A{sign};;;", f"EMAIL:{sign}a@example.org{sign}", f"TEL:{sign}1{sign}")
    assert (contact["first_name"], contact["email"], contact["phone"]) == ("A", "a@example.org", "1")
