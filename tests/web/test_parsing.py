"""What every request and every answer has in common: strict JSON in, strict parameters, request ids and headers."""

import gzip
import json
import re
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import unquote_plus, urlsplit

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, fields

from project import create_app
from project.errors import MalformedRequest
from project.web import blueprint, parsing
from project.web.request import request
from tests.accounts import body, problem
from tests.servers import Server

MIB = 1024 * 1024
UUID_TEXT = "01920b5e-8c1b-7d2a-9e40-5c7d9f0a1b2c"

probe = blueprint.Blueprint("probe", __name__, url_prefix="/api/v1/probe")


class Query(Schema):
    limit = fields.Integer()
    q = fields.String()


@probe.post("/echo")
@probe.response(200)
def echo() -> dict[str, Any]:
    return parsing.json_body()


@probe.patch("/echo")
@probe.response(200)
def echo_patch() -> dict[str, Any]:
    return parsing.json_body()


@probe.get("/query")
@probe.arguments(Query, location="query")
@probe.response(200)
def query(parameters: dict[str, Any]) -> dict[str, Any]:
    return parameters


@probe.get("/ids/<uuid:identifier>")
@probe.response(200)
def show_id(identifier: object) -> dict[str, str]:
    return {"id": str(identifier)}


@probe.get("/own-headers")
def with_own_headers() -> Response:
    return Response("{}", headers={"Cache-Control": "private, no-cache", "Content-Security-Policy": "sandbox"})


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application, without a database, and with routes that show what came in."""
    app = create_app({"INSTANCE_FOLDER": str(tmp_path_factory.mktemp("wire")), "MAIL_WORKER": "none"})
    app.register_blueprint(probe)
    return app


def nested(levels: int, kind: str) -> str:
    """JSON of so many levels, of arrays, of objects, or of both in turn."""
    opening = {"array": ["["], "object": ['{"a":'], "both": ['{"a":', "["]}[kind]
    inner = "".join(opening[level % len(opening)] for level in range(levels - 1))
    closing = "".join({"[": "]", "{": "}"}[sign] for sign in reversed(re.sub('"a":', "", inner)))
    return f"{inner}{'[]' if kind == 'array' else '{}'}{closing}"


plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
values = st.recursive(plain, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@given(value=values, indent=st.sampled_from([None, 0, 2]), ascii_only=st.booleans())
def test_json_is_read_as_it_was_written(value: Any, indent: int | None, ascii_only: bool) -> None:  # noqa: FBT001
    assert parsing.parse_json(json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode()) == value


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400"])
def test_a_number_that_no_double_holds_is_refused(number: str) -> None:
    with pytest.raises(MalformedRequest):
        parsing.parse_json(f'{{"limit": {number}}}'.encode())


@pytest.mark.parametrize("text", [r'"\ud800"', r'"\uDFFF a"', r'"\ude00\ud83d"', r'{"\ud83d": 1}'])
def test_a_surrogate_without_its_other_half_is_refused(text: str) -> None:
    with pytest.raises(MalformedRequest):
        parsing.parse_json(text.encode())


@given(raw=st.binary() | st.text(alphabet='{}[]":,0123456789.eE+-tfn\\u nulrasNI\t').map(str.encode))
def test_what_is_not_json_is_refused_and_all_else_means_what_it_means_to_others(raw: bytes) -> None:
    try:
        value = parsing.parse_json(raw)
    except MalformedRequest:
        return
    assert value == json.loads(raw.decode("utf-8"))


@given(value=values, key=st.text())
def test_a_key_given_twice_is_refused_at_any_depth(value: Any, key: str) -> None:
    member = f"{json.dumps(key)}: {json.dumps(value)}"
    with pytest.raises(MalformedRequest):
        parsing.parse_json(f'[{{"outer": [{{{member}, {json.dumps(f"{key}2")}: 0, {member}}}]}}]'.encode())


@pytest.mark.parametrize("kind", ["array", "object", "both"])
@pytest.mark.parametrize("levels", [1, 2, 31, 32])
def test_as_many_as_32_levels_are_read(kind: str, levels: int) -> None:
    assert parsing.parse_json(nested(levels, kind).encode()) == json.loads(nested(levels, kind))


@pytest.mark.parametrize("kind", ["array", "object", "both"])
@pytest.mark.parametrize("levels", [33, 34, 1_000, 100_000])
def test_more_than_32_levels_are_refused(kind: str, levels: int) -> None:
    with pytest.raises(MalformedRequest):
        parsing.parse_json(nested(levels, kind).encode())


def test_many_brackets_side_by_side_are_not_levels() -> None:
    wide: dict[str, list[list[dict[str, str]]]] = {"rows": [[{}] * 10] * 100}
    assert parsing.parse_json(json.dumps(wide).encode()) == wide


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b" ",
        b"{",
        b'{"a": 1} {"b": 2}',
        b'{"a": 1,}',
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": 01}',
        b'{"a": "\\ud800"}',
        b'{"\\udfff": 1}',
        b'{"a": "\xed\xa0\x80"}',
        b'{"a": "\xff"}',
        b'{"a": "\xc0\x80"}',
        b'{"a": "\x00"}',
        b'{"a": "line\nbreak"}',
        b'{"a": 1, "a": 1}',
        b'{"a": 1, "\\u0061": 2}',
        b'\xef\xbb\xbf{"a": 1}',
        '{"a": 1}'.encode("utf-16"),
        '{"a": 1}'.encode("utf-16-le"),
        '{"a": 1}'.encode("utf-32"),
        b'{"a": 1}\x00',
        b'{"a": 1} // comment',
        b"[]",
        b'"text"',
        b"1",
        b"null",
        b"\x1f\x8b\x08\x00",
    ],
)
def test_a_body_that_is_not_one_strict_json_object_is_malformed(client: FlaskClient, raw: bytes) -> None:
    answer = client.post("/api/v1/probe/echo", data=raw, content_type="application/json")
    assert problem(answer) == (400, "malformed-request")


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        'Application/JSON; charset="UTF-8"',
        "application/json; charset=utf8",
        "application/json;charset=UTF8",
        "application/json; charset=us-ascii",
        "application/json; charset=US-ASCII; v=1",
        "application/json;v=1",
        "application/json; charset=UTF_8",
        "application/json; charset='utf-8'",
        "application/json ; charset = utf-8;",
    ],
)
def test_json_is_taken_however_its_type_is_spelt(client: FlaskClient, content_type: str) -> None:
    answer = client.post("/api/v1/probe/echo", data='{"name": "Łukasz"}', content_type=content_type)
    assert (answer.status_code, body(answer)) == (200, {"name": "Łukasz"})


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "text/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "application/json; charset=iso-8859-1",
        "application/problem+json",
        "application/merge-patch+json",
        "application/json, text/plain",
        "json",
    ],
)
def test_a_body_of_another_type_is_not_taken(client: FlaskClient, content_type: str | None) -> None:
    answer = client.post("/api/v1/probe/echo", data=b"{}", content_type=content_type)
    assert problem(answer) == (415, "unsupported-media-type")


@pytest.mark.parametrize(
    "coding", ["gzip", "GZIP", "x-gzip", "br", "zstd", "deflate", "nonsense", "identity, gzip", "aws-chunked"]
)
def test_a_compressed_body_is_not_taken(client: FlaskClient, coding: str) -> None:
    """Nor one that says so and is not: RFC 9110 §15.5.16."""
    for sent in (gzip.compress(b"{}"), b"{}"):
        headers = {"Content-Encoding": coding, "Content-Type": "application/json"}
        answer = client.post("/api/v1/probe/echo", data=sent, headers=headers)
        assert problem(answer) == (415, "unsupported-media-type")
        assert answer.headers["Accept-Encoding"] == "identity"
        assert "compressed" in body(answer)["detail"]


def test_a_compressed_form_is_not_taken(client: FlaskClient) -> None:
    for page in ("/verify-email", "/reset-password"):
        answer = client.post(page, data={"token": "x"}, headers={"Content-Encoding": "gzip"})
        assert problem(answer) == (415, "unsupported-media-type"), page


@pytest.mark.parametrize("coding", ["", "identity", "Identity"])
def test_a_body_as_it_is_is_taken_also_if_it_says_so(client: FlaskClient, coding: str) -> None:
    headers = {"Content-Encoding": coding, "Content-Type": "application/json"}
    assert client.post("/api/v1/probe/echo", data=b"{}", headers=headers).status_code == 200


def test_a_refused_type_is_not_blamed_on_the_coding(client: FlaskClient) -> None:
    answer = client.post("/api/v1/probe/echo", data=b"{}", content_type="text/plain")
    assert "Accept-Encoding" not in answer.headers


def test_a_merge_patch_is_taken_where_something_is_patched(client: FlaskClient) -> None:
    answer = client.patch("/api/v1/probe/echo", data=b'{"a": null}', content_type="application/merge-patch+json")
    assert body(answer) == {"a": None}


def test_a_body_of_one_mebibyte_is_taken_and_one_byte_more_is_too_large(client: FlaskClient) -> None:
    frame = len(b'{"a":""}')
    bodies = [b'{"a":"%s"}' % (b"x" * (size - frame)) for size in (MIB, MIB + 1)]
    taken, refused = (client.post("/api/v1/probe/echo", data=sent, content_type="application/json") for sent in bodies)
    assert taken.status_code == 200
    assert problem(refused) == (413, "too-large")


@pytest.mark.slow
def test_a_body_in_chunks_is_taken_and_measured_too(live_server: Any) -> None:
    server: Server = live_server()
    small, whole = [b'{"email": ', b'"ada@example.org"}'], [b" " * 1_024] * 16
    assert send_chunks(server, small).status == 202
    assert send_chunks(server, [*whole[1:], small[0], small[1].ljust(1_024 - len(small[0]))]).status == 202
    for large in ([*whole, b" "], [*small, *whole], whole * 2):
        refused = send_chunks(server, large)
        assert (refused.status, refused.getheader("Content-Type")) == (413, "application/problem+json")


@pytest.mark.slow
def test_compressed_chunks_are_not_taken(live_server: Any) -> None:
    server: Server = live_server()
    for coding in ("gzip, chunked", "deflate, chunked"):
        assert send_chunks(server, [b'{"email": "ada@example.org"}'], coding).status == 415


def send_chunks(server: Server, chunks: list[bytes], coding: str = "chunked") -> HTTPResponse:
    headers = {"Content-Type": "application/json", "Transfer-Encoding": coding}
    with closing(HTTPConnection(urlsplit(server.url).netloc, timeout=10)) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):  # a server need not read what it refuses
            connection.request("POST", "/api/v1/auth/password/forgot", iter(chunks), headers, encode_chunked=True)
        answer = connection.getresponse()
        answer.read()
    return answer


def test_parameters_that_are_declared_are_read(client: FlaskClient) -> None:
    assert body(client.get("/api/v1/probe/query?limit=3&q=a%26b")) == {"limit": 3, "q": "a&b"}


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("query?limit=3&limt=4", ["limt"]),
        ("query?limit=3&limit=3", ["limit"]),
        ("query?limit=many", ["limit"]),
        ("query?limit=", ["limit"]),
        ("query?limit=1.5", ["limit"]),
        ("query?a=1&b=2", ["a", "b"]),
        ("query?a~/b=1", ["a~/b"]),
        ("query?" + "x" * 5_000, ["x" * 80]),
        (f"ids/{UUID_TEXT}?limit=3", ["limit"]),
        (f"ids/{UUID_TEXT}?access_token=secret", ["access_token"]),
    ],
)
def test_a_parameter_that_is_unknown_repeated_or_malformed_is_named(
    client: FlaskClient, path: str, parameters: list[str]
) -> None:
    answer = client.get(f"/api/v1/probe/{path}")
    assert problem(answer) == (422, "validation-failed")
    assert sorted(error["parameter"] for error in body(answer)["errors"]) == parameters
    assert "secret" not in answer.text


@pytest.mark.parametrize("text", ["%ff", "M%FCller", "%ED%A0%80", "%C3", "%C0%AF", "%F5%80%80%80", "a%80"])
def test_a_query_that_is_not_utf_8_is_malformed_and_not_searched_for_as_it_is_written(
    client: FlaskClient, text: str
) -> None:
    for query in (f"q={text}", f"{text}=1"):
        assert problem(client.get(f"/api/v1/probe/query?{query}")) == (400, "malformed-request")


@pytest.mark.parametrize("text", ["100%", "%zz", "M%C3%BCller", "%F0%9F%98%80", "+"])
def test_what_looks_like_an_escape_and_is_none_means_itself(client: FlaskClient, text: str) -> None:
    assert body(client.get(f"/api/v1/probe/query?q={text}"))["q"] == unquote_plus(text)


def test_a_parameter_of_a_route_that_takes_a_body_is_refused_too(client: FlaskClient) -> None:
    assert problem(client.post("/api/v1/probe/echo?a=1", json={})) == (422, "validation-failed")


@pytest.mark.parametrize("spelling", [UUID_TEXT, UUID_TEXT.upper(), UUID_TEXT.title(), UUID_TEXT.replace("b", "B")])
def test_an_id_in_canonical_form_is_found_in_either_case(client: FlaskClient, spelling: str) -> None:
    assert body(client.get(f"/api/v1/probe/ids/{spelling}")) == {"id": UUID_TEXT}


@pytest.mark.parametrize(
    "spelling",
    [
        UUID_TEXT.replace("-", ""),
        f"{{{UUID_TEXT}}}",
        f"urn:uuid:{UUID_TEXT}",
        f"{UUID_TEXT}%0A",
        f"{UUID_TEXT}%00",
        f"%20{UUID_TEXT}",
        UUID_TEXT.replace("0", "٠"),
        UUID_TEXT[:-1],
        f"{UUID_TEXT}0",
        "1",
        "",
    ],
)
def test_an_id_in_any_other_spelling_is_not_found(client: FlaskClient, spelling: str) -> None:
    assert problem(client.get(f"/api/v1/probe/ids/{spelling}")) == (404, "not-found")


@pytest.mark.parametrize("sent", ["a", "A" * 64, "0192-ab.cd_EF", "trace.1"])
def test_a_sane_request_id_is_given_back(client: FlaskClient, sent: str) -> None:
    answer = client.get("/nothing", headers={"X-Request-ID": sent})
    assert answer.headers["X-Request-ID"] == body(answer)["request_id"] == sent


@pytest.mark.parametrize("sent", [None, "", "a" * 65, "a b", "<script>", "ä", 'a"b', "a,b", "../a", "a\tb"])
def test_any_other_request_id_is_replaced(client: FlaskClient, sent: str | None) -> None:
    answer = client.get("/nothing", headers={} if sent is None else {"X-Request-ID": sent})
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-ID"])
    assert body(answer)["request_id"] == answer.headers["X-Request-ID"]


def test_no_two_requests_have_the_same_id(client: FlaskClient) -> None:
    ids = {client.get("/healthz").headers["X-Request-ID"] for _ in range(10)}
    assert len(ids) == 10


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "TRACE", "BREW"])
@pytest.mark.parametrize("path", ["/healthz", "/nothing", "/docs", "/static/icon.svg", "/api/v1/users/me", "/problems"])
def test_every_answer_has_the_security_headers(client: FlaskClient, method: str, path: str) -> None:
    with client.open(path, method=method) as answer:
        assert answer.headers["X-Request-ID"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; ")
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert len(answer.headers.getlist("Content-Security-Policy")) == 1
        assert answer.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/static/icon.svg", "/docs/assets/index.css"])
def test_a_file_that_is_asked_for_as_it_no_longer_is_is_refused_and_not_sent(client: FlaskClient, path: str) -> None:
    with client.get(path) as found, client.get(path, headers={"If-Match": found.headers["ETag"]}) as answer:
        assert answer.data == found.data
    answer = client.get(path, headers={"If-Match": '"1"'})
    assert problem(answer) == (412, "precondition-failed")
    assert "Last-Modified" not in answer.headers


def test_a_file_is_sent_to_whom_any_will_do(client: FlaskClient) -> None:
    with client.get("/static/icon.svg", headers={"If-Match": "*"}) as answer:
        assert answer.status_code == 200
        assert answer.data


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        *((one, 206) for one in ("bytes=0-9", "bytes=5-", "bytes=-5", "bytes=0-99999999999999999999")),
        *((none, 416) for none in ("bytes=999999-", "bytes=999999-1000000")),
        *((several, 200) for several in ("bytes=0-1,3-4", "bytes=0-,0-,0-", "bytes=0-0,-1")),
        *((other, 200) for other in ("items=0-1", "bytes=a-b", "bytes", "bytes=", "bytes=-", "0-9", "bytes=9-5")),
    ],
)
def test_a_file_is_sent_in_part_or_whole_and_what_is_no_range_is_ignored(
    client: FlaskClient, wanted: str, status: int
) -> None:
    answer = client.get("/static/icon.svg", headers={"Range": wanted})
    answer.close()
    assert answer.status_code == status
    assert (status == 416) == (answer.mimetype == "application/problem+json")
    assert (status == 200) == ("Content-Range" not in answer.headers)


def test_an_answer_keeps_the_headers_that_it_has_of_its_own(client: FlaskClient) -> None:
    headers = client.get("/api/v1/probe/own-headers").headers
    assert headers.getlist("Cache-Control") == ["private, no-cache"]
    assert headers.getlist("Content-Security-Policy") == ["sandbox"]


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example.org/api/v1/users/me",
        "/api//v1/users/me",
        "/api/v1/users/me/",
        "/api/v1/users/me%00",
        "/api/v1/users/me%0d%0aX-Evil:1",
        "/api/v1/users/%2e%2e/users/me",
        "/API/v1/users/me",
        "/api/v1",
        "/%00",
        "/%ff%fe",
        "/" + "a" * 4_000,
        "/static/",
        "/static/../config.py",
        "/static/..%2fconfig.py",
        "/healthz/",
    ],
)
def test_a_path_that_is_not_quite_one_of_ours_is_not_found(client: FlaskClient, path: str) -> None:
    answer = client.get("", base_url="http://localhost", environ_overrides={"PATH_INFO": unquoted(path)})
    assert problem(answer) == (404, "not-found")
    assert "Location" not in answer.headers


def test_slashes_in_front_of_a_path_never_lead_to_another_host(client: FlaskClient) -> None:
    answer = client.get("", base_url="http://localhost", environ_overrides={"PATH_INFO": "//api/v1/users/me"})
    assert problem(answer) == (401, "authentication-required")


def unquoted(path: str) -> str:
    """As a WSGI server passes it on (PEP 3333)."""
    return re.sub("%([0-9a-f]{2})", lambda found: chr(int(found[1], 16)), path)


def test_nothing_of_one_request_is_left_for_the_next(client: FlaskClient) -> None:
    with client:
        client.post("/api/v1/probe/echo", json={"a": 1})
        assert request.json_object == {"a": 1}
        client.get("/healthz")
        assert request.json_object is None
