"""What no answer may be, whatever was asked."""

import json
import re
from dataclasses import dataclass

from tests.concurrency import Answer

SECONDS = 5.0
PAGES = re.compile("/+(verify-email|reset-password)")  # which say in HTML what is wrong; Werkzeug leaves one slash
INSIDES = re.compile(rb"Traceback|sqlalchemy|psycopg|sqlite3|site-packages|\$2b\$|File \\?\"/")


@dataclass(frozen=True)
class Finding:
    """What was wrong with an answer, and all that is needed to ask again."""

    complaint: str
    sent: bytes
    answer: object

    def __str__(self) -> str:
        return f"{self.complaint}\n  {shortened(self.sent)}\n  {shortened(repr(self.answer).encode())}"


def shortened(data: bytes) -> str:
    return repr(data if len(data) < 3000 else data[:2000] + b" ... " + data[-900:])


def complaints(method: str, path: str, answer: Answer) -> list[str]:
    """What is wrong with an answer; nothing, as a rule."""
    headers = answer.headers
    checks = {
        "a fault of the server": answer.status >= 500 and not is_busy(answer),
        "no problem+json": answer.status >= 400 and method != "HEAD" and not is_problem(path, answer),
        "shows the insides": answer.status >= 400 and INSIDES.search(answer.body) is not None,
        "a cookie": "Set-Cookie" in headers,
        "no request id": "X-Request-ID" not in headers,
        "content may be sniffed": headers["X-Content-Type-Options"] != "nosniff",
        "a header of the client's making": "X-Evil" in headers,
    }
    return [complaint for complaint, holds in checks.items() if holds]


def is_busy(answer: Answer) -> bool:
    """Whether all threads for slow requests are taken, which so many at once may be told."""
    return answer.status == 503 and "Retry-After" in answer.headers and b'"Too many ' in answer.body


def is_problem(path: str, answer: Answer) -> bool:
    if PAGES.match(path) and answer.headers["Content-Type"] == "text/html; charset=utf-8":
        return True
    if answer.headers["Content-Type"] != "application/problem+json":
        return False
    problem = json.loads(answer.body)
    return bool(problem["status"] == answer.status and problem["type"].startswith("/problems/"))
