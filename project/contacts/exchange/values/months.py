"""Dates with the month in a word, as spreadsheets and people write them: `10-Dec-1815`, `10. Dezember 1815`."""

import re
from typing import Final

from project.contacts.search.folding import fold

# How months begin, from January on, in the languages of Europe, Turkish, Indonesian and Malay. The longest beginning
# counts: `červen` is June and `červenec` July, `marzec` is March and `marraskuu` November. Croatian abbreviations, and
# its October, are months of Polish and Ukrainian.
BEGINNINGS: Final = (
    "jan jaan ene gen gjen sty sic led yan ian oca tammi saus sijec studz xan urt",
    "feb fev febr lut lyu uno sub helm vas velj veeb shk xeb ots",
    "mar maar mae maal mrt ber bre ozu kov sak mac",
    "apr avr abr dabr kwi kvi dub nis huht trava travnj bal krasav prill apir",
    "may mai mei mee mag maj trav kve tou geg svib maia",
    "jun juin juun giu cze cher cerven cervn cvn iyun iun ioyn yun haz kesa birz lipa lipnj meit qer xun eka",
    "jul juil juul lug lip lyp cervenc cervenec cvc iyul iul ioyl yul tem hein liep srpa srpnj korr xul uzt",
    "aug aou ago dag sie ser srp avg ayg agu elok rugp kolov gush ogo avq zhni abu",
    "sep set wrz ver zar sen sze eyl syys rugs ruj sht ira",
    "oct okt out ott doct paz zho rij eki loka spal kast tet urr",
    "nov lis lys noy noe noi kas marr lapk stude nen nent aza",
    "dec dez dic gru pro dek des det dis ara joul dhj snezh aben",
)
MONTHS: Final = {beginning: number for number, several in enumerate(BEGINNINGS, 1) for beginning in several.split()}
WEEKDAY: Final = re.compile(r"[^\W\d]{2,9}\.?,? +(?=[^ ]+ +[^ ])")  # `Sun Apr 15 1990`
WORD: Final = r"(?P<month>[a-z]{3,12})"
DAY_FIRST: Final = re.compile(
    rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th|er)?[-. ]+(?:de |of )?{WORD}[-., ]*(?:de )?(?P<year>\d{{4}}|\d{{2}})?"
)
MONTH_FIRST: Final = re.compile(rf"{WORD}[-. ]+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:[-, ]+(?P<year>\d{{4}}|\d{{2}}))?")
YEAR_FIRST: Final = re.compile(rf"(?P<year>\d{{4}})[-., ]+{WORD}[-. ]+(?P<day>\d{{1,2}})\.?")
FORMS: Final = (DAY_FIRST, MONTH_FIRST, YEAR_FIRST)
LONGEST: Final = 40  # characters


def split(text: str) -> tuple[str, str, str] | None:
    """Year, month and day in digits, the year empty where there is none; None for anything else."""
    folded = fold(text) if len(text) <= LONGEST else ""
    matches = (form.fullmatch(each) for each in (folded, WEEKDAY.sub("", folded, 1)) for form in FORMS)
    match = next(filter(None, matches), None)
    month = month_of(match["month"]) if match else 0
    return (match["year"] or "", str(month), match["day"]) if match and month else None


def month_of(word: str) -> int:
    """The number of a month; 0 for another word."""
    return next((MONTHS[word[:end]] for end in range(len(word), 2, -1) if word[:end] in MONTHS), 0)
