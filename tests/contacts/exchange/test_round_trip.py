"""What came in comes out: every card is the same after it was written and read again, in every format."""

from collections.abc import Callable, Iterable
from functools import partial

import pytest
from hypothesis import given, settings

from project.contacts.exchange.card import Card, Found
from project.contacts.exchange.csv import reader as csv_reader
from project.contacts.exchange.csv import writer as csv_writer
from project.contacts.exchange.vcard import reader as vcard_reader
from project.contacts.exchange.vcard import writer as vcard_writer
from tests.contacts.exchange import files
from tests.contacts.exchange.files import FILES, read
from tests.contacts.exchange.strategies import CARDS, WRITTEN_CARDS

MANY = settings(max_examples=10 * settings().max_examples)  # a thousand, unless EXAMPLES says otherwise

Format = tuple[Callable[[Iterable[Card]], Iterable[bytes]], Callable[[bytes], Iterable[Found]]]
FORMATS: dict[str, Format] = {
    "vCard 3.0": (partial(vcard_writer.write, version="3.0"), vcard_reader.read),
    "vCard 4.0": (partial(vcard_writer.write, version="4.0"), vcard_reader.read),
    "CSV": (csv_writer.write, csv_reader.read),
}
every_format = pytest.mark.parametrize("written", FORMATS.values(), ids=FORMATS)


def through(cards: Iterable[Card], written: Format) -> list[Found]:
    write, read_again = written
    return list(read_again(b"".join(write(cards))))


@every_format
@pytest.mark.parametrize("file", FILES)
def test_every_file_of_the_corpus_is_the_same_after_a_round_trip(written: Format, file: str) -> None:
    cards = read(file)
    assert through(cards, written) == cards


@pytest.mark.slow
@given(card=CARDS)
@MANY
def test_any_contact_is_the_same_after_a_round_trip(card: Card) -> None:
    for written in FORMATS.values():
        assert through([card], written) == [card]


@pytest.mark.slow
@given(file=WRITTEN_CARDS)
@MANY
def test_whatever_could_be_read_is_the_same_after_a_round_trip(file: bytes) -> None:
    cards = [card for card in vcard_reader.read(file) if isinstance(card, Card)]
    for written in FORMATS.values():
        assert not cards or through(cards, written) == cards


