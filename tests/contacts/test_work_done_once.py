"""What a write costs beside the database: each text is folded once, and a contact is named once."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from project.contacts import open_book
from project.contacts.content import FIELDS
from project.contacts.search import keys, phones
from tests.accounts import Account
from tests.contacts.calls import create, fill
from tests.contacts.contents import whole

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


def counted(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> Counter[Any]:
    """Count the calls of a module's function by their first argument."""
    calls: Counter[Any] = Counter()
    function: Callable[..., Any] = getattr(module, name)

    def counting(argument: Any, *others: Any) -> Any:
        calls[str(argument)] += 1
        return function(argument, *others)

    monkeypatch.setattr(module, name, counting)
    return calls


@pytest.fixture
def folds(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    phones.readings.cache_clear()
    return counted(monkeypatch, keys, "fold")


def test_each_text_of_a_contact_is_folded_once(ada: Account, folds: Counter[str]) -> None:
    contact = create(ada, **whole())
    texts = {contact["name"], *contact["labels"], *(detail["value"] for detail in contact["details"])}
    texts |= {contact[field.name] for field in FIELDS if field.is_searched and field.kind != "labels"}
    assert folds == Counter(texts)
    folds.clear()
    ada.patch(f"/contacts/{contact['id']}", json={"department": "Numbers"})
    assert folds == Counter({*texts - {"department"}, "Numbers"})


def test_a_contact_is_named_once_for_each_write(ada: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    named = counted(monkeypatch, open_book, "display_name")
    contact = create(ada, **whole())
    assert named.total() == 1
    ada.patch(f"/contacts/{contact['id']}", json={"notes": "n"})
    assert named.total() == 2
    ada.put(f"/contacts/{contact['id']}", json={"first_name": "Ada"})
    assert named.total() == 3
    fill(ada, [{"first_name": "Ada"}, {"first_name": "Grace"}])
    assert named.total() == 5


def test_nothing_is_folded_to_read(ada: Account, folds: Counter[str]) -> None:
    contact = create(ada, **whole())
    folds.clear()
    for path in ("", f"/{contact['id']}", "/changes", "/birthdays?from=2026-12-01&days=30"):
        assert ada.get(f"/contacts{path}").status_code == 200
    assert not folds
