"""Who is taken for one person, by what, how surely, and that it takes no longer for hostile address books."""

import random
from collections.abc import Callable, Iterable
from itertools import combinations, pairwise, product
from time import process_time
from typing import Any
from uuid import UUID

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from project.contacts.duplicates.finding import LARGEST_GROUP, NEAR_EQUAL, Group, find
from project.contacts.duplicates.names import GENERATIONS, TITLES
from project.contacts.duplicates.profiles import Candidate, take_apart
from project.contacts.duplicates.similarity import similarity
from project.contacts.search.folding import fold
from tests.contacts.contents import derive

Person = dict[str, Any]
Found = tuple[list[str], list[str], float]

GIVEN = ("Ada", "Mary", "Charles", "Olena", "Grace", "Emmy", "Pierre", "Taras", "Augusta", "Rosalind")
SURNAMES = (
    "Lovelace",
    "Byron",
    "King",
    "Babbage",
    "Somerville",
    "Shevchenko",
    "Curie",
    "Hopper",
    "Noether",
    "Franklin",
)
STRANGERS = [f"{given} {surname}" for given, surname in product(GIVEN, SURNAMES)]

many = settings(deadline=None)
WORDS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=4, max_size=9).filter(
    lambda word: word not in TITLES and word not in GENERATIONS
)
PEOPLE = st.fixed_dictionaries(
    {
        "name": st.sampled_from(
            ["Ada", "Ada Lovelace", "A. Lovelace", "Ada Lovelaec", "Lovelace, Ada", "Ada Byron", "🎹"]
        )
    },
    optional={
        "phone": st.sampled_from(["+44 20 7946 0958", "020 7946 0958", "+1 207 946 0958", "112"]),
        "email": st.sampled_from(["ada@example.org", "Ada@Example.org", "byron@example.org"]),
    },
)


def book(people: Iterable[Person], region: str | None = None) -> list[Candidate]:
    """The people as they are stored; their ids tell who is who."""
    everybody = [(each, derive(each, region)) for each in people]
    return [
        Candidate(
            UUID(int=number),
            fold(each["name"]),
            keys["email_keys"],
            keys["phone_keys"],
            each.get("birthday"),
            each["name"],
        )
        for number, (each, keys) in enumerate(everybody)
    ]


def found(*people: Person, region: str | None = None) -> list[Found]:
    """The groups, by the names of their members."""
    groups = find(book(people, region))
    return [([people[each.int]["name"] for each in group.ids], group.reasons, group.score) for group in groups]


def named(*names: str) -> list[Found]:
    return found(*({"name": name} for name in names))


def words(name: str) -> tuple[str, ...]:
    return tuple(sorted(fold(name).replace(".", " ").split()))


def mistype(word: str, place: int, letter: str) -> st.SearchStrategy[str]:
    """A letter left out, put in, replaced, or exchanged with the next one."""
    before, here, after = word[:place], word[place : place + 1], word[place + 1 :]
    return st.sampled_from([before + after, before + letter + here + after, before + letter + after]) | st.just(
        before + after[:1] + here + after[1:]
    )


@many
@given(st.lists(PEOPLE, max_size=12))
def test_whoever_shares_a_number_an_address_or_a_name_is_in_one_group_by_it(people: list[Person]) -> None:
    candidates, groups = book(people, "GB"), find(book(people, "GB"))
    for one, two in combinations(candidates, 2):
        for reason, place in (("name", 1), ("email", 2), ("phone", 3)):
            if one[place] and one[place] == two[place]:
                assert any({one.id, two.id} <= set(group.ids) and reason in group.reasons for group in groups)


@many
@given(st.lists(PEOPLE, max_size=12))
def test_every_reason_holds_between_two_of_the_group(people: list[Person]) -> None:
    candidates = book(people, "GB")
    for group in find(candidates):
        pairs = list(combinations((candidates[each.int] for each in group.ids), 2))
        holding = {
            reason for reason, place in (("email", 2), ("phone", 3)) if any(a[place] == b[place] for a, b in pairs)
        }
        if any(similarity(take_apart(a, {}).words, take_apart(b, {}).words) >= NEAR_EQUAL for a, b in pairs):
            holding.add("name")
        assert len(group.ids) > 1
        assert group.reasons == sorted(set(group.reasons) & holding)


