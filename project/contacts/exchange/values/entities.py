"""References to characters as HTML has them (`R&amp;D`, `O&#39;Neill`), which some exporters write into plain texts."""

import html
import re
from typing import Final

# Those of letters and signs in names.
REFERENCE: Final = re.compile(
    r"&(amp|lt|gt|quot|apos|nbsp|szlig|aelig|oelig|[a-z](?:uml|acute|grave|circ|tilde|cedil|ring|slash|caron)"
    r"|#[0-9]{2,6}|#x[0-9a-f]{2,5});",
    re.IGNORECASE,
)


def resolved(text: str) -> str:
    """The text with the characters themselves."""
    return REFERENCE.sub(lambda match: html.unescape(match[0]), text) if "&" in text else text
