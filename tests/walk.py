"""A walk through the whole service: every route is asked, and every command run, as somebody uses them.

It is for what must hold of all of them, on whichever database. What they answer is tested elsewhere.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import click
from click.testing import Result
from flask import Flask, request, request_started
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests import places
from tests.accounts import API, Account, mailed, register, sign_in, sign_up
from tests.auth.authenticator import Authenticator
from tests.auth.factors import begin, enrol, login_token, second_step
from tests.auth.test_app_files import SETTINGS as APPS
from tests.contacts.calls import batch, create, done, fill
from tests.contacts.carddav.calls import C, D, Device, card, propfind
from tests.images import png

SETTINGS = {**APPS, "RATE_LIMITS": "off"}
NEW_PASSWORD = "an entirely different sentence"  # of nobody
Asked = set[tuple[str, str]]
FOR_DEVELOPERS = {"run", "shell", "routes", "db", "limiter", "openapi"}  # of Flask, its extensions, and the document


@contextmanager
def asking(app: Flask) -> Iterator[Asked]:
    """The methods and rules that are asked meanwhile."""
    asked: Asked = set()

    def note(_: Flask, **__: object) -> None:
        if request.url_rule:
            asked.add((request.method, request.url_rule.rule))

    with request_started.connected_to(note, app):
        yield asked


def routes(app: Flask) -> Asked:
    """All that there are."""
    return {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def ok(answer: TestResponse) -> TestResponse:
    assert answer.status_code < 400, (answer.request.method, answer.request.path, answer.text)
    return answer


def everything(app: Flask) -> None:
    """Ask all routes, the last ones by somebody whose account ends."""
    client = app.test_client()
    ada = sign_up(client)
    pages(client)
    sessions(ada)
    address_book(ada)
    phone(ada)
    second_factors(ada)
    account(ada)


def pages(client: FlaskClient) -> None:
    for path in (
        "/", "/docs", "/docs/assets/swagger-ui.css", "/healthz", "/readyz", "/problems", "/problems/not-found",
        "/static/icon.svg", f"{API}/openapi.json", f"{API}/openapi-3.0.json",
        "/.well-known/apple-app-site-association", "/.well-known/assetlinks.json",
    ):  # fmt: skip
        ok(client.get(path, headers={"Accept": "text/html, */*"}, buffered=True))
    register(client, "grace")
    token = mailed(client.application)[-1].token
    ok(client.get("/verify-email", query_string={"token": token}))
    ok(client.post("/verify-email", data={"token": token}))
    ok(client.post(f"{API}/auth/password/forgot", json={"email": "grace@example.org"}))
    token = mailed(client.application)[-1].token
    ok(client.get("/reset-password", query_string={"token": token}))
    ok(client.post("/reset-password", data={"token": token, "password": NEW_PASSWORD}))


def sessions(ada: Account) -> None:
    register(ada.client, "emmy")
    ok(ada.client.post(f"{API}/auth/verify-email/resend", json={"email": "emmy@example.org"}))
    other, another = sign_in(ada), sign_in(ada)
    ok(ada.get("/auth/sessions"))
    ok(ada.delete(f"/auth/sessions/{other.tokens['session_id']}"))
    ok(another.post("/auth/logout"))
    ada.tokens = done(ada.post("/auth/refresh", json={"refresh_token": ada.tokens["refresh_token"]}))
    ok(ada.delete("/auth/sessions"))


def address_book(ada: Account) -> None:
    first, second = fill(ada, [{"first_name": "Grace", "labels": ["Navy"]}, {"first_name": "Grace"}])
    path = f"/contacts/{first['id']}"
    for rest in (
        "", "?q=grace&label=Navy", "/birthdays", "/changes", "/labels", "/duplicates", "/export", "/export?format=csv",
    ):  # fmt: skip
        ok(ada.get(f"/contacts{rest}"))
    ok(ada.get(path))
    ok(ada.patch(path, json={"nickname": "Amazing Grace"}))
    ok(ada.put(path, json={"first_name": "Grace", "birthday": "1906-12-09"}))
    photo = done(places.put(ada, f"{path}/photo", png(64, 64)))["photo_url"]
    ok(ada.client.get(urlsplit(photo).path, buffered=True))
    ok(ada.delete(f"{path}/photo"))
    ok(ada.post(f"{path}/merge", json={"ids": [second["id"]]}))
    ok(ada.delete(path))
    ok(ada.post(f"{path}/restore"))
    batch(ada, [{"op": "update", "id": first["id"], "contact": {"notes": "n"}}, {"op": "delete", "id": first["id"]}])
    ok(ada.post("/contacts/import", json=[{"first_name": "Emmy"}]))


def phone(ada: Account) -> None:
    """By every method, also those that CardDAV's addresses refuse."""
    made = done(ada.post("/auth/app-passwords", json={"device": "iPhone", "password": ada.password}), 201)
    setup = urlsplit(made["setup_url"]).path
    ok(ada.client.get(setup))
    ok(ada.client.get(f"{setup}/contacts.mobileconfig"))
    device = Device(ada.client, ada.user["id"], made["password"], made["id"])
    discover(device)
    synchronise(device)
    for method, rule in routes(ada.client.application):
        if "<" not in rule and rule.startswith(("/carddav", "/.well-known/carddav", "/principals", "/")):
            assert device.call(method, rule).status_code < 500, (method, rule)
    for method in sorted(every_method(ada.client.application)):
        assert device.call(method, device.href("nothing.vcf")).status_code < 500, method
    ok(ada.get("/auth/app-passwords"))
    ok(ada.delete(f"/auth/app-passwords/{device.id}"))