@many
@given(st.lists(PEOPLE, max_size=12), st.randoms())
def test_the_order_of_the_contacts_does_not_matter(people: list[Person], shuffler: random.Random) -> None:
    candidates = book(people)
    shuffled = shuffler.sample(candidates, len(candidates))
    assert find(shuffled) == find(candidates)


@many
@given(st.lists(PEOPLE, max_size=12))
def test_the_surest_groups_come_first_then_those_first_by_name(people: list[Person]) -> None:
    groups = find(book(people))
    ranks = [(-group.score, fold(people[group.ids[0].int]["name"])) for group in groups]
    assert ranks == sorted(ranks)
    assert all(0 < group.score < 1 for group in groups)


@many
@given(st.data(), WORDS, WORDS, st.integers(0, 8), st.sampled_from("aemz"))
def test_one_mistyped_letter_anywhere_is_found(
    data: st.DataObject, given_name: str, surname: str, place: int, letter: str
) -> None:
    assume(place < len(given_name))
    mistyped = data.draw(mistype(given_name, place, letter))
    (group,) = named(f"{given_name} {surname}", f"{surname} {mistyped}")
    assert group[1] == ["name"]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Ada Lovelace", "Lovelace, Ada"),
        ("Łukasz Żółć", "lukasz zolc"),
        ("Олена Шевченко", "Olena Shevchenko"),
        ("Jon Smith", "John Smith"),
        ("John Smiht", "John Smith"),
        ("Catherine Jones", "Katherine Jones"),
        ("J. Smith", "John Smith"),
        ("John F. Smith", "John Smith"),
        ("J.R.R. Tolkien", "John Ronald Reuel Tolkien"),
        ("Seán O’Brien", "Sean OBrien"),
        ("Analytical Engnes", "Analytical Engines"),
        ("Greengrocers", "Greengrocer"),
        ("🎹", "🎹"),
        ("One Two Three Four Five Six Seven Eight", "Eight One Two Three Four Five Six Seven"),
    ],
)
def test_near_equal_names_are_found(one: str, two: str) -> None:
    ((names, reasons, _),) = named(one, two)
    assert (sorted(names), reasons) == (sorted([one, two]), ["name"])


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Ada", "Ada Lovelace"),
        ("Ada Lovelace", "Ada Byron"),
        ("John Smith", "John Paul Smith"),
        ("John Smith", "J. S."),
        ("Tom Smith", "Tim Smith"),
        ("Anna", "Anne"),
        ("Contact 12", "Contact 13"),
        ("Valentin Petrov", "Valentina Petrova"),
        ("One Two Three Four Five Six Seven Eight", "One Two Three Four Five Six Seven Eigth"),
        ("🎹", "🎻"),
    ],
)
def test_names_that_differ_are_not_enough(one: str, two: str) -> None:
    assert named(one, two) == []


@many
@given(*[st.lists(st.sampled_from(["j", "john", "jon", "johann", "smith", "smiths", "s", "4"]), max_size=7)] * 2)
def test_similarity_is_mutual_and_a_share(one: list[str], two: list[str]) -> None:
    first, second = tuple(sorted(one)), tuple(sorted(two))
    assert 0 <= similarity(first, second) == similarity(second, first) <= 1
    assert similarity(first, first) == bool(first)


def test_two_mistyped_words_are_other_words() -> None:
    assert similarity(words("Jonn Smiht"), words("John A. Smith")) == 0


def test_an_initial_does_not_bring_two_people_together() -> None:
    assert named("John Smith", "J. Smith", "Jane Smith") == [(["Jane Smith", "J. Smith"], ["name"], 0.647)]


def test_an_initial_goes_with_whom_it_shares_a_number() -> None:
    phone = "+44 20 7946 0958"
    people = [{"name": "John Smith", "phone": phone}, {"name": "J. Smith", "phone": phone}, {"name": "Jane Smith"}]
    assert found(*people) == [(["John Smith", "J. Smith"], ["name", "phone"], 0.894)]


def test_near_equal_names_do_not_chain() -> None:
    letters = "abcdefghijkl"
    chain = [f"{letters[:step]}{'z' * (12 - step)} smith" for step in range(13)]
    assert all(similarity(words(a), words(b)) >= NEAR_EQUAL for a, b in pairwise(chain))
    for names, _, _ in named(*chain):
        assert all(similarity(words(names[0]), words(name)) >= NEAR_EQUAL for name in names)
        assert len(names) <= 5


