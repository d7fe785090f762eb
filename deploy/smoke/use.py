"""What must hold while everything works."""

from __future__ import annotations

import struct
import time
import uuid
import zlib

from phone import API, Phone, sign_in, sign_up
from stack import REPLICAS, Stack, check

CARD = b"BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Grace Hopper\r\nN:Hopper;Grace;;;\r\nEND:VCARD\r\n"
PERSON = {"first_name": "Łukasz", "phone": "+48 12 345 67 89", "birthday": "--02-29"}
FORGED = "203.0.113.7"
REFUSALS = {
    ("POST", f"{API}/auth/login", b"x" * (2**20 + 1)): (413, "too-large"),
    ("POST", f"{API}/contacts/import", b"x" * 2**21): (401, "authentication-required"),
    ("GET", "/" + "x" * 9000, None): (414, "malformed-request"),
    ("TRACE", "/", None): (405, "method-not-allowed"),
    ("GET", "/metrics", None): (404, "not-found"),
    ("GET", "//%6detrics", None): (404, "not-found"),
}
ASK = """
import http.client, json
def ask():
    to = http.client.HTTPConnection("127.0.0.1", 8000, timeout=30)
    to.request("GET", {path!r}, headers={{"Authorization": "Bearer {token}"}} if {token!r} else {{}})
    return to.getresponse().status
print(json.dumps([ask() for _ in range({count})]))
"""
COUNT = """
import re, urllib.request
text = urllib.request.urlopen("http://127.0.0.1:8000/metrics").read().decode()
print(sum(float(number) for number in re.findall(r'^http_requests_total{.*status="404".*} (.*)$', text, re.M)))
"""


def everything_starts(stack: Stack) -> None:
    stack.compose("build")
    stack.up()
    check(len(stack.containers("api")) == REPLICAS, "not", REPLICAS, "replicas")
    check(stack.inspect("migrate", ".State.ExitCode") == ["0"], "the migration failed")


def an_app_can_do_all_it_wants(stack: Stack) -> None:
    ada = sign_up(stack, "ada")
    check(ada.expect(200, "GET", "/users/me").json["email_verified"], "ada is not verified")
    made = ada.expect(201, "POST", "/contacts", PERSON)
    path, etag = f"/contacts/{made.json['id']}", made.headers["ETag"]
    check(not etag.startswith("W/"), "the proxy weakened the ETag", etag)
    ada.expect(304, "GET", path, If_None_Match=etag)
    ada.expect(200, "PATCH", path, {"nickname": "Lu"}, If_Match=etag)
    ada.expect(412, "PATCH", path, {"nickname": "Lukas"}, If_Match=etag)
    for search in ("?q=lukasz", "?phone=0048123456789", "/birthdays?days=366"):
        check(len(ada.expect(200, "GET", f"/contacts{search}").json["items"]) == 1, "not found by", search)
    check(
        ada.expect(201, "POST", "/contacts/import", CARD, Content_Type="text/vcard").json["created"] == 1, "no import"
    )
    check(b"Grace Hopper" in ada.expect(200, "GET", "/contacts/export").body, "no export")
    check(len(ada.expect(200, "GET", "/contacts/changes").json["changed"]) == 2, "no delta")


def pictures_are_shared_by_all_replicas(stack: Stack) -> None:
    ada = sign_in(stack, "ada")
    head = b'--line\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
    form = head + purple_png(64) + b"\r\n--line--\r\n"
    user = ada.expect(200, "PUT", "/users/me/avatar", form, Content_Type="multipart/form-data; boundary=line").json
    address = f"http://127.0.0.1:{stack.port}"
    check(user["avatar_url"].startswith(f"{address}/pictures/"), "the picture's address is", user["avatar_url"])
    path = user["avatar_url"].removeprefix(address)
    found = [ask(stack, replica, path) for replica in stack.containers("api")]
    check(found == [[200]] * REPLICAS, "a replica does not have the picture:", found)


def the_proxy_speaks_as_the_application_does(stack: Stack) -> None:
    for request, refusal in REFUSALS.items():
        found = Phone(stack).call(*request).problem()
        check(found == refusal, *request[:2], "is", found, "instead of", refusal)
    answer = Phone(stack).call("GET", "/healthz", X_Request_ID="a-phone.1")
    check(answer.headers["X-Request-ID"] == "a-phone.1", "the client's id is lost")


def nobody_says_who_he_is_but_the_proxy(stack: Stack) -> None:
    ada = sign_in(stack, "ada", X_Forwarded_For=FORGED, Forwarded=f"for={FORGED}", X_Real_IP=FORGED)
    addresses = {session["ip"] for session in ada.expect(200, "GET", "/auth/sessions").json["items"]}
    check(addresses and FORGED not in addresses, "a forged address is believed:", addresses)


def tokens_are_not_logged(stack: Stack) -> None:
    for path in ("/verify-email?token=a-secret", "/reset-password?token=a-secret", "/nothing?token=a-secret"):
        Phone(stack).call("GET", path)
    time.sleep(1)
    logs = stack.compose("logs", "proxy", "api")
    check("/reset-password" in logs, "nothing is logged")
    check("a-secret" not in logs, "a token is logged")


def replicas_share_the_limit(stack: Stack) -> None:
    grace = sign_up(stack, "grace")
    asked = [ask(stack, replica, f"{API}/users/me", token=grace.token, count=6) for replica in stack.containers("api")]
    check(sum(each.count(200) for each in asked) == 10, "10 a minute are", asked)
    check(sum(each.count(429) for each in asked) == 2, "10 a minute are", asked)
    refused = grace.call("GET", f"{API}/users/me")
    check(refused.problem() == (429, "rate-limited"), "no refusal through the proxy")
    check(0 < int(refused.headers["Retry-After"]) <= 60, "Retry-After is", refused.headers["Retry-After"])


def metrics_count_all_workers(stack: Stack) -> None:
    replica = stack.containers("api")[0]
    before = stack.python(replica, COUNT)
    check(ask(stack, replica, f"/{uuid.uuid4()}", count=20) == [404] * 20, "found what is not there")
    counts = [stack.python(replica, COUNT) - before for _ in range(4)]
    check(counts == [20] * 4, "the workers do not count together:", counts)


def ask(stack: Stack, replica: str, path: str, *, token: str = "", count: int = 1) -> list[int]:
    """The statuses of so many requests to one replica, from inside its container, past the proxy."""
    statuses: list[int] = stack.python(replica, ASK.format(path=path, token=token, count=count))
    return statuses


def purple_png(edge: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", edge, edge, 8, 2, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x7f\x00\x7f" * edge) * edge)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
