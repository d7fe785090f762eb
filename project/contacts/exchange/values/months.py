"""Dates with the month in a word, as spreadsheets and people write them: `10-Dec-1815`, `10. Dezember 1815`."""

import re
from typing import Final

from project.contacts.search.folding import fold

# How months begin, from January on, in English, German, Dutch, French, Spanish, Portuguese, Italian, Polish, Ukrainian,
# Russian and Czech. The longest beginning counts: `červen` is June, and `červenec` July.
BEGINNINGS: Final = (
    "jan ene gen sty sic led yan", "feb fev lut lyu uno", "mar maer mrt ber bre", "apr avr abr kwi kvi dub",
    "may mai mei mag maj tra kve", "jun juin giu cze cher cerven cervn iyun",
    "jul juil lug lip lyp cervenc cervenec iyul", "aug aou ago sie ser srp avg", "sep set wrz ver zar sen",
    "oct okt out ott paz zho rij", "nov lis lys noy", "dec dez dic gru pro dek",
)  # fmt: skip
MONTHS: Final = {beginning: number for number, several in enumerate(BEGINNINGS, 1) for beginning in several.split()}
WEEKDAY: Final = re.compile(r"[^\W\d]{2,9}\.?,? +(?=[^ ]+ +[^ ])")  # `Sun Apr 15 1990`
WORD: Final = r"(?P<month>[a-z]{3,12})"
DAY_FIRST: Final = re.compile(
    rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th|er)?[-. ]+(?:de |of )?{WORD}[-., ]*(?:de )?(?P<year>\d{{4}})?"
)
MONTH_FIRST: Final = re.compile(rf"{WORD}[-. ]+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:[-, ]+(?P<year>\d{{4}}))?")
LONGEST: Final = 40  # characters


def split(text: str) -> tuple[str, str, str] | None:
    """Year, month and day in digits, the year empty where there is none; None for anything else."""
    folded = fold(text) if len(text) <= LONGEST else ""
    matches = (
        form.fullmatch(each) for each in (folded, WEEKDAY.sub("", folded, 1)) for form in (DAY_FIRST, MONTH_FIRST)
    )
    match = next(filter(None, matches), None)
    month = month_of(match["month"]) if match else 0
    return (match["year"] or "", str(month), match["day"]) if match and month else None


def month_of(word: str) -> int:
    """The number of a month; 0 for another word."""
    return next((MONTHS[word[:end]] for end in range(len(word), 2, -1) if word[:end] in MONTHS), 0)
