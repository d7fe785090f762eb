"""GET /contacts/duplicates: who may be one person, as the route shows it; how it is found out is tested elsewhere."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine

from tests.accounts import Account
from tests.contacts import statements
from tests.contacts.calls import Contact, create, delete, done, fill, show
from tests.contacts.crowd import settle

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


def groups(account: Account) -> list[dict[str, Any]]:
    answer = done(account.get("/contacts/duplicates"))
    assert (list(answer), answer["next_cursor"]) == (["items", "next_cursor", "truncated"], None)
    assert not answer["truncated"]
    found: list[dict[str, Any]] = answer["items"]
    assert all(list(group) == ["contacts", "reasons", "score"] for group in found)
    return found


def ids(group: dict[str, Any]) -> set[str]:
    return {contact["id"] for contact in group["contacts"]}


def test_an_empty_book_has_none(ada: Account) -> None:
    assert groups(ada) == []


@pytest.mark.parametrize(
    ("shared", "reason"),
    [
        ({"phone": "+44 20 7946 0958"}, "phone"),
        ({"email": "ada@example.org"}, "email"),
        ({"details": [{"kind": "phone", "label": None, "value": "+44 20 7946 0958"}]}, "phone"),
        ({"details": [{"kind": "email", "label": None, "value": "ada@example.org"}]}, "email"),
    ],
)
def test_contacts_that_share_something_are_shown_whole_with_the_reason(
    ada: Account, shared: dict[str, Any], reason: str
) -> None:
    one, two, _ = fill(
        ada, [{"first_name": "Ada", **shared}, {"company": "Engines", **shared}, {"first_name": "Grace"}]
    )
    (group,) = groups(ada)
    assert sorted(group["contacts"], key=lambda contact: contact["id"]) == [one, two]
    assert group["reasons"] == [reason]
    assert 0 < group["score"] < 1


def test_one_number_and_one_address_in_any_spelling_are_the_same(ada: Account) -> None:
    fill(
        ada,
        [
            {"first_name": "Ada", "last_name": "Lovelace", "phone": "+44 20 7946 0958", "email": "Ada@Example.org"},
            {"first_name": "ÁDA", "last_name": "lovelace", "phone": "0044 (0)20-79460958", "email": "ada@example.org"},
        ],
    )
    (group,) = groups(ada)
    assert group["reasons"] == ["email", "name", "phone"]
    assert group["score"] == pytest.approx(1 - 0.3**3, abs=0.001)


def test_the_likeliest_come_first(ada: Account) -> None:
    fill(
        ada,
        [
            {"first_name": "Grace", "phone": "+1 202 555 0100"},
            {"first_name": "Emmy", "phone": "+1 202 555 0100"},
            {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.org"},
            {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.org"},
        ],
    )
    found = groups(ada)
    assert [[contact["first_name"] for contact in group["contacts"]] for group in found] == [
        ["Ada", "Ada"],
        ["Grace", "Emmy"],
    ]
    assert [group["score"] for group in found] == sorted((group["score"] for group in found), reverse=True)


def test_contacts_in_the_bin_are_nobodys_duplicates(ada: Account) -> None:
    one, two = fill(ada, [{"first_name": "Ada", "phone": "1234567"}, {"first_name": "Ada", "phone": "1234567"}])
    assert [ids(group) for group in groups(ada)] == [{one["id"], two["id"]}]
    delete(ada, one["id"])
    assert groups(ada) == []


def test_other_peoples_contacts_are_nobodys_duplicates(ada: Account, ben: Account) -> None:
    for account in (ada, ben):
        create(account, first_name="Ada", last_name="Lovelace", phone="+44 20 7946 0958")
    assert groups(ada) == groups(ben) == []


def test_nothing_is_merged_by_itself(ada: Account) -> None:
    pair: list[Contact] = fill(ada, [{"first_name": "Ada", "phone": "1234567"}] * 2)
    groups(ada)
    assert [show(ada, each["id"]) for each in pair] == pair


def test_a_book_that_is_known_is_not_looked_through_again(ada: Account) -> None:
    create(ada)
    tag = ada.get("/contacts/duplicates").headers["ETag"]
    with statements.listening() as heard:
        assert ada.get("/contacts/duplicates", {"If-None-Match": tag}).status_code == 304
    assert len(heard) == 2
    create(ada)
    assert ada.get("/contacts/duplicates", {"If-None-Match": tag}).status_code == 200


def test_a_large_book_is_looked_through_with_few_statements(ada: Account, migrated: Engine) -> None:
    settle(migrated, UUID(ada.user["id"]), 2_000)
    fill(ada, [{"first_name": "Ada", "last_name": "Lovelace", "phone": "+44 20 7946 0958"}] * 2)
    with statements.listening() as heard:
        found = groups(ada)
    assert found[0]["reasons"] == ["name", "phone"]
    assert len(heard) < 8


LINE, BOX = {"phone": "+49 30 7654321"}, {"email": "family@example.org"}
ONE_PERSON: list[list[dict[str, Any]]] = [
    [{"name_prefix": "Countess", "first_name": "Ada", "last_name": "King"}, {"first_name": "Ada", "last_name": "King"}],
    [{"first_name": "Mary", "last_name": "Shelley", "name_suffix": "OBE"}, {"first_name": "Mary Shelley, MBA"}],
    [{"first_name": "Dr. rer. nat. Emmy", "last_name": "Noether"}, {"first_name": "Emmy", "last_name": "Noether"}],
    [{"first_name": "Professor Marie", "last_name": "Curie"}, {"first_name": "Mme Marie", "last_name": "Curie"}],
    [{"first_name": "Mileva", "last_name": "Đoković"}, {"first_name": "Mileva", "last_name": "Djokovic"}],
    [{"first_name": "Can", "last_name": "Öztürk"}, {"first_name": "Can", "last_name": "Oezturk"}],
    [{"first_name": "Jan", "last_name": "van den Böhmer"}, {"first_name": "Jan", "last_name": "Vandenboehmer"}],
    [{"first_name": "Pat", "last_name": "O'Brien"}, {"first_name": "Pat", "last_name": "O Brien"}],
    [{"first_name": "Jean-Luc", "last_name": "Godard"}, {"first_name": "Jeanluc", "last_name": "Godard"}],
    [{"first_name": "Sr. Juan", "last_name": "Pérez"}, {"first_name": "Juan", "last_name": "Pérez"}],
    [{"first_name": "д-р Анна", "last_name": "Хрущёва"}, {"first_name": "Анна", "last_name": "Хрущева"}],
    [{"first_name": "mgr inż. Maria", "last_name": "Salomea"}, {"first_name": "Maria", "last_name": "Salomea, RN"}],
    [{"first_name": "الدكتور طه", "last_name": "حسين"}, {"first_name": "طه", "last_name": "حسين"}],
    [{"first_name": "أسماء", "last_name": "خالد"}, {"first_name": "اسما", "last_name": "خالد"}],
    [{"first_name": "太郎", "last_name": "山田"}, {"first_name": "山田太郎様"}],
    [{"first_name": "철수", "last_name": "김"}, {"first_name": "김", "last_name": "철수"}],
    [{"first_name": "トム", "last_name": "クルーズ"}, {"first_name": "トム・クルーズ"}],
    [{"first_name": "丽", "last_name": "李"}, {"first_name": "李 丽 女士"}],
]
PERHAPS_SIBLINGS: list[list[dict[str, Any]]] = [
    [{"first_name": name, "last_name": "Novak", **LINE, **BOX} for name in ("Jan", "Jana")],
    [{"first_name": name, "last_name": "Klein", **LINE, **BOX} for name in ("Anna", "Hanna")],
]
TWO_PEOPLE: list[list[dict[str, Any]]] = [
    [{"first_name": "John", "last_name": "Smith", "name_suffix": suffix} for suffix in ("ml.", "st.")],
    [{"name_prefix": prefix, "first_name": "János", "last_name": "Nagy"} for prefix in ("ifj.", "snr.")],
    [{"name_prefix": prefix, "first_name": "Géza", "last_name": "Kiss"} for prefix in ("ifj.", "id.")],
    [{"first_name": name, "last_name": "Byron"} for name in ("Lord", "Lady")],
    [{"first_name": name} for name in ("민수", "수민")],
    [{"first_name": "Alexandre", "last_name": "Dumas", "name_suffix": suffix} for suffix in ("père", "fils")],
]


def test_titles_say_nothing_and_generations_tell_apart(ada: Account) -> None:
    for people in ONE_PERSON:
        fill(ada, people)
    found = groups(ada)
    assert len(found) == len(ONE_PERSON)
    assert all(len(group["contacts"]) == 2 and group["score"] >= 0.7 for group in found)
    for people in TWO_PEOPLE:
        fill(ada, people)
    assert groups(ada) == found


@pytest.mark.parametrize("siblings", PERHAPS_SIBLINGS)
def test_a_family_that_shares_everything_is_not_sure_to_be_one_person(
    ada: Account, siblings: list[dict[str, Any]]
) -> None:
    fill(ada, siblings)
    assert all(group["score"] < 0.85 for group in groups(ada))
