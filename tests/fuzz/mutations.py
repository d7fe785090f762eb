"""What is done to a request that was right, so that it is not quite."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from random import Random
from typing import Any

from tests.fuzz.examples import VALUES, Call

Place = tuple[Any, Any]

TEXTS = (
    "", " ", "\0", "\x1b[2J", "\u200b", "\u202eada", "\ufeff", "\u2028", "e\u0301", "\ufb01", "\u0130", "\ud800",
    "\uffff", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0010ffff", "%", "_", "\\", "'", '"', "' OR '1'='1",
    "'); DROP TABLE users; --", "{{7*7}}", "{0.__class__}", "%s%n", "${jndi:ldap://example.org}", "$(id)",
    "../../../etc/passwd", "..%2f..%2f", "file:///etc/passwd", "http://169.254.169.254/", "=cmd|' /C calc'!A0",
    "\r\nX-Evil: 1", "\r\n.\r\n", "<script>alert(1)</script>", "null", "true", "NaN", "0", "-1", "1e999", "9" * 400,
    "0x10", "1_0", "\u0661", "--02-29", "--02-30", "0000-01-01", "9999-12-31", "10000-01-01", "2026-02-29",
    "2026-11-22T10:42:00Z", "Etc/../UTC", "ada@example.org", "a@b", "@", f"a@{'b' * 300}.org", "+44 20 7946 0958",
    "ada@example.org\nBcc: eve@example.org", "+" * 40, "tel:112;ext=1", "urn:uuid:0", "*", '"*"', 'W/"1"',
    "01920b5e-8c1b-7d2a-9e40-5c7d9f0a1b2c", "01920B5E-8C1B-7D2A-9E40-5C7D9F0A1B2C",
    "a" * 101, "\u0142" * 256, "a " * 130, "\u0301\u0327" * 500, "x" * 10_001, "word " * 5000, "-" * 70_000,
)  # fmt: skip
NUMBERS = (0, -1, 1, 2, 500, 501, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 10**400, 0.1, -0.0, 1e308, 5e-324)
EMPTY: tuple[Any, ...] = (None, True, False, [], {}, [[]], [None], {"": None}, [{}], ["", ""])
HEADERS = {
    "Accept": ("text/csv", "application/json;q=0", "*/*", "text/vcard;version=3.0", ";;,", "a/b/c"),
    "Accept-Encoding": ("gzip", "identity;q=0, *;q=0", "br"),
    "Content-Type": (
        "application/json", "application/json; charset=utf-16", "text/plain", "text/csv; charset=utf-7",
        "text/vcard;charset=", "multipart/form-data", "multipart/form-data; boundary=",
        "application/x-www-form-urlencoded", "application/merge-patch+json",
    ),
    "Content-Encoding": ("gzip", "deflate", "br"),
    "If-Match": ("*", '"1"', 'W/"1"', '"', "1", '"1", "2"', ""),
    "If-None-Match": ("*", '"1"', 'W/"1"', "1", '"a"' * 500),
    "If-Modified-Since": ("Sun, 22 Nov 2026 10:42:00 GMT", "yesterday"),
    "Range": ("bytes=0-0", "bytes=5-1", "bytes=-", "lines=1-2"),
    "Origin": ("https://evil.example.org", "null", "file://"),
    "Access-Control-Request-Method": ("PUT", "BREW"),
    "X-Forwarded-For": ("203.0.113.9", "999.1.1.1", "::1, ::2"),
    "X-Forwarded-Host": ("evil.example.org",),
    "X-Forwarded-Proto": ("https", "gopher"),
    "X-HTTP-Method-Override": ("DELETE",),
    "X-Request-ID": ("a", "a" * 65, "<b>"),
    "User-Agent": ("\x80\xff", "a" * 4000, ""),
    "Cookie": ("session=1; access_token=a", "a" * 4000),
    "Expect": ("100-continue",),
    "Connection": ("close", "keep-alive, upgrade", "Authorization"),
    "Upgrade": ("h2c", "websocket"),
    "Authorization": ("Bearer", "Basic YWRhOmFkYQ==", "Bearer a.b.c", "bearer  x", "Bearer eyJhbGciOiJub25lIn0.e30."),
}  # fmt: skip
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW", "get")
ENDINGS = ("/", "//", "/..", "%00", "%2e%2e/", "/restore", ".json", ";a=b", "%ff", "/photo", "?", " ", "\u0142")
HUGE = ("x" * 1_100_000, "\u0301\u0327" * 80_000)


def value(rng: Random) -> Any:
    """Something that a field does not expect, or just about allows."""
    kind = rng.random()
    if kind < 0.001:
        return rng.choice(HUGE)
    if kind < 0.6:
        return rng.choice(TEXTS)
    if kind < 0.8:
        return rng.choice(NUMBERS)
    if kind < 0.97:
        return deepcopy(rng.choice(EMPTY))
    return nested(rng.randrange(1, 60))


def nested(levels: int) -> Any:
    found: Any = "deep"
    for level in range(levels):
        found = [found] if level % 2 else {"a": found}
    return found


def places(value: Any) -> Iterator[Place]:
    """Every place in JSON where something stands."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside:
        yield value, key
        yield from places(inner)


