"""Merging loses no value, holds equal ones once, and keeps within the contract's limits."""

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from project.contacts.content import (
    ADDRESS_PARTS,
    CONFLICTS,
    FIELDS,
    MOST_ADDRESSES,
    MOST_DETAILS,
    MOST_LABELS,
    NOTES_LENGTH,
    blank,
)
from project.contacts.duplicates.merging import merge
from project.contacts.naming import NAME_PARTS

many = settings(deadline=None)  # what phonenumbers knows about a country is read when it is first needed
some = settings(max_examples=25, deadline=None)

SINGLES = [field.name for field in FIELDS if field.conflict]
TOGETHER = [conflict.label for conflict, names in CONFLICTS.items() if len(names) > 1]
EMPTY: dict[str, Any] = {**blank(), "photo": None, "extra": []}

# Spellings of one number and of one address; all other values that the strategies draw differ from each other.
SAME = {
    "+44 20 7946 0958": "+442079460958",
    "020 7946 0958": "+442079460958",
    "(0044) 2079460958": "+442079460958",
    "Ada@Example.org": "ada@example.org",
    "--12-10": "1815-12-10",
}
NUMBERS = st.sampled_from([*list(SAME)[:3], "+44 20 7946 0958 ext 5", "+44 20 7946 0958 ext 6", "0800 FLOWERS", "112"])
EMAILS = st.sampled_from(["ada@example.org", "Ada@Example.org", "ольга@example.org", "olga@example.org"])
DETAIL_LABELS = st.sampled_from([None, "other", "home", "work"])


def words(about: str) -> st.SearchStrategy[str]:
    return st.sampled_from([f"{about}-{word}" for word in ("Ada", "ADA", "Łukasz", "Олена", "Lukasz")])


def details(kind: str, values: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"kind": st.just(kind), "label": DETAIL_LABELS, "value": values})


ADDRESSES = st.fixed_dictionaries(
    {"label": DETAIL_LABELS, "street": words("street")} | {part: st.none() | words(part) for part in ADDRESS_PARTS[1:]}
)
CONTACTS = st.fixed_dictionaries(
    {field.name: st.none() | words(field.name) for field in FIELDS if field.kind == "line"}
    | {"email": st.none() | EMAILS, "phone": st.none() | NUMBERS}
    | {"birthday": st.sampled_from([None, "1815-12-10", "--12-10", "1788-01-22"]), "favorite": st.booleans()}
    | {"photo": st.sampled_from([None, "photos/one", "photos/two"])}
    | {"notes": st.none() | st.lists(words("note"), min_size=1, max_size=3).map("\n".join)}
    | {"labels": st.lists(words("Label"), unique=True), "extra": st.lists(words("X-LINE"), unique=True)}
    | {"addresses": st.lists(ADDRESSES, max_size=3)}
    | {
        "details": st.lists(
            details("phone", NUMBERS)
            | details("email", EMAILS)
            | details("date", st.just("1843-09-01"))
            | details("relation", words("relation")),
            max_size=6,
        )
    }
)
OTHERS = st.lists(CONTACTS, max_size=2)


def crowd(one: dict[str, Any]) -> dict[str, Any]:
    """The contact, with room for no more than two or three things of each sort."""
    return one | {
        "details": one["details"] + [detail("url", None, f"https://{n}.example.org") for n in range(MOST_DETAILS - 8)],
        "addresses": one["addresses"] + [address("home", f"Row {n}") for n in range(MOST_ADDRESSES - 4)],
        "labels": one["labels"] + [f"Label {n}" for n in range(MOST_LABELS - 6)],
    }


TARGETS = CONTACTS | CONTACTS.map(crowd)


def contact(**fields: Any) -> dict[str, Any]:
    return deepcopy(EMPTY) | fields


def detail(kind: str, label: str | None, value: str) -> dict[str, Any]:
    return {"kind": kind, "label": label, "value": value}