def test_more_shared_is_surer() -> None:
    one = {"name": "Ada Lovelace", "email": "ada@example.org", "phone": "+44 20 7946 0958"}
    scores = [found(one, {"name": "Ada Lovelace"} | more)[0][1:] for more in ({}, {"phone": one["phone"]}, one)]
    assert scores == [(["name"], 0.7), (["name", "phone"], 0.91), (["email", "name", "phone"], 0.973)]


def test_a_single_word_is_half_a_reason() -> None:
    assert named("Mum", "Mum") == [(["Mum", "Mum"], ["name"], 0.35)]


def test_a_name_and_a_part_of_it_with_one_number_are_one_person() -> None:
    phone = "+44 20 7946 0958"
    ((names, reasons, score),) = found({"name": "Ada", "phone": phone}, {"name": "Ada Lovelace", "phone": phone})
    assert (names, reasons) == (["Ada Lovelace", "Ada"], ["phone"])
    assert 0.7 < score < 0.91


def test_what_two_share_is_a_reason_though_the_fullest_name_does_not_share_it() -> None:
    phone = "+44 20 7946 0958"
    people = [{"name": "John Smith"}, {"name": "Jon Smith", "phone": phone}, {"name": "J. Smith", "phone": phone}]
    ((names, reasons, _),) = found(*people)
    assert (len(names), reasons) == (3, ["name", "phone"])


def test_those_who_share_a_key_with_a_later_one_come_together() -> None:
    phones = "+44 20 7946 0958", "+44 20 7946 0000"
    both = {"name": "Ada", "phone": phones[0], "details": [{"kind": "phone", "value": phones[1]}]}
    ((names, _, _),) = found({"name": "Ada Lovelace", "phone": phones[0]}, {"name": "Ada", "phone": phones[1]}, both)
    assert names == ["Ada Lovelace", "Ada", "Ada"]


@pytest.mark.parametrize("people", [2, 3, 5, 50])
def test_the_more_people_share_a_number_the_less_it_says(people: int) -> None:
    sharing = [{"name": name, "phone": "+44 20 7946 0958"} for name in STRANGERS[:people]]
    ((names, reasons, score),) = found(*sharing)
    assert (sorted(names), reasons) == (sorted(STRANGERS[:people]), ["phone"])
    assert score == round(0.5 / (people - 1), 3)


def test_different_people_who_share_two_things_are_one_group() -> None:
    reach = {"email": "home@example.org", "phone": "+44 20 7946 0958"}
    assert found({"name": "Ada Lovelace"} | reach, {"name": "Mary Somerville"} | reach) == [
        (["Mary Somerville", "Ada Lovelace"], ["email", "phone"], 0.75)
    ]


def test_a_married_couple_with_one_number_is_two_people() -> None:
    couple = [{"name": name, "phone": "+380 50 123 45 67"} for name in ("Valentin Petrov", "Valentina Petrova")]
    assert found(*couple)[0][1:] == (["phone"], 0.5)


def test_a_switchboard_hides_no_duplicates_and_stays_a_short_group() -> None:
    staff = [{"name": f"{name} {letter * 6}", "phone": "+44 20 7946 0000"} for name in STRANGERS for letter in "abcde"]
    first, *rest = found(*staff, {"name": "Byron, Ada Aaaaaa", "phone": "+44 20 7946 0000"})
    assert (sorted(first[0]), first[2]) == (["Ada Byron aaaaaa", "Byron, Ada Aaaaaa"], 0.91)
    ((names, reasons, score),) = rest
    assert (len(names), reasons, score) == (LARGEST_GROUP, ["phone"], 0.001)


def test_a_large_group_shows_its_first_members() -> None:
    ((names, reasons, score),) = named(*["Ada Lovelace"] * (LARGEST_GROUP + 1))
    assert (len(names), reasons, score) == (LARGEST_GROUP, ["name"], 0.7)


@pytest.mark.parametrize("region", [None, "GB"])
def test_a_number_without_a_country_is_the_one_known_with_its_country(region: str | None) -> None:
    people = [{"name": "Ada", "phone": "020 7946 0958"}, {"name": "Mary", "phone": "+44 20 7946 0958"}]
    assert found(*people, region=region) == [(["Mary", "Ada"], ["phone"], 0.5)]


def test_numbers_that_are_known_only_without_a_country_are_equal_with_their_zero_or_without() -> None:
    people = [{"name": "Ada", "phone": "020 7946 0958"}, {"name": "Mary", "phone": "2079460958"}]
    assert found(*people) == [(["Mary", "Ada"], ["phone"], 0.5)]


