"""Every field of a contact is in `content` and nowhere else, and nothing that handles contacts loses one."""

import ast
from collections.abc import Iterator
from typing import Any, get_args

import pytest

from project.config import ROOT
from project.contacts import content, naming, rows, schemas
from project.contacts.content import FIELD_NAMES, FIELDS, Field, Kind
from project.contacts.fields import from_request
from tests.accounts import Account
from tests.contacts.calls import Contact, create, done, fill, listed, show
from tests.contacts.contents import VALUES, whole
from tests.contacts.exchange.calls import bring
from tests.contacts.exchange.files import vcard

FORMATS = {
    "vcard": ("format=vcard", "text/vcard"),
    "vcard-3.0": ("format=vcard&version=3.0", "text/vcard"),
    "csv": ("format=csv", "text/csv"),
    "json": ("format=json", "application/json"),
}
UNITED = ("lines", "flag", "labels", "details", "addresses")
FIELDS_WITH_CONFLICTS = [field for field in FIELDS if field.conflict]
each_field = pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)

RULES_OF_THEIR_OWN = {
    "duplicates.profiles": {"birthday"},  # tells people apart
    "duplicates.service": {"birthday", "name_prefix", "name_suffix"},  # what is compared, and what is not
    "duplicates.merging": {"notes"},  # take what exceeds the limits
    "exchange.csv.columns": {"birthday", "favorite", "nickname", "notes"},  # cells in forms of their own
    "exchange.csv.headings": {"first_name", "last_name", "nickname", "name_prefix", "job_title", "birthday"},  # unclear
    "exchange.csv.reader": {"birthday"},  # says nothing of who it is
    "exchange.csv.wording": {"first_name", "last_name", "birthday"},  # headings in other words
    "exchange.draft": {"nickname", "birthday", "favorite"},  # of several, not in the future, mentioned or not
    "exchange.finishing": {"first_name", "last_name", "nickname", "company", "notes"},  # what FN becomes; cut notes
    "exchange.json_reader": {"birthday", "favorite"},  # read as in other files; mentioned or not
    "exchange.lines.structured": {"name_prefix", "first_name", "middle_name", "last_name", "name_suffix"},  # parts of N
    "exchange.vcard.fields": {"notes"},  # lines in a property
    "exchange.vcard.names": {"phonetic_first_name", "phonetic_last_name", "company"},  # SOUND; a value of KIND
    "exchange.vcard.writer": {"birthday", "favorite", "notes", "company"},  # properties in forms of their own
    "filters": {"first_name", "last_name", "favorite"},
    "naming": {"name_prefix", "first_name", "middle_name", "last_name", "name_suffix", "nickname", "company"},
    "overviews": {"birthday"},  # its day and age
    "query_schemas": {"first_name", "last_name", "favorite"},
    "samples": {"first_name", "last_name", "company", "birthday", "favorite"},
    "schemas": {"job_title", "nickname"},  # the example of a change
    "sorting": {"last_name"},  # an order of the list
    "search.keys": {"first_name", "last_name", "middle_name", "birthday"},  # have columns to be filtered by
    "search.order": {
        "first_name", "middle_name", "last_name", "name_suffix", "nickname", "company",
        "phonetic_first_name", "phonetic_last_name",
    },  # what names are sorted by
}  # fmt: skip
"""Modules of contacts that write names of fields, because single ones have a rule there."""


