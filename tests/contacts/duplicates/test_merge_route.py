"""POST /contacts/{id}/merge: one contact of several, in one transaction; `test_merging` has what becomes of values."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from project.database.base import new_id
from tests import applications
from tests.accounts import Account, body, problem
from tests.contacts.calls import Contact, changes, create, delete, done, fill, listed, show, token
from tests.contacts.exchange.calls import bring, take
from tests.contacts.exchange.files import vcard

SHARED = {"first_name": "Ada", "email": "ada@example.org"}
CONTENTS: list[dict[str, Any]] = [
    {**SHARED, "phone": "+44 20 7946 0958"},
    {**SHARED, "last_name": "Lovelace", "phone": "020 7946 0000", "notes": "Bernoulli", "labels": ["Family"]},
    {**SHARED, "job_title": "Countess", "birthday": "1815-12-10", "favorite": True},
]


on_one_engine = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@pytest.fixture
def three(ada: Account) -> list[Contact]:
    return fill(ada, CONTENTS)


def merge(account: Account, target: Contact, *others: Contact, **request: Any) -> TestResponse:
    return post(account, target["id"], [other["id"] for other in others], **request)


def post(account: Account, target_id: str, ids: object, **request: Any) -> TestResponse:
    answer: TestResponse = account.post(f"/contacts/{target_id}/merge", json={"ids": ids}, **request)
    return answer


def test_one_contact_has_what_all_had(ada: Account, three: list[Contact]) -> None:
    answer = merge(ada, *three)
    merged = done(answer)
    assert merged == show(ada, three[0]["id"]) == listed(ada)[0]
    assert {**merged, **{name: three[0][name] for name in ("revision", "updated_at")}} == {
        **three[0],
        "name": "Ada Lovelace",
        "last_name": "Lovelace",
        "job_title": "Countess",
        "birthday": "1815-12-10",
        "notes": "Bernoulli",
        "favorite": True,
        "labels": ["Family"],
        "details": [{"kind": "phone", "label": "other", "value": "020 7946 0000"}],
    }
    assert answer.headers["ETag"] == ada.get(f"/contacts/{merged['id']}").headers["ETag"]
    assert len(listed(ada)) == 1


@on_one_engine
def test_a_merged_contact_is_found_by_what_it_took_over(ada: Account, three: list[Contact]) -> None:
    merge(ada, *three)
    for query in ({"phone": "020 7946 0000"}, {"q": "countess"}, {"label": "Family"}, {"favorite": True}):
        assert [each["id"] for each in listed(ada, **query)] == [three[0]["id"]], query


def test_one_delta_tells_of_all(ada: Account, three: list[Contact]) -> None:
    known = token(ada)
    merged = done(merge(ada, *three))
    delta = changes(ada, known)
    assert delta["changed"] == [merged]
    assert sorted(delta["deleted"]) == sorted(each["id"] for each in three[1:])
    assert {each["revision"] for each in listed(ada, deleted=True)} == {merged["revision"]}
    assert merged["revision"] == max(each["revision"] for each in three) + 1


def test_the_others_are_in_the_bin_as_they_were_and_come_out_again(ada: Account, three: list[Contact]) -> None:
    merge(ada, *three)
    for before in three[1:]:
        restored = done(ada.post(f"/contacts/{before['id']}/restore"))
        kept = {name: before[name] for name in before if name not in ("revision", "updated_at")}
        assert {name: restored[name] for name in kept} == kept
    assert len(listed(ada)) == 3


@on_one_engine
def test_properties_that_contacts_do_not_have_are_merged_too(ada: Account) -> None:
    bring(ada, vcard("FN:Ada", "UID:1", "X-MOOD:good") + vcard("FN:Ada", "UID:2", "X-COLOUR:blue"))
    one, two = listed(ada)
    assert done(merge(ada, one, two)) == done(merge(ada, one, two))
    exported = take(ada)
    assert exported.count(b"BEGIN:VCARD") == exported.count(b"UID") == 1
    assert b"X-MOOD:good" in exported
    assert b"X-COLOUR:blue" in exported


def test_a_merge_repeated_after_a_lost_answer_changes_nothing(ada: Account, three: list[Contact]) -> None:
    merged = done(merge(ada, *three))
    known = token(ada)
    assert done(merge(ada, *three)) == merged
    assert changes(ada, known)["sync_token"] == known
    edited = done(ada.patch(f"/contacts/{merged['id']}", json={"nickname": "Countess"}))
    assert done(merge(ada, *three)) == edited


@on_one_engine
def test_a_merge_repeated_after_what_it_took_over_was_removed_brings_nothing_back(
    ada: Account, three: list[Contact]
) -> None:
    merged = done(merge(ada, *three))
    edited = done(ada.patch(f"/contacts/{merged['id']}", json={"details": [], "labels": []}))
    assert problem(merge(ada, *three)) == (404, "not-found")
    assert listed(ada) == [edited]


@on_one_engine
def test_an_id_given_twice_is_given_once(ada: Account, three: list[Contact]) -> None:
    assert merge(ada, three[0], three[1], three[1]).status_code == 200
    assert len(listed(ada)) == 2


@on_one_engine
class TestWhatIsNotThere:
    def test_is_no_target(self, ada: Account, three: list[Contact]) -> None:
        self.assert_nothing_happens(ada, post(ada, str(new_id()), [three[1]["id"]]), three)

    def test_is_nothing_to_merge_with(self, ada: Account, three: list[Contact]) -> None:
        self.assert_nothing_happens(ada, post(ada, three[0]["id"], [three[1]["id"], str(new_id())]), three)

    def test_somebody_elses_is_neither(self, ada: Account, ben: Account, three: list[Contact]) -> None:
        theirs = create(ben)
        self.assert_nothing_happens(ada, merge(ada, theirs, three[1]), three)
        self.assert_nothing_happens(ada, merge(ada, three[0], three[1], theirs), three)
        assert listed(ben) == [theirs]

    def test_what_is_in_the_bin_is_neither(self, ada: Account, three: list[Contact]) -> None:
        *living, binned = three
        delete(ada, binned["id"])
        self.assert_nothing_happens(ada, merge(ada, binned, living[0]), living)
        self.assert_nothing_happens(ada, merge(ada, living[0], living[1], binned), living)

    @staticmethod
    def assert_nothing_happens(account: Account, answer: TestResponse, living: list[Contact]) -> None:
        assert problem(answer) == (404, "not-found")
        assert sorted(listed(account), key=lambda each: each["id"]) == living


@on_one_engine
def test_two_long_notes_are_merged_and_neither_is_lost(ada: Account) -> None:
    one, other = fill(ada, [{"first_name": "Ada", "notes": letter * 6_000} for letter in "ab"])
    for _ in range(2):
        assert done(merge(ada, one, other))["notes"] == "a" * 6_000
    exported = take(ada).replace(b"\r\n ", b"")
    assert (exported.count(b"a" * 6_000), exported.count(b"b" * 6_000)) == (1, 1)


class TestRefused:
    @pytest.mark.parametrize(
        "ids", [[], None, "x", [None], [1], ["x"], {}, [new_id().hex], [str(new_id()) for _ in range(101)]]
    )
    def test_what_is_no_list_of_one_to_a_hundred_ids(self, ada: Account, three: list[Contact], ids: Any) -> None:
        answer = post(ada, three[0]["id"], ids)
        assert problem(answer) == (422, "validation-failed")
        assert {error["pointer"].split("/")[1] for error in body(answer)["errors"]} == {"ids"}

    @pytest.mark.parametrize("sent", [{}, {"id": str(new_id())}, {"ids": [str(new_id())], "into": "x"}])
    def test_what_has_no_ids_or_more_than_ids(self, ada: Account, three: list[Contact], sent: dict[str, Any]) -> None:
        answer = ada.post(f"/contacts/{three[0]['id']}/merge", json=sent)
        assert problem(answer) == (422, "validation-failed")

    def test_what_is_no_json(self, ada: Account, three: list[Contact]) -> None:
        path = f"/contacts/{three[0]['id']}/merge"
        assert problem(ada.post(path, data=b"{", content_type="application/json")) == (400, "malformed-request")
        assert problem(ada.post(path, data=b"{}", content_type="text/plain")) == (415, "unsupported-media-type")

    def test_a_contact_with_itself(self, ada: Account, three: list[Contact]) -> None:
        answer = merge(ada, three[0], three[1], three[0])
        assert problem(answer) == (422, "validation-failed")
        assert body(answer)["errors"] == [
            {"pointer": "/ids", "detail": "A contact cannot be merged with itself."},
        ]

    @pytest.fixture(autouse=True)
    def nothing_changes(self, ada: Account) -> Any:
        yield
        assert listed(ada, deleted=True) == []

    def test_a_target_that_has_changed_meanwhile(self, ada: Account, three: list[Contact]) -> None:
        path = f"/contacts/{three[0]['id']}"
        stale = ada.get(path).headers["ETag"]
        current = done(ada.patch(path, json={"nickname": "Countess"}))
        answer = merge(ada, *three, headers={"If-Match": stale})
        assert problem(answer) == (412, "precondition-failed")
        assert body(answer)["current"] == current


@on_one_engine
@pytest.mark.parametrize("demand", ["the tag", "*"])
def test_a_target_that_is_as_it_is_known_is_merged(ada: Account, three: list[Contact], demand: str) -> None:
    tag = ada.get(f"/contacts/{three[0]['id']}").headers["ETag"]
    assert merge(ada, *three, headers={"If-Match": tag if demand == "the tag" else "*"}).status_code == 200


@on_one_engine
def test_a_hundred_contacts_are_merged_at_once(ada: Account) -> None:
    made = fill(ada, ({"first_name": "Ada", "nickname": f"Countess {number}"} for number in range(101)))
    merged = done(merge(ada, *made))
    assert len(merged["details"]) == 50
    assert sum("Countess" in line for line in merged["notes"].splitlines()) == 50
    assert len(listed(ada)) == 1


def test_merging_makes_room(ada: Account, three: list[Contact], monkeypatch: pytest.MonkeyPatch) -> None:
    applications.change_settings(monkeypatch, ada.client.application, max_contacts_per_user=3)
    assert problem(ada.post("/contacts", json={"first_name": "Grace"})) == (409, "quota-exceeded")
    merge(ada, *three[:2])
    create(ada, first_name="Grace")
    assert problem(ada.post("/contacts", json={"first_name": "Emmy"})) == (409, "quota-exceeded")


ANNIVERSARY = {"kind": "date", "label": "anniversary"}


@on_one_engine
@pytest.mark.parametrize(
    ("own", "other"),
    [
        ({"first_name": "İpek"}, {"first_name": "ipek"}),
        ({"company": "Ａnalytical  Engines"}, {"company": "analytical engines"}),
        ({"labels": ["Gäste"]}, {"labels": ["GÄSTE"]}),
        ({"last_name": "O'Brien"}, {"last_name": "O’Brien"}),
        ({"first_name": "Ada", "last_name": "King"}, {"first_name": "Ada King"}),
        ({"first_name": "太郎", "last_name": "山田"}, {"first_name": "山田太郎"}),
        ({"name_prefix": "Dr.", "last_name": "Noether"}, {"first_name": "Dr. Ada", "last_name": "Noether"}),
        ({"first_name": "Jean-Luc"}, {"first_name": "Jean\u2011Luc"}),
        ({"phone": "tel:+49301234567"}, {"phone": "+49 30 1234567"}),
        ({"details": [{**ANNIVERSARY, "value": "1835-07-08"}]}, {"details": [{**ANNIVERSARY, "value": "--07-08"}]}),
    ],
)
def test_what_says_the_same_is_there_once(ada: Account, own: dict[str, Any], other: dict[str, Any]) -> None:
    target, merged_away = fill(ada, [{"first_name": "Ada", **own}, {"first_name": "Ada", **other}])
    merged = done(merge(ada, target, merged_away))
    assert merged["notes"] is None
    assert {name: merged[name] for name in ("details", "labels", *own)} == {
        name: target[name] for name in ("details", "labels", *own)
    }


@on_one_engine
def test_of_two_dates_the_one_with_a_year_stays(ada: Account) -> None:
    days = [{**ANNIVERSARY, "value": value} for value in ("--07-08", "1835-07-08")]
    target, other = fill(ada, [{"first_name": "Ada", "details": [day]} for day in days])
    assert done(merge(ada, target, other))["details"] == [days[1]]
    assert done(merge(ada, target, other))["details"] == [days[1]]


@on_one_engine
def test_who_was_deleted_by_hand_is_not_merged_even_if_nothing_would_change(ada: Account) -> None:
    target, other = fill(ada, [{"first_name": "Ada"}] * 2)
    delete(ada, other["id"])
    assert problem(merge(ada, target, other)) == (404, "not-found")


@on_one_engine
def test_what_is_merged_already_is_left_out_of_the_next_merge(ada: Account, three: list[Contact]) -> None:
    target, one, two = three
    merge(ada, target, one)
    done(ada.patch(f"/contacts/{target['id']}", json={"last_name": None, "labels": []}))
    merged = done(merge(ada, target, one, two))
    assert (merged["job_title"], merged["last_name"], merged["labels"]) == ("Countess", None, [])
    assert len(listed(ada)) == 1


def test_who_comes_back_is_no_longer_merged(ada: Account, three: list[Contact]) -> None:
    """Else a contact that is then deleted by hand would count as merged, and its card as the target's."""
    target, one, _ = three
    merge(ada, target, one)
    assert ada.post(f"/contacts/{one['id']}/restore").status_code == 200
    delete(ada, one["id"])
    assert problem(merge(ada, target, one)) == (404, "not-found")