def test_numbers_of_two_countries_differ() -> None:
    assert found({"name": "Ada", "phone": "+44 207 946 0958"}, {"name": "Mary", "phone": "+1 207 946 0958"}) == []


def test_contacts_that_fold_to_no_name_are_compared_by_what_they_share() -> None:
    nameless = [Candidate(UUID(int=number), "", "", "\n+442079460958\n") for number in range(2)]
    assert find(nameless) == [Group([UUID(int=0), UUID(int=1)], ["phone"], 0.5)]
    assert find([each._replace(phone_keys="") for each in nameless]) == []


def test_an_empty_book_has_no_duplicates() -> None:
    assert find([]) == []


def syllables(source: random.Random) -> str:
    return "".join(source.choice(["ka", "ro", "mi", "len", "da", "vo", "shi", "pe"]) for _ in range(4))


HOSTILE: dict[str, Callable[[int, random.Random], Person]] = {
    "one name": lambda number, source: {"name": "John Smith", "phone": f"+4420{number + 10**7}"},
    "one surname": lambda number, source: {"name": f"{syllables(source)} Smith"},
    "one surname and numbers": lambda number, source: {"name": f"Smith {number}"},
    "one number": lambda number, source: {"name": f"{syllables(source)} {number}", "phone": "+44 20 7946 0000"},
    "two letters": lambda number, source: {"name": " ".join(source.choice(["abab", "baba", "abba"]) for _ in range(6))},
    "long words": lambda number, source: {"name": " ".join("a" + syllables(source) * 8 + "b" for _ in range(3))},
}


@pytest.mark.slow
@pytest.mark.parametrize("sort", HOSTILE)
def test_ten_thousand_contacts_take_seconds_whatever_their_names(sort: str) -> None:
    source = random.Random(sort)  # noqa: S311 -- the same book every time
    candidates = book(HOSTILE[sort](number, source) for number in range(10_000))
    start = process_time()
    find(candidates)
    assert process_time() - start < 10


def person(name: str, **known: str) -> Person:
    return {"name": name, **known}


NUMBER = "+49 30 2312 0000"


@pytest.mark.parametrize(
    "pair",
    [
        (person("John Smith", birthday="1950-01-01"), person("John Smith", birthday="1980-01-01")),
        (person("John Smith", birthday="1950-01-01"), person("John Smith", birthday="--02-01")),
        (person("John Smith Jr."), person("John Smith Sr.")),
        (person("John Smith II"), person("John Smith III")),
        (person("John Smith I"), person("John Smith II")),
        (person("John Smith IV"), person("John Smith V")),
        (person("邱慧"), person("邱辉")),
        (person("石晨贞"), person("史真珍")),
    ],
)
def test_birthdays_generations_and_characters_tell_people_apart(pair: tuple[Person, Person]) -> None:
    assert found(*pair) == []


@pytest.mark.parametrize(
    "pair",
    [
        (person("Ada Lovelace", birthday="1815-12-10"), person("Ada Lovelace", birthday="--12-10")),
        (person("Jürgen Müller"), person("Juergen Mueller")),
        (person("Hans Maier, Ph.D."), person("Hans Maier")),
        (person("Sig.ra Anna Rossi"), person("Anna Rossi")),
        (person("Søren Åberg"), person("Soeren Aaberg")),
        (person("Dr. Hans Maier"), person("Hans Maier")),
        (person("Prof. Dr. Emmy Noether"), person("Emmy Noether")),
        (person("김철수"), person("김 철수")),
        (person("John Smith Jr."), person("John Smith")),
    ],
)
def test_titles_umlauts_and_spaces_do_not_tell_people_apart(pair: tuple[Person, Person]) -> None:
    ((_, reasons, score),) = found(*pair)
    assert (reasons, score >= 0.7) == (["name"], True)


@pytest.mark.parametrize(("one", "two"), [("Anna Klein", "Hanna Klein"), ("Jan Novak", "Jana Novak")])
def test_siblings_on_one_line_are_less_sure_than_equal_names(one: str, two: str) -> None:
    ((_, _, score),) = found(person(one, phone=NUMBER, birthday="1990-05-05"), person(two, phone=NUMBER))
    assert score < 0.7


def test_what_thousands_share_is_no_group() -> None:
    staff = [person(f"{name} {number}", phone=NUMBER) for number in range(30) for name in STRANGERS]
    assert [group for group in found(*staff) if group[1] == ["phone"]] == []