REPEATED = {
    "birthdays": ["BDAY:18151210", "BDAY:18151210T101500+0200", "BDAY;VALUE=text:in winter"],
    "a second birthday before the first": ["X-ALTERNATIVE-BDAY:18160101", "EMAIL:no address", "BDAY:18151210"],
    "a formatted name in a group and without": ["item1.FN:Ada", "FN:Ada", "item2.N:Ada"],
    "a firm and a title with a type and without": ["ORG;TYPE=work:Firm", "ORG:Firm", "TITLE;TYPE=work:A", "TITLE:A"],
    "names with our own parameters": ["FN:Ada", "FN;X-NAME=Ada:Al", "N;X-REST=1:Byron;Ada", "ORG:A", "ORG;X-REST=1:B"],
    "our own parameter in quotes": ["ORG:A", 'ORG;X-FOR=a;X-B=";X-FOR=a":B', 'X-SEEN;X-REST=1;X-B="a;X-REST=b":1'],
    "a second name in Base64": ["X-ALTERNATIVE-N;ENCODING=b:TRUE", "UID:null", "UID:ada"],
    "pages in a group of repeats": ["item1.URL:a", "URL:a", "item1.URL:a", "item1.URL;HOME:b", "item1.X-URL:b"],
    "pages with a label and with a parameter": ["X-URL;TYPE=home:a", "X-URL:a", "X-URL;PID=1.1:a", "URL:<\\\\/ a>"],
    "profiles that differ in a type": ["X-SOCIALPROFILE;HOME:x:y", "X-SOCIALPROFILE;PREF=7:x:y"],
    "numbers with a preference": ["TEL;PREF=7:1", "TEL;X-A=1:1", "TEL;X-SECONDARY=1:1", "EMAIL;PREF=9:a@example.org"],
    "numbers too long": [
        f"TEL;X-A=1:{300 * '1'}",
        f"item1.TEL:{300 * '1'}",
        f"TEL;X-B=1;PREF=2:{300 * '1'}",
        "item1.TZ:A",
    ],
    "labels too long in a group": ["item1.TEL:1", f"item1.CATEGORIES:{101 * 'x'}"],
    "addresses in a group and without": ["ADR:;;Elm St;;;;", "item1.ADR:;;Elm St;;;;", "ADR;TYPE=home:;;Elm St;;;;"],
    "addresses too many": ["item1.ADR:;;A;;;;", *(f"ADR:;;{number};;;;" for number in range(9)), "item1.ADR:;;B;;;;"],
    "a label of a group with an address": ["item1.LABEL;TYPE=work:A", "item1.ADR:;;B;;;;", "item1.X-ABLabel:C"],
    "a position and a time": ["GEO:geo:37.38,-122.08;u=1", "DEATHDATE:1852-11-27T10:15:00Z"],
    "birthdays in 1604": ["X-ALTERNATIVE-BDAY;X-YEAR=1604:1604-04-15", "BDAY;SORT-AS=A;X-YEAR=1604:1604-04-15"],
    "birthdays before the first": ["X-ALTERNATIVE-BDAY;CALSCALE=gregorian:18151210", "X-ALTERNATIVE-BDAY:-"],
    "a middle name of nothing": ["X-ALTERNATIVE-N:Byron;;,"],
    "nicknames": ["NICKNAME:Zahlenfee,Ada", "NICKNAME:Ada,Countess", "X-ANDROID-CUSTOM:x/nickname;Enchantress;1"],
    "notes": ["NOTE;LANGUAGE=en:met her", "NOTE;LANGUAGE=de:met her", "NOTE:again", "KIND: individual"],
    "numbers with a label or a parameter": ["TEL;TYPE=home:1", "TEL;X-WAID=1:1", "TEL;PREF=1:1", "TEL;TYPE=work:1"],
    "messengers": ["IMPP;TYPE=home:xmpp:a@example.org", "IMPP;PID=1.1:xmpp:a@example.org"],
    "firms without a name": ["ORG:Firm", "ORG:;;;Section 3"],
    "addresses as labels": ["LABEL;TYPE=home:12 Elm St", "LABEL;TYPE=work:1 Main St"],
    "labels without room": [f"LABEL:{300 * 'x'}", f"CATEGORIES:{300 * 'x'}", "LABEL:Ada", "X-MS-TEL:Ada"],
    "more labels than addresses": [f"CATEGORIES:{300 * 'x'}", *(f"LABEL:{number}" for number in range(12))],
    "a messenger with a label": ["item1.X-ABLabel:Ada", "item1.X-MS-SPOUSE:Ada", "item1.X-SKYPE:Ada"],
    "properties of makers with a label": [
        *("item1.X-ABLabel:Ada", "item1.X-EVOLUTION-TWITTER:Ada", "item2.X-ABLabel:Ada", "item2.X-MS-IMADDRESS:Ada"),
        *("item3.X-ABLabel:Ada", "item3.X-MS-ANNIVERSARY:18151210"),
    ],
    "values in one group": ["item1.TEL:Ada", "item1.X-OTHER:Ada", "item1.X-ABLabel:here", "item1.X-MOOD:good"],
    "a profile with a label": ["item1.X-SOCIALPROFILE;TYPE=home:Ada", "item1.X-ABLabel:Mastodon"],
    "an empty label": ["item1.X-SOCIALPROFILE;TYPE=home:Ada", "item1.X-ABLabel:"],
}


@pytest.mark.parametrize("lines", REPEATED.values(), ids=REPEATED)
def test_properties_that_repeat_are_the_same_after_a_round_trip(lines: list[str]) -> None:
    cards = files.whole(vcard_reader.read(files.vcard("N:Lovelace;Ada;;;", *lines)))
    for written in FORMATS.values():
        assert through(cards, written) == cards


@pytest.mark.parametrize("line", ["ORG;E\u00d2NCODING=QUOTED-PRINTABLE:=53=54", "N;CHA\u00d3RSET=UTF-8:Lovelace;Ada"])
def test_the_name_of_a_parameter_is_read_as_it_will_be_written(line: str) -> None:
    cards = files.whole(vcard_reader.read(files.vcard("FN:Ada", "N:Byron;Ada", line, line, version="2.1")))
    for written in FORMATS.values():
        assert through(cards, written) == cards


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("TEL:tel:+44-20;ext=5", "+44-20 ext. 5"),
        ("TEL:tel:tel:06 12", "tel:06 12"),
        ("TEL;VALUE=text:TEL:+44%2020", "TEL:+44%2020"),
    ],
)
def test_a_number_that_looks_like_a_uri_is_read_as_one_only_once(line: str, value: str) -> None:
    cards = files.whole(vcard_reader.read(files.vcard("FN:Ada", line)))
    assert [card.contact["phone"] for card in cards] == [value]
    for written in FORMATS.values():
        assert through(cards, written) == cards


@pytest.mark.parametrize("shift", range(3))
def test_a_fold_after_an_equals_sign_is_no_quoted_printable_line_break(shift: int) -> None:
    name = "x" * shift + "=53" * 30
    cards = files.whole(vcard_reader.read(files.vcard(f'N;X-MADE="by QUOTED-PRINTABLE":{name};Ada', version="2.1")))
    for written in FORMATS.values():
        assert through(cards, written) == cards