def names_in(tree: ast.AST) -> Iterator[str]:
    """The names that a module writes as texts, arguments or variables."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        if isinstance(node, ast.keyword) and node.arg:
            yield node.arg
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def test_no_module_lists_the_fields_again() -> None:
    """Names that are those of kinds, too, as `email` is, may stand anywhere."""
    looked_for = set(FIELD_NAMES) - set(get_args(Kind))
    folder = ROOT / "project" / "contacts"
    found = {}
    for path in folder.rglob("*.py"):
        module = ".".join(path.relative_to(folder).with_suffix("").parts)
        if names := looked_for.intersection(names_in(ast.parse(path.read_text()))):
            found[module] = names
    assert found.pop("content") == found.pop("models") == looked_for
    assert found == RULES_OF_THEIR_OWN


def test_other_parts_of_the_project_know_no_fields() -> None:
    looked_for = {name for name in FIELD_NAMES if "_" in name}
    others = [path for path in (ROOT / "project").rglob("*.py") if "contacts" not in path.parts]
    assert [path for path in others if looked_for.intersection(names_in(ast.parse(path.read_text())))] == []


@each_field
def test_each_field_has_a_column_and_is_in_the_schemas_and_answers(field: Field) -> None:
    column = rows.TABLE.c[field.name]
    assert column.nullable == (field.blank is None)
    assert field.name in rows.API_FIELDS
    assert field.name in schemas.ContactSchema().fields
    assert {field.name} <= schemas.ContactCreation().fields.keys() & schemas.ContactChange().fields.keys()
    assert getattr(from_request(field), "most", field.most) == field.most
    assert getattr(column.type, "length", None) in (None, field.most, content.VALUE_LENGTH)


@each_field
def test_each_field_has_a_property_and_a_rule_for_conflicts(field: Field) -> None:
    assert field.vcard
    assert (field.conflict is None) == (field.kind in UNITED)
    assert (field.part is None) == (field.vcard not in ("N", "ORG"))


def test_no_two_fields_share_a_property_or_a_heading() -> None:
    properties = [(field.vcard, field.part) for field in FIELDS]
    headings = [heading for field in FIELDS for heading in (field.name.replace("_", " "), *field.headings)]
    assert len(set(properties)) == len(properties)
    assert len(set(headings)) == len(headings)


def test_a_name_that_is_displayed_fits_its_column() -> None:
    longest = {**content.blank(), **dict.fromkeys(naming.NAME_PARTS, "x" * content.NAME_LENGTH)}
    assert len(naming.display_name(longest)) == content.DISPLAY_NAME_LENGTH == 504


@pytest.fixture
def one_each(ada: Account) -> dict[str, Contact]:
    """A contact for each field, which has that field and as little as possible besides."""
    contents = [{"first_name": f"Number {number}", **one(field)} for number, field in enumerate(FIELDS)]
    return dict(zip(FIELD_NAMES, fill(ada, contents), strict=True))


def one(field: Field) -> dict[str, Any]:
    return {field.name: VALUES[field.kind](field.name)}


@pytest.mark.parametrize("name", FORMATS)
def test_each_field_survives_export_and_import(
    ada: Account, ben: Account, one_each: dict[str, Contact], name: str
) -> None:
    query, media_type = FORMATS[name]
    with ada.get(f"/contacts/export?{query}") as exported:
        assert bring(ben, exported.data, media_type)["failed"] == []
    there = {contact["id"]: contact for contact in listed(ben)}
    assert {field: there[made["id"]][field] for field, made in one_each.items()} == whole()
    assert all(there[made["id"]]["details"] == made["details"] for made in one_each.values())


@each_field
def test_each_field_survives_a_merge(ada: Account, field: Field) -> None:
    target, other = create(ada, first_name="Ada"), create(ada, **{"first_name": "Ada", **one(field)})
    merged = done(ada.post(f"/contacts/{target['id']}/merge", json={"ids": [other["id"]]}))
    kept = merged if field.name != "first_name" else {"first_name": detail_of(merged, "name")}
    assert kept[field.name] == other[field.name]


@pytest.mark.parametrize("field", FIELDS_WITH_CONFLICTS, ids=lambda field: field.name)
def test_each_value_that_conflicts_is_kept(ada: Account, field: Field) -> None:
    others = {"email": "b@example.org", "phone": "+44 20 7946 0001", "date": "1815-12-11"}
    different = others.get(field.kind, "different")
    target = create(ada, **{"last_name": "Lovelace", **one(field)})
    other = create(ada, **{"last_name": "Lovelace", field.name: different})
    merged = done(ada.post(f"/contacts/{target['id']}/merge", json={"ids": [other["id"]]}))
    assert merged[field.name] == target[field.name]
    assert [different in detail["value"] for detail in merged["details"]] == [True]


def detail_of(contact: Contact, label: str) -> str:
    return next(str(detail["value"]) for detail in contact["details"] if detail["label"] == label)


@each_field
def test_each_field_is_read_from_its_property(ada: Account, field: Field) -> None:
    written = {"date": "1815-12-10", "flag": "TRUE", "addresses": ";;Street;City;;;GB", "details": "value"}
    value = written.get(field.kind, "value@example.org")
    line = f"{field.vcard}:{';' * (field.part or 0)}{value}"
    bring(ada, vcard("FN:Ada", line))
    (contact,) = listed(ada)
    assert contact[field.name] not in (None, False, [])


@pytest.mark.parametrize(
    ("field", "heading"),
    [(field, heading) for field in FIELDS for heading in (field.name, *field.headings)],
    ids=lambda each: each.name if isinstance(each, Field) else each,
)
def test_each_field_is_read_under_its_headings(ada: Account, field: Field, heading: str) -> None:
    written = {"date": "1815-12-10", "flag": "true", "phone": "112", "email": "ada@example.org", "labels": '["Family"]'}
    lists = {"details": '[{"kind": "url", "value": "x"}]', "addresses": '[{"city": "London"}]'}
    cell = {**written, **lists}.get(field.kind, "value").replace('"', '""')
    bring(ada, f'File As,Company,{heading}\nAda,Engines,"{cell}"\n'.encode(), "text/csv")
    (contact,) = listed(ada)
    assert contact[field.name] not in (None, False, [])


@each_field
def test_each_searched_field_is_found_and_no_other(ada: Account, field: Field) -> None:
    create(ada, **{"first_name": "Ada", **one(field)})
    word = {"email": "ada@example.org", "phone": "0958", "labels": "family", "date": "1815", "addresses": "london"}
    sought = word.get(field.kind, {"lines": "second", "details": "work", "flag": "true"}.get(field.kind, field.name))
    sought = sought.replace("_", "-")
    assert bool(listed(ada, q=sought)) == field.is_searched


def test_a_whole_contact_is_the_same_wherever_it_is_read(ada: Account) -> None:
    contact = create(ada, **whole())
    (synced,) = done(ada.get("/contacts/changes"))["changed"]
    (celebrated,) = done(ada.get("/contacts/birthdays?from=2026-12-10"))["items"]
    assert contact == synced == celebrated["contact"] == show(ada, contact["id"]) == listed(ada)[0]
