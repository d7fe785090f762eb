"""The filters of addressbook-query (RFC 6352 §10.5), over cards as they are served."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Final, NamedTuple
from xml.etree.ElementTree import Element

from project import unicode
from project.contacts.carddav import preconditions
from project.contacts.carddav.properties import C
from project.contacts.exchange import vcards
from project.contacts.exchange.lines import properties, text_lines
from project.contacts.exchange.lines.properties import Property
from project.errors import MalformedRequest

MOST_ELEMENTS: Final = 100  # of one filter; each is compared with every card
Test = Callable[[Iterable[bool]], bool]
TESTS: Final[Mapping[str, Test]] = {"anyof": any, "allof": all}
Matches = Callable[[str, str], bool]
Fold = Callable[[str], str]
Folded = Callable[[Fold, str], str]
"""Folds a value of a card, each once however many filters look at it."""
MATCHES: Final[Mapping[str, Matches]] = {
    "equals": lambda value, wanted: value == wanted,
    "contains": lambda value, wanted: wanted in value,
    "starts-with": lambda value, wanted: value.startswith(wanted),
    "ends-with": lambda value, wanted: value.endswith(wanted),
}
ASCII_LOWER: Final = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
COLLATIONS: Final[Mapping[str, Fold]] = {
    "i;unicode-casemap": unicode.caseless,
    "default": unicode.caseless,
    "i;ascii-casemap": lambda value: value.translate(ASCII_LOWER),
}


class TextMatch(NamedTuple):
    """A text that a value is compared with."""

    wanted: str
    fold: Fold
    matches: Matches
    negates: bool

    def accepts(self, values: Iterable[str], folded: Folded) -> bool:
        """Whether one of the values matches; negated, whether none does."""
        return any(self.matches(folded(self.fold, value), self.wanted) for value in values) != self.negates


class ParameterFilter(NamedTuple):
    """A parameter that a property must have, or must not have, or a text that one of its values must match."""

    name: str
    is_absent: bool
    match: TextMatch | None

    def accepts(self, found: Property, folded: Folded) -> bool:
        values = found.head.parameters.get(self.name)
        if values is None or self.is_absent:
            return (values is None) == self.is_absent
        return self.match is None or self.match.accepts(values, folded)


class PropertyFilter(NamedTuple):
    """What one property of a card must meet."""

    name: str
    is_absent: bool
    test: Test
    texts: list[TextMatch]
    parameters: list[ParameterFilter]

    def accepts(self, card: list[Property], folded: Folded) -> bool:
        found = [each for each in card if self.names(each)]
        if not found or self.is_absent:
            return bool(found) != self.is_absent
        checks = [match.accepts(map(value_of, found), folded) for match in self.texts]
        checks += [any(each.accepts(one, folded) for one in found) for each in self.parameters]
        return self.test(checks) if checks else True

    def names(self, found: Property) -> bool:
        """By its name, in any group; or in the one that the filter names."""
        return self.name in (found.head.name, f"{found.head.group}.{found.head.name}".upper())


class Filter(NamedTuple):
    """What a card must meet; nothing at all where there is no property to look at."""

    test: Test
    properties: list[PropertyFilter]

    def accepts(self, text: str) -> bool:
        if not self.properties:
            return True
        card = list(filter(None, map(properties.parse, vcards.lines_of(text))))
        folded = cache(apply)
        return self.test(each.accepts(card, folded) for each in self.properties)


EVERYTHING: Final = Filter(any, [])


def apply(fold: Fold, value: str) -> str:
    return fold(value)


def value_of(found: Property) -> str:
    return text_lines.unescape(found.value)


def read(element: Element) -> Filter:
    """Read a filter; raises MalformedRequest, or Unmet for what is not supported."""
    if sum(1 for _ in element.iter()) > MOST_ELEMENTS:
        raise preconditions.supported_filter()
    found = [read_property(each) for each in element if each.tag == f"{C}prop-filter"]
    return Filter(test_of(element), found)


def read_property(element: Element) -> PropertyFilter:
    return PropertyFilter(
        name_of(element),
        element.find(f"{C}is-not-defined") is not None,
        test_of(element),
        list(texts(element)),
        [read_parameter(each) for each in element.findall(f"{C}param-filter")],
    )


def read_parameter(element: Element) -> ParameterFilter:
    is_absent = element.find(f"{C}is-not-defined") is not None
    return ParameterFilter(name_of(element), is_absent, next(texts(element), None))


def texts(element: Element) -> Iterator[TextMatch]:
    for each in element.findall(f"{C}text-match"):
        fold = COLLATIONS.get(each.get("collation", "default"))
        if fold is None:
            raise preconditions.supported_collation()
        matches = MATCHES.get(each.get("match-type", "contains"))
        if matches is None:
            raise preconditions.supported_filter()
        yield TextMatch(fold(each.text or ""), fold, matches, each.get("negate-condition", "no") == "yes")


def name_of(element: Element) -> str:
    """Raises MalformedRequest for a filter that names nothing."""
    name = element.get("name", "").upper()
    if not name:
        raise MalformedRequest("A filter has no name.")
    return name


def test_of(element: Element) -> Test:
    """Raises MalformedRequest for an unknown test."""
    test = TESTS.get(element.get("test", "anyof"))
    if test is None:
        raise MalformedRequest("The test of a filter is neither anyof nor allof.")
    return test