def discover(device: Device) -> None:
    names = (f"{D}displayname", f"{D}current-user-principal", f"{C}addressbook-home-set")
    for path in ("/carddav/", f"/carddav/{device.user_id}/", f"/carddav/{device.user_id}/books/", device.book):
        for depth in ("0", "1"):
            ok(device.call("PROPFIND", path, propfind(*names), Depth=depth))


def synchronise(device: Device) -> None:
    token = device.sync().token
    ok(device.put("emmy.vcf", card("emmy", fn="Emmy Noether")))
    ok(device.put("poets.vcf", card("poets", "X-ADDRESSBOOKSERVER-KIND:group", fn="Poets")))
    ok(device.put("emmy.vcf", card("emmy", "NOTE:Symmetry", fn="Emmy Noether")))
    found = device.sync(token)
    assert len(found.changed) == 2
    assert len(device.multiget(*found.changed).cards()) == 2
    ok(device.get("emmy.vcf"))
    ok(device.delete("emmy.vcf"))


def every_method(app: Flask) -> set[str]:
    return {method for method, rule in routes(app) if rule.startswith("/carddav/<anything")}


def second_factors(ada: Account) -> None:
    begin(ada)
    ada.tokens = sign_in(ada).tokens
    app, codes = enrol(ada)
    ok(ada.get("/auth/second-factors"))
    ok(ada.patch(f"/auth/second-factors/{app.id}", json={"name": "Old phone"}))
    ok(second_step(ada.client, login_token(ada), code=app.later()))
    codes = done(ada.post("/auth/recovery-codes", json={"password": ada.password, "code": codes[0]}), 201)[
        "recovery_codes"
    ]
    passkeys(ada, codes)
    proof = {"password": ada.password, "code": codes[1]}
    ok(ada.delete(f"/auth/second-factors/{app.id}", json=proof))


def passkeys(ada: Account, codes: list[str]) -> None:
    key = Authenticator()
    options = done(ada.post("/auth/passkeys/registration", json={"password": ada.password, "code": codes[0]}))
    done(ada.post("/auth/passkeys", json={"name": "Phone", "credential": key.create(options)}), 201)
    asked = done(ada.client.post(f"{API}/auth/passkeys/login/options"))
    answer = {"login_token": asked["login_token"], "credential": key.get(asked["options"])}
    ada.tokens = done(ada.client.post(f"{API}/auth/passkeys/login", json=answer))


def account(ada: Account) -> None:
    eve = sign_up(ada.client, "eve")
    create(eve)
    ok(eve.client.get(urlsplit(done(eve.get("/users/me"))["avatar_url"]).path))
    ok(eve.patch("/users/me", json={"username": "eva"}))
    ok(places.put(eve, "/users/me/avatar", png(64, 64)))
    ok(eve.delete("/users/me/avatar"))
    ok(eve.post("/auth/email", json={"email": "eva@example.org", "password": eve.password}))
    token = mailed(eve.client.application, to="eva@example.org")[-1].token
    ok(eve.client.post(f"{API}/auth/verify-email", json={"token": token}))
    change = {"current_password": eve.password, "password": NEW_PASSWORD}
    ok(eve.put("/auth/password", json=change))
    ok(eve.client.post(f"{API}/auth/password/forgot", json={"email": "eva@example.org"}))
    token = mailed(eve.client.application, to="eva@example.org")[-1].token
    ok(eve.client.post(f"{API}/auth/password/reset", json={"token": token, "password": eve.password}))
    eve = sign_in(Account(eve.client, {**eve.user, "username": "eva"}, {}, eve.password))
    ok(eve.post("/users/me/delete", json={"password": eve.password}))
    ben = sign_up(ada.client, "ben")
    create(ben)
    ok(ben.delete("/users/me", json={"password": ben.password}))


def commands(app: Flask) -> set[tuple[str, ...]]:
    """The service's own, as they are typed."""
    return {
        (name, *inner)
        for name, command in app.cli.commands.items()
        if name not in FOR_DEVELOPERS
        for inner in (((each,) for each in command.commands) if isinstance(command, click.Group) else [()])
    }


def command_lines(folder: Path) -> dict[tuple[str, ...], tuple[list[str], str]]:
    """For each command what follows it, and what is typed into it. `mail-worker` goes on until it is stopped."""
    file = folder / "contacts.vcf"
    file.write_text(card("mary", fn="Mary Somerville"))
    password = f"{NEW_PASSWORD}\n"
    return {
        ("user", "add"): (["mary", "mary@example.org", "--password-stdin"], password),
        ("user", "verify"): (["mary"], ""),
        ("user", "password"): (["mary", "--password-stdin"], password),
        ("user", "list"): (["--json"], ""),
        ("seed",): (["--username", "demo", "--contacts", "20"], ""),
        ("contacts", "import"): ([str(file), "--user", "mary"], ""),
        ("contacts", "export"): ([str(folder / "out.vcf"), "--user", "mary"], ""),
        ("user", "remove-second-factors"): (["mary"], ""),
        ("user", "sign-out"): (["mary"], ""),
        ("user", "delete"): (["mary", "--yes"], ""),
        ("keys", "rotate"): ([], ""),
        ("purge",): ([], ""),
        ("resync",): ([], ""),
        ("upgrade",): ([], ""),
    }


def run_all(app: Flask, folder: Path) -> Iterator[tuple[tuple[str, ...], Result]]:
    runner = app.test_cli_runner()
    for name, (words, typed) in command_lines(folder).items():
        yield name, runner.invoke(args=[*name, *words], input=typed)