def change_json(rng: Random, body: Any) -> Any:
    """One value replaced, left out, repeated or renamed; or the whole."""
    found = list(places(body))
    if not found or rng.random() < 0.03:
        return value(rng)
    holder, key = rng.choice(found)
    kind = rng.random()
    if kind < 0.7:
        holder[key] = value(rng)
    elif kind < 0.8:
        del holder[key]
    elif isinstance(holder, list):
        holder[key:key] = [deepcopy(holder[key])] * rng.choice((1, 2, 60, 1001))
    else:
        holder[rng.choice((*TEXTS[:30], "id", "revision", "owner_id", "__class__"))] = holder.pop(key)
    return body


def change_bytes(rng: Random, data: bytes) -> bytes:
    """A few bytes other than they were, left out, repeated, or somewhere else."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 8))):
        at, length = rng.randrange(len(changed) + 1), rng.choice((1, 1, 2, 4, 16, 64))
        kind = rng.random()
        if kind < 0.35:
            changed[at : at + length] = rng.randbytes(length)
        elif kind < 0.55:
            del changed[at : at + length]
        elif kind < 0.75:
            changed[at:at] = changed[at : at + length] * rng.choice((1, 2, 50))
        else:
            changed[at:at] = rng.choice(TEXTS[:60]).encode("utf-8", "surrogatepass")
    return bytes(changed)


def in_body(rng: Random, call: Call) -> None:
    if isinstance(call.body, bytes):
        call.body = change_bytes(rng, call.body)
    elif call.body is None:
        call.body = rng.choice((b"{}", b"null", b"a=b", bytes(10)))
    else:
        call.body = change_json(rng, call.body)


def in_query(rng: Random, call: Call) -> None:
    names = (*VALUES, "access_token", "", "limit[]")
    kind = rng.random()
    if kind < 0.6 and call.query:
        at = rng.randrange(len(call.query))
        call.query[at] = call.query[at][0], text(rng)
    elif kind < 0.7 and call.query:
        call.query.append(rng.choice(call.query))
    else:
        name = rng.choice(names)
        call.query.append((name, rng.choice(VALUES.get(name) or TEXTS)))


def text(rng: Random) -> str:
    """Short enough for an address, most of the time."""
    return rng.choice(TEXTS) if rng.random() < 0.1 else rng.choice(TEXTS)[:200]


def in_path(rng: Random, call: Call) -> None:
    if rng.random() < 0.5 and "{" in call.path:
        start, end = call.path.index("{"), call.path.index("}")
        call.path = call.path[:start] + text(rng) + call.path[end + 1 :]
    else:
        at = rng.choice((len(call.path), rng.randrange(1, len(call.path) + 1)))
        call.path = call.path[:at] + rng.choice(ENDINGS) + call.path[at:]


def in_headers(rng: Random, call: Call) -> None:
    name = rng.choice(tuple(HEADERS))
    chosen = rng.choice(HEADERS[name]) if rng.random() < 0.8 else one_line(text(rng))
    call.headers = [header for header in call.headers if header[0] != name or rng.random() < 0.1]
    call.headers.append((name, chosen))


def one_line(written: str) -> str:
    return written.replace("\r", "").replace("\n", "")


def in_method(rng: Random, call: Call) -> None:
    call.method = rng.choice(METHODS)


MUTATIONS: tuple[Callable[[Random, Call], None], ...] = (in_body, in_query, in_path, in_headers, in_method)
WEIGHTS = (12, 4, 2, 4, 1)


def mutate(rng: Random, call: Call) -> None:
    """Nothing, one thing, or several things at once."""
    for _ in range(rng.choice((0, 1, 1, 1, 2, 3))):
        at = 1 if call.method == "GET" and rng.random() < 0.5 else 0
        rng.choices(MUTATIONS[at:], WEIGHTS[at:])[0](rng, call)
