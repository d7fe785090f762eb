"""The labels in use."""

from tests.accounts import Account
from tests.contacts.calls import create, delete, done, fill


def labels(account: Account) -> list[tuple[str, int]]:
    return [(each["label"], each["count"]) for each in done(account.get("/contacts/labels"))]


def test_every_label_is_counted_in_the_order_of_names(ada: Account) -> None:
    fill(
        ada,
        [
            {"first_name": "Ada", "labels": ["Поети", "Family", "zoo"]},
            {"first_name": "Grace", "labels": ["Family", "family"]},
            {"first_name": "Emmy", "labels": ["Émigrés", 'quoted "label", with a comma']},
            {"first_name": "Nobody"},
        ],
    )
    assert labels(ada) == [
        ("Émigrés", 1),
        ("Family", 2),
        ("family", 1),
        ("Поети", 1),
        ('quoted "label", with a comma', 1),
        ("zoo", 1),
    ]


def test_a_label_that_nobody_has_any_more_is_gone(ada: Account) -> None:
    contact = create(ada, labels=["Family", "Poets"])
    ada.patch(f"/contacts/{contact['id']}", json={"labels": ["Poets"]})
    assert labels(ada) == [("Poets", 1)]
    delete(ada, contact["id"])
    assert labels(ada) == []
    ada.post(f"/contacts/{contact['id']}/restore")
    assert labels(ada) == [("Poets", 1)]


def test_the_count_is_what_the_filter_finds(ada: Account) -> None:
    fill(ada, [{"first_name": "Ada", "labels": ["Family", '"', "a,b"]}, {"first_name": "Grace", "labels": ["Family"]}])
    for label, count in labels(ada):
        assert done(ada.get("/contacts", query_string={"label": label}))["total"] == count


def test_somebody_elses_labels_are_not_shown(ada: Account, ben: Account) -> None:
    create(ada, labels=["Family"])
    assert labels(ben) == []
