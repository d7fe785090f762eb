"""What people find by what they type, on both engines alike."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from project.contacts.search.keys import search_terms
from tests import applications
from tests.accounts import Account, body, problem
from tests.contacts.calls import Contact, fill, listed, names, page
from tests.contacts.contents import derive

BOOK: list[dict[str, Any]] = [
    {"first_name": "Łukasz", "last_name": "Żółć", "email": "lukasz@example.org"},
    {"company": "Straße GmbH", "notes": "only in the notes"},
    {"first_name": "Олена", "last_name": "Пчілка", "phone": "050 123 45 67", "labels": ["Поети"]},
    {"first_name": "Olena", "phone": "+38 (050) 123-45-67"},
    {"first_name": "Άννα", "last_name": "Παπαδοπούλου", "nickname": "Annoula"},
    {"first_name": "Jürgen", "last_name": "Groß", "job_title": "Müller & Söhne"},
    {"first_name": "François", "last_name": "O’Brien", "details": [{"kind": "email", "value": "francois@Example.org"}]},
    {"first_name": "ﬁnn", "last_name": "Ærø", "details": [{"kind": "phone", "value": "+45 12 34 56 78", "label": "x"}]},
    {"first_name": "100%", "last_name": "under_score", "labels": ["50% off", "Family"]},
    {"first_name": "100x", "last_name": "underXscore", "labels": ["Fam"]},
    {"first_name": "back\\slash", "labels": ['x"Fam', "[", "a,"]},
    {"first_name": "李", "last_name": "白", "nickname": "lǐ bái"},
    {"first_name": "ADA", "last_name": "Lovelace", "email": "ada@example.org", "favorite": True},
]


@pytest.fixture(scope="module")
def ada(people: dict[str, Account]) -> Account:
    """Somebody whose book holds these contacts, for all tests here."""
    fill(people["ada"], BOOK)
    return people["ada"]


def first(account: Account, **query: object) -> set[str]:
    """What is found, by the first word of its name."""
    found = page(account, **query, limit=500)
    assert found["total"] == len(found["items"])
    return {contact["name"].partition(" ")[0] for contact in found["items"]}


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("lukasz", {"Łukasz"}),
        ("ŁUKASZ", {"Łukasz"}),
        ("zolc", {"Łukasz"}),
        ("strasse", {"Straße"}),
        ("STRASSE", {"Straße"}),
        ("straße", {"Straße"}),
        ("olena", {"Олена", "Olena"}),
        ("Олена", {"Олена", "Olena"}),
        ("ОЛЕНА", {"Олена", "Olena"}),
        ("пчілка", {"Олена"}),
        ("poeti", {"Олена"}),
        ("anna", {"Άννα"}),
        ("ΑΝΝΑ", {"Άννα"}),
        ("jurgen", {"Jürgen"}),
        ("muller sohne", {"Jürgen"}),
        ("Gross", {"Jürgen"}),
        ("francois", {"François"}),
        ("obrien", {"François"}),
        ("o'brien", {"François"}),
        ("finn", {"ﬁnn"}),
        ("ﬁnn", {"ﬁnn"}),
        ("aero", {"ﬁnn"}),
        ("li bai", {"白李"}),
        ("白 李", {"白李"}),
        ("白李", {"白李"}),
        ("love", {"ADA"}),
        ("lace ada", {"ADA"}),
        ("  ada   love  ", {"ADA"}),
        ("ada olena", set()),
        ("notes", set()),
        ("family", {"100%"}),
        ("zz", set()),
        ("👻", set()),
    ],
)
def test_case_accents_ligatures_and_script_do_not_matter(ada: Account, q: str, found: set[str]) -> None:
    assert first(ada, q=q) == found


def test_decomposed_letters_find_composed_ones(ada: Account) -> None:
    assert first(ada, q="Ju\u0308rgen") == {"Jürgen"}


def test_every_word_may_be_in_another_field(ada: Account) -> None:
    assert first(ada, q="groß sohne jur") == {"Jürgen"}
    assert first(ada, q="olena 0501234567 поети") == {"Олена"}
    assert first(ada, q="olena lukasz") == set()


@pytest.mark.parametrize(
    "number",
    ["050 123 45 67", "0501234567", "+380501234567", "+380 50 123-4567", "380501234567", "00380501234567", "501234567"],
)
def test_a_number_is_found_in_any_spelling(ada: Account, number: str) -> None:
    assert first(ada, q=number) == {"Олена", "Olena"}
    assert first(ada, phone=number) == {"Олена", "Olena"}


def test_a_number_is_found_by_its_beginning_and_among_further_ones(ada: Account) -> None:
    assert first(ada, q="+38050") == {"Olena"}
    assert first(ada, q="1234 5678") == {"ﬁnn"}
    assert first(ada, phone="12345678") == {"ﬁnn"}


def test_another_number_is_not_found(ada: Account) -> None:
    assert first(ada, phone="050 123 45 68") == set()
    assert first(ada, phone="+48 50 123 45 67") == {"Олена"}  # whose country is not known
    assert first(ada, phone="no digits") == set()


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("100%", {"100%"}),
        ("%", {"100%"}),
        ("50%", {"100%"}),
        ("under_score", {"100%"}),
        ("_", {"100%"}),
        ("r_s", {"100%"}),
        ("\\", {"back\\slash"}),
        ("k\\s", {"back\\slash"}),
        ("\\%", set()),
        ("[", {"back\\slash"}),
        ("&", {"Jürgen"}),
        ("*", set()),
        ("' OR 1=1 --", set()),
    ],
)
def test_signs_mean_themselves(ada: Account, q: str, found: set[str]) -> None:
    assert first(ada, q=q) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"first_name": "UKA"}, {"Łukasz"}),
        ({"first_name": "zolc"}, set()),
        ({"last_name": "ZOLC"}, {"Łukasz"}),
        ({"last_name": "Lukasz"}, set()),
        ({"last_name": "%"}, set()),
        ({"email": "EXAMPLE"}, {"Łukasz", "François", "ADA"}),
        ({"email": "francois@example.org"}, {"François"}),
        ({"email": "a@"}, {"ADA"}),
        ({"first_name": "ada", "email": "lukasz"}, set()),
        ({"favorite": True}, {"ADA"}),
        ({"q": "example", "favorite": False}, {"Łukasz", "François"}),
        ({"first_name": "'"}, set()),
    ],
)
def test_a_filter_looks_into_its_own_field_only(ada: Account, query: dict[str, object], found: set[str]) -> None:
    assert first(ada, **query) == found


def test_an_address_is_found_by_its_domain_in_either_spelling(people: dict[str, Account]) -> None:
    ben = people["ben"]
    fill(ben, [{"first_name": "Marie", "details": [{"kind": "email", "value": "marie@xn--bcher-kva.example.org"}]}])
    fill(ben, [{"first_name": "Lise", "email": "lise@xn--bcher-kva.example.org"}, {"company": "xn--99999999"}])
    for domain in ("xn--bcher-kva.example.org", "bücher.example.org", "XN--BCHER-KVA"):
        assert first(ben, email=f"@{domain}") == first(ben, q=domain) == {"Marie", "Lise"}
    assert first(ben, q="xn--99999999") == {"xn--99999999"}


@pytest.mark.parametrize(
    ("label", "found"),
    [
        ("Family", {"100%"}),
        ("50% off", {"100%"}),
        ("50_ off", set()),
        ("Fam", {"100x"}),
        ('x"Fam', {"back\\slash"}),
        ("[", {"back\\slash"}),
        ("a,", {"back\\slash"}),
        ("a", set()),
        ('"', set()),
        ("\\", set()),
        ("Поети", {"Олена"}),
        ("поети", set()),
    ],
)
def test_a_label_is_found_as_it_is_written_and_whole(ada: Account, label: str, found: set[str]) -> None:
    assert first(ada, label=label) == found


typed = st.text(st.sampled_from("aeLł%_\\\"'[]&, 0157+-.яλß李"), min_size=1, max_size=12).filter(str.strip)


@examples(max_examples=60, deadline=None)
@given(typed)
@example("%_")
@example("a" * 200)
@example(" ".join("abcdefghij" * 10))
@example("ﷺ" * 200)
def test_the_database_finds_what_the_keys_say(ada: Account, q: str) -> None:
    """Whatever is typed, both engines find exactly the contacts whose search text contains every term."""
    terms = search_terms(q, None)
    expected = [
        contact["name"]
        for contact in listed(ada)
        if all(any(text in derive(contact)["search_text"] for text in term) for term in terms)
    ]
    assert names(ada, q=q) == expected


def test_what_is_changed_is_found_by_what_it_is_now(ada: Account, people: dict[str, Account]) -> None:
    ben = people["ben"]
    contact: Contact = fill(ben, [{"first_name": "Emmy", "phone": "030 1234567"}])[0]
    assert ben.patch(f"/contacts/{contact['id']}", json={"first_name": "Grace", "phone": None}).status_code == 200
    assert first(ben, q="emmy") == first(ben, q="1234567") == set()
    assert first(ben, q="grace") == {"Grace"}


def test_a_region_says_what_country_a_national_number_is_of(
    people: dict[str, Account], monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = people["ben"]
    applications.change_settings(monkeypatch, ben.client.application, phone_region="UA")
    fill(ben, [{"first_name": "Леся", "phone": "050 765 43 21"}])
    assert first(ben, phone="+380507654321") == {"Леся"}
    assert first(ben, phone="+48 50 765 43 21") == set()


def test_twelve_different_words_are_looked_for_at_most(ada: Account) -> None:
    """Each costs a look into all that a book has to search."""
    letters = "abcdefghijkl"
    assert ada.get("/contacts", query_string={"q": " ".join(letters * 8)}).status_code == 200
    refused = ada.get("/contacts", query_string={"q": " ".join(f"{letters}m")})
    assert problem(refused) == (422, "validation-failed")
    assert body(refused)["errors"] == [{"parameter": "q", "detail": "At most 12 different words."}]
