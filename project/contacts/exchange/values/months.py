"""Dates with the month in a word, as spreadsheets and people write them: `10-Dec-1815`, `10. Dezember 1815`."""

import re
from typing import Final

from project.contacts.search.folding import fold

# How months begin, from January on, in English, German, Dutch, French, Spanish, Portuguese, Italian and Polish.
BEGINNINGS: Final = (
    "jan ene gen sty", "feb fev lut", "mar maer mrt", "apr avr abr kwi", "may mai mei mag maj", "jun juin giu cze",
    "jul juil lug lip", "aug aou ago sie", "sep set wrz", "oct okt out ott paz", "nov lis", "dec dez dic gru",
)  # fmt: skip
MONTHS: Final = {beginning: number for number, several in enumerate(BEGINNINGS, 1) for beginning in several.split()}
WORD: Final = r"(?P<month>[a-z]{3,12})"
DAY_FIRST: Final = re.compile(
    rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th|er)?[-. ]+(?:de |of )?{WORD}[-., ]*(?:de )?(?P<year>\d{{4}})?"
)
MONTH_FIRST: Final = re.compile(rf"{WORD}[-. ]+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:[-, ]+(?P<year>\d{{4}}))?")
LONGEST: Final = 30  # characters


def split(text: str) -> tuple[str, str, str] | None:
    """Year, month and day in digits, the year empty where there is none; None for anything else."""
    folded = fold(text) if len(text) <= LONGEST else ""
    match = DAY_FIRST.fullmatch(folded) or MONTH_FIRST.fullmatch(folded)
    month = next((MONTHS[match["month"][:end]] for end in (4, 3) if match["month"][:end] in MONTHS), 0) if match else 0
    return (match["year"] or "", str(month), match["day"]) if match and month else None