def address(label: str | None, street: str) -> dict[str, Any]:
    return dict.fromkeys(ADDRESS_PARTS) | {"label": label, "street": street, "city": "London"}


def values(one: dict[str, Any]) -> set[str]:
    """All that a contact says but for the labels of details and addresses, one spelling for what is the same.

    Letter case is none of it.
    """
    said = {one[field] for field in SINGLES if one[field]}
    said |= {each["value"] for each in one["details"]}
    said |= {", ".join(filter(None, (each[part] for part in ADDRESS_PARTS))) for each in one["addresses"]}
    said |= {*one["labels"], *one["extra"], *(one["notes"] or "").splitlines()}
    return {SAME.get(value, value).casefold() for value in said}


def heirs(merged: dict[str, Any]) -> set[str]:
    """All that a merged contact says, in whatever place a value may have gone to."""
    together = [each["value"] for each in merged["details"] if each["label"] in TOGETHER]
    spare = [line.partition(": ")[2] for line in (merged["notes"] or "").splitlines()]
    words = re.split(r"[,\s]+", " ".join([*together, *spare]))
    return values(merged) | {SAME.get(value, value).casefold() for value in (*words, *spare)}


def labelled(one: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """The labels of details and addresses that say something, each with what it is the label of, whatever its case."""
    for kind, label, value in ((each["kind"], each["label"], each["value"]) for each in one["details"]):
        if label not in (None, "other"):
            yield kind, label, SAME.get(value, value).casefold()
    for each in one["addresses"]:
        if each["label"] not in (None, "other"):
            yield "address", each["label"], ", ".join(filter(None, (each[part] for part in ADDRESS_PARTS))).casefold()


def spare_labels(merged: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """The same, of the lines that merging has added to the notes."""
    for line in (merged["notes"] or "").splitlines():
        before, _, value = line.partition("): ")
        kind, _, label = before.partition(" (")
        yield kind, label, SAME.get(value, value).casefold()


@many
@given(TARGETS, OTHERS)
def test_no_value_is_lost(target: dict[str, Any], others: list[dict[str, Any]]) -> None:
    merged = merge(target, others, region="GB")
    for each in (target, *others):
        assert values(each) - heirs(merged) == set()


@many
@given(TARGETS, OTHERS)
def test_no_label_of_a_detail_or_an_address_is_lost(target: dict[str, Any], others: list[dict[str, Any]]) -> None:
    merged = merge(target, others, region="GB")
    kept = {*labelled(merged), *spare_labels(merged)}
    for each in (target, *others):
        assert set(labelled(each)) - kept == set()


@some
@given(TARGETS, OTHERS)
def test_nothing_is_made_up(target: dict[str, Any], others: list[dict[str, Any]]) -> None:
    merged = merge(target, others, region="GB")
    known = set().union(*map(values, (target, *others)))
    together = {each["value"].casefold() for each in merged["details"] if each["label"] in TOGETHER}
    assert values(merged | {"notes": None}) - together <= known


@many
@given(TARGETS, OTHERS)
def test_merging_again_changes_nothing(target: dict[str, Any], others: list[dict[str, Any]]) -> None:
    merged = merge(target, others, region="GB")
    assert merge(merged, others, region="GB") == merged
    assert merge(merged, [target], region="GB") == merged


@some
@given(TARGETS)
def test_a_contact_merged_with_nothing_or_its_own_copy_stays_as_it_is(one: dict[str, Any]) -> None:
    assert merge(one, []) == one
    assert merge(one, [deepcopy(one)]) == one


@many
@given(TARGETS, OTHERS)
def test_the_same_is_said_in_whatever_order_contacts_are_merged(
    target: dict[str, Any], others: list[dict[str, Any]]
) -> None:
    forward, backward = (merge(target, order, region="GB") for order in (others, others[::-1]))
    said = set().union(*map(values, (target, *others)))
    assert heirs(forward) & said == heirs(backward) & said == said
    assert forward["favorite"] == backward["favorite"]
    assert set(forward["extra"]) == set(backward["extra"])


@some
@given(TARGETS, OTHERS)
def test_the_limits_of_the_contract_are_kept(target: dict[str, Any], others: list[dict[str, Any]]) -> None:
    merged = merge(target, others, region="GB")
    assert len(merged["details"]) <= MOST_DETAILS
    assert len(merged["addresses"]) <= MOST_ADDRESSES
    assert len(merged["labels"]) == len(set(merged["labels"])) <= MOST_LABELS
    assert len(merged["notes"] or "") <= NOTES_LENGTH


@some
@given(TARGETS, OTHERS)
def test_the_contacts_given_are_not_changed(target: dict[str, Any], others: list[dict[str, Any]]) -> None:
    before = deepcopy((target, others))
    merge(target, others)
    assert (target, others) == before


@some
@given(TARGETS, OTHERS)
def test_the_targets_own_single_values_win(target: dict[str, Any], others: list[dict[str, Any]]) -> None:
    merged = merge(target, others)
    own = [field for field in SINGLES if target[field]]
    assert {field: SAME.get(merged[field], merged[field]) for field in own} == {
        field: SAME.get(target[field], target[field]) for field in own
    }


def test_what_the_target_lacks_comes_from_the_first_that_has_it() -> None:
    merged = merge(
        contact(first_name="Ada"),
        [contact(company="Analytical Engines", photo="1"), contact(company="Royal Society", photo="2", favorite=True)],
    )
    assert (merged["company"], merged["photo"], merged["favorite"]) == ("Analytical Engines", "1", True)
    assert merged["details"] == [detail("other", "company", "Royal Society")]


def test_conflicting_single_values_become_details_that_say_what_they_were() -> None:
    ada = contact(first_name="Ada", last_name="Lovelace", nickname="A", company="B", job_title="C")
    ada |= {"email": "a@example.org", "phone": "+442079460958", "birthday": "1815-12-10"}
    augusta = contact(first_name="Augusta", last_name="King", nickname="G", company="H", job_title="I")
    augusta |= {"email": "k@example.org", "phone": "+380501234567", "birthday": "1815-12-11"}
    assert merge(ada, [augusta])["details"] == [
        detail("other", "name", "Augusta King"),
        detail("other", "nickname", "G"),
        detail("other", "company", "H"),
        detail("other", "job title", "I"),
        detail("email", "other", "k@example.org"),
        detail("phone", "other", "+380501234567"),
        detail("date", "birthday", "1815-12-11"),
    ]


def test_half_a_name_is_completed_by_one_that_agrees() -> None:
    merged = merge(contact(first_name="Ada"), [contact(first_name="Ada", last_name="Lovelace")])
    assert (merged["first_name"], merged["last_name"], merged["details"]) == ("Ada", "Lovelace", [])


def test_half_a_name_is_not_completed_by_another_persons() -> None:
    merged = merge(contact(first_name="Ada"), [contact(first_name="George", last_name="Byron")])
    assert (merged["first_name"], merged["last_name"]) == ("Ada", None)
    assert merged["details"] == [detail("other", "name", "George Byron")]


def test_a_contradicting_name_is_kept_whole_with_what_belongs_to_it() -> None:
    prince = contact(name_prefix="Prince", first_name="Genji", middle_name="M", last_name="Minamoto", name_suffix="Jr.")
    others = [prince | {"phonetic_first_name": "げんじ"}, contact(first_name="式部", last_name="紫", name_suffix="様")]
    merged = merge(contact(first_name="Ada", phonetic_first_name="A-da"), others)
    assert (merged["first_name"], merged["name_prefix"], merged["phonetic_first_name"]) == ("Ada", None, "A-da")
    assert [each["value"] for each in merged["details"]] == ["Prince Genji M Minamoto Jr., げんじ", "紫式部 様"]


def test_a_department_stays_with_its_company() -> None:
    engines = contact(company="Engines", department="Numbers")
    assert merge(contact(company="Engines"), [engines])["department"] == "Numbers"
    merged = merge(contact(company="Royal Society"), [engines])
    assert (merged["department"], merged["details"]) == (None, [detail("other", "company", "Engines, Numbers")])


def test_a_name_that_is_too_long_for_a_detail_goes_to_the_notes() -> None:
    parts = {field.name: field.name[0] * 100 for field in FIELDS if field.name in NAME_PARTS}
    merged = merge(contact(first_name="Ada"), [contact(**parts)])
    assert merged["details"] == []
    assert len(merged["notes"]) == len("other (name): ") + 504


@pytest.mark.parametrize(
    ("region", "number"),
    [(None, "+44 (0)20 7946-0958"), (None, "0044 20 7946 0958"), ("GB", "020 7946 0958"), ("GB", "2079460958")],
)
def test_one_number_in_another_spelling_is_held_once(region: str | None, number: str) -> None:
    merged = merge(contact(phone="+442079460958"), [contact(phone=number)], region=region)
    assert (merged["phone"], merged["details"], merged["notes"]) == ("+442079460958", [], None)


def test_one_address_of_email_in_another_letter_case_is_held_once() -> None:
    more = contact(email="ADA@Example.ORG", details=[detail("email", None, "Countess@Example.org")])
    merged = merge(contact(email="ada@example.org", details=[detail("email", "home", "countess@example.org")]), [more])
    assert [merged["email"], *(each["value"] for each in merged["details"])] == [
        "ada@example.org",
        "countess@example.org",
    ]


def test_an_address_of_email_in_another_script_is_another() -> None:
    merged = merge(contact(email="olga@example.org"), [contact(email="ольга@example.org")])
    assert merged["details"] == [detail("email", "other", "ольга@example.org")]


@pytest.mark.parametrize(
    "number", ["020 7946 0958", "+1 207 946 0958", "44 20 7946 0958", "+44 20 7946 0958 ext 5", "*+44 20 7946 0958"]
)
def test_what_may_be_another_number_is_kept(number: str) -> None:
    merged = merge(contact(phone="+442079460958"), [contact(phone=number)])
    assert merged["details"] == [detail("phone", "other", number)]


def test_an_unlabelled_detail_takes_the_label_of_an_equal_one() -> None:
    plain, work = (contact(details=[detail("phone", label, "+442079460958")]) for label in (None, "work"))
    assert merge(plain, [work])["details"] == merge(work, [plain])["details"] == work["details"]


def test_a_second_label_of_one_number_goes_to_the_notes() -> None:
    home = contact(details=[detail("phone", "home", "+442079460958")])
    merged = merge(home, [contact(details=[detail("phone", "work", "+44 20 7946 0958")])])
    assert (merged["details"], merged["notes"]) == (home["details"], "phone (work): +44 20 7946 0958")


def test_the_label_of_the_number_to_reach_first_goes_to_the_notes() -> None:
    merged = merge(contact(phone="+442079460958"), [contact(details=[detail("phone", "work", "+442079460958")])])
    assert (merged["details"], merged["notes"]) == ([], "phone (work): +442079460958")


def test_a_value_with_another_meaning_is_another_detail() -> None:
    dates = [detail("date", label, "1835-07-08") for label in ("wedding", "engagement")]
    assert merge(contact(details=dates[:1]), [contact(details=dates[1:])])["details"] == dates


def test_a_number_that_the_target_has_among_its_details_is_not_repeated() -> None:
    target = contact(details=[detail("phone", "home", "+442079460958")])
    assert merge(target, [contact(phone="+44 20 7946 0958")]) == target


def test_notes_are_joined_with_a_blank_line_and_equal_ones_are_held_once() -> None:
    merged = merge(contact(notes="Mathematician"), [contact(notes=note) for note in ("Countess", "Mathematician")])
    assert merged["notes"] == "Mathematician\n\nCountess"


def test_a_note_that_is_a_part_of_another_by_its_letters_only_is_kept() -> None:
    assert merge(contact(notes="Call him"), [contact(notes="Call")])["notes"] == "Call him\n\nCall"


def test_labels_are_equal_in_any_letter_case() -> None:
    merged = merge(contact(labels=["Family", "Work"]), [contact(labels=["family", "Work", "WORK", "Chess", "chess"])])
    assert merged["labels"] == ["Family", "Work", "Chess"]
    assert merge(contact(labels=["Family", "family"]), [contact(labels=["FAMILY"])])["labels"] == ["Family", "family"]


@pytest.mark.parametrize(
    ("target", "other"),
    [
        ({"first_name": "Ada"}, {"first_name": "ada"}),
        ({"first_name": "Ada", "last_name": "Lovelace"}, {"first_name": "ADA", "last_name": "LOVELACE"}),
        ({"company": "Straße & Co"}, {"company": "STRASSE & CO"}),
        ({"nickname": "Zed"}, {"nickname": "zed"}),
        ({"birthday": "1815-12-10"}, {"birthday": "--12-10"}),
        ({"details": [detail("url", "Home", "https://example.org")]}, {"details": [detail("url", "home", "https://example.org")]}),
        ({"details": [detail("im", "home", "xmpp:ada")]}, {"details": [detail("im", None, "xmpp:ada")]}),
        ({"addresses": [address("Home", "Row 1")]}, {"addresses": [address("home", "ROW 1")]}),
    ],
)  # fmt: skip
def test_what_says_nothing_new_leaves_no_trace(target: dict[str, Any], other: dict[str, Any]) -> None:
    assert merge(contact(**target), [contact(**other)]) == contact(**target)


def test_of_two_birthdays_on_one_day_that_with_the_year_is_taken() -> None:
    merged = merge(contact(birthday="--12-10"), [contact(birthday="1815-12-10"), contact(birthday="1816-12-10")])
    assert (merged["birthday"], merged["details"]) == ("1815-12-10", [detail("date", "birthday", "1816-12-10")])
    other_day = merge(contact(birthday="--12-11"), [contact(birthday="1815-12-10")])
    assert (other_day["birthday"], len(other_day["details"])) == ("--12-11", 1)


def test_equal_postal_addresses_are_held_once() -> None:
    square = address("home", "St James’s Square")
    assert merge(contact(addresses=[square]), [contact(addresses=[square | {"label": None}])])["addresses"] == [square]


def test_what_exceeds_a_limit_becomes_lines_of_the_notes() -> None:
    full = contact(
        phone="113",
        notes="Mathematician",
        details=[detail("url", None, f"https://{n}.example.org") for n in range(MOST_DETAILS)],
        addresses=[address("home", f"Row {n}") for n in range(MOST_ADDRESSES)],
        labels=[f"Label {n}" for n in range(MOST_LABELS)],
    )
    more = contact(phone="112", details=[detail("im", None, "xmpp:ada")], addresses=[address(None, "Piccadilly")])
    merged = merge(full, [more | {"labels": ["Family"]}])
    assert merged["notes"] == (
        "Mathematician\n\nphone (other): 112\nim: xmpp:ada\naddress: Piccadilly, London\nlabel: Family"
    )
    assert merged | {"notes": "Mathematician"} == full


def test_notes_for_which_there_is_no_room_are_kept_as_lines() -> None:
    most = contact(notes="a" * (NOTES_LENGTH - 3))
    assert len(merge(most, [contact(notes="b")])["notes"]) == NOTES_LENGTH
    others = [contact(notes="b;c\nd"), contact(notes="e")]
    merged = merge(most, others)
    assert (merged["notes"], merged["extra"]) == (f"{most['notes']}\n\ne", ["NOTE:b\\;c\\nd"])
    assert merge(merged, others) == merged


def test_a_contact_that_never_was_a_card_has_no_lines_of_one() -> None:
    assert merge(contact(extra=None), [contact(extra=None)])["extra"] is None
    assert merge(contact(extra=None), [contact(extra=["X-LINE:1"])])["extra"] == ["X-LINE:1"]
