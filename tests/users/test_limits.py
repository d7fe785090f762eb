"""Rate limits: what counts, who is locked out and for how long, and who is not."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from werkzeug.test import TestResponse

from project.limiter import SteadyLimiter
from tests.accounts import API, PASSWORD, Account, mailed, problem, register, sign_in, sign_up
from tests.servers import tcp_proxy

LIMITED = (429, "rate-limited")
WRONG = "not the password at all"
NEW = "an entirely different sentence"
ELSEWHERE = "203.0.113.7"

MakeApp = Callable[..., Flask]


@pytest.fixture
def ada(client: FlaskClient) -> Account:
    return sign_up(client)


def login(client: FlaskClient, name: str = "ada", password: str = WRONG, *, ip: str = "127.0.0.1") -> TestResponse:
    credentials = {"username": name, "password": password}
    return client.post(f"{API}/auth/login", json=credentials, environ_overrides={"REMOTE_ADDR": ip})


def statuses(answers: list[TestResponse]) -> list[int]:
    return [answer.status_code for answer in answers]


def locked_out(ada: Account) -> Account:
    """Ada after ten wrong passwords."""
    assert statuses([login(ada.client) for _ in range(10)]) == [401] * 10
    return ada


def test_the_eleventh_wrong_password_is_refused(ada: Account) -> None:
    locked_out(ada)
    answer = login(ada.client)
    assert problem(answer) == LIMITED
    assert 1 <= int(answer.headers["Retry-After"]) <= 15 * 60


def test_a_right_password_is_refused_too_while_the_limit_holds(ada: Account) -> None:
    assert problem(login(locked_out(ada).client, password=PASSWORD)) == LIMITED


def test_living_sessions_are_not_touched_by_the_limit(ada: Account) -> None:
    locked_out(ada)
    assert ada.get("/users/me").status_code == 200
    assert (
        ada.client.post(f"{API}/auth/refresh", json={"refresh_token": ada.tokens["refresh_token"]}).status_code == 200
    )


def test_the_limit_holds_at_one_address_and_for_one_account(ada: Account) -> None:
    sign_up(ada.client, "eve")
    locked_out(ada)
    assert login(ada.client, password=PASSWORD, ip=ELSEWHERE).status_code == 200
    assert login(ada.client, "eve", PASSWORD).status_code == 200


def test_the_limit_ends_after_a_quarter_of_an_hour(make_app: MakeApp) -> None:
    ada = sign_up(make_app(REDIS_URL="").test_client())
    locked_out(ada)
    retry_after = int(login(ada.client).headers["Retry-After"])
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=retry_after + 1)):
        assert login(ada.client, password=PASSWORD).status_code == 200


def test_name_and_address_of_an_account_share_one_count(ada: Account) -> None:
    names = ["ada", "ADA", "ada@example.org", "ADA@Example.org", " ada"] * 2
    assert statuses([login(ada.client, name) for name in names]) == [401] * 10
    for name in ("ada", "ada@example.org"):
        assert problem(login(ada.client, name, PASSWORD)) == LIMITED


def test_a_name_that_nobody_has_is_limited_alike(client: FlaskClient) -> None:
    answers = [login(client, name) for name in ["nobody", "Nobody"] * 6]
    assert statuses(answers) == [401] * 10 + [429] * 2


def test_a_right_password_does_not_count(ada: Account) -> None:
    passwords = [WRONG] * 9 + [PASSWORD] * 12 + [WRONG]
    assert statuses([login(ada.client, password=password) for password in passwords]) == [401] * 9 + [200] * 12 + [401]
    assert problem(login(ada.client, password=PASSWORD)) == LIMITED


def test_a_right_password_without_a_proved_address_does_not_count(client: FlaskClient) -> None:
    register(client)
    assert statuses([login(client, password=PASSWORD) for _ in range(12)]) == [403] * 12


def test_many_addresses_together_have_a_limit_for_an_account(make_app: MakeApp) -> None:
    ada = sign_up(make_app(LOGIN_ACCOUNT_RATE_LIMIT="12 per hour").test_client())
    assert statuses([login(ada.client, ip=f"203.0.113.{number}") for number in range(12)]) == [401] * 12
    answer = login(ada.client, password=PASSWORD, ip=ELSEWHERE)
    assert problem(answer) == LIMITED
    assert answer.headers["X-RateLimit-Limit"] == "12"


def test_nobody_locks_an_account_for_all_from_one_address(make_app: MakeApp) -> None:
    ada = sign_up(make_app(LOGIN_ACCOUNT_RATE_LIMIT="12 per hour").test_client())
    locked_out(ada)
    assert statuses([login(ada.client) for _ in range(12)]) == [429] * 12
    assert login(ada.client, password=PASSWORD, ip=ELSEWHERE).status_code == 200


def test_many_accounts_together_have_a_limit_at_an_address(make_app: MakeApp) -> None:
    ada = sign_up(make_app(LOGIN_ADDRESS_RATE_LIMIT="12 per hour").test_client())
    assert statuses([login(ada.client, f"nobody{number}") for number in range(12)]) == [401] * 12
    assert problem(login(ada.client, password=PASSWORD)) == LIMITED
    assert login(ada.client, password=PASSWORD, ip=ELSEWHERE).status_code == 200


def test_right_passwords_count_for_no_limit(make_app: MakeApp) -> None:
    tight = {"LOGIN_ACCOUNT_RATE_LIMIT": "3 per hour", "LOGIN_ADDRESS_RATE_LIMIT": "3 per hour"}
    ada = sign_up(make_app(**tight).test_client())
    assert statuses([login(ada.client, password=PASSWORD) for _ in range(6)]) == [200] * 6


def test_the_defaults_are_those_of_the_contract(app: Flask) -> None:
    defaults = {
        "ME_RATE_LIMIT": "10 per minute",
        "REGISTER_RATE_LIMIT": "10 per hour",
        "LOGIN_RATE_LIMIT": "10 per 15 minutes",
        "LOGIN_ACCOUNT_RATE_LIMIT": "100 per hour",
        "LOGIN_ADDRESS_RATE_LIMIT": "300 per hour",
        "MAIL_RATE_LIMIT": "20 per hour",
        "MAIL_PAUSE_SECONDS": 60,
    }
    assert {name: app.config[name] for name in defaults} == defaults


GUESSES: list[tuple[str, str, dict[str, str]]] = [
    ("PUT", "/auth/password", {"current_password": WRONG, "password": "an entirely different sentence"}),
    ("POST", "/auth/email", {"email": "countess@example.org", "password": WRONG}),
    ("DELETE", "/users/me", {"password": WRONG}),
    ("POST", "/users/me/delete", {"password": WRONG}),
]
RIGHT = [
    (method, path, {name: PASSWORD if value == WRONG else value for name, value in sent.items()})
    for method, path, sent in GUESSES
]


def test_a_wrong_current_password_counts_in_a_limit_of_the_session(ada: Account) -> None:
    tablet = sign_in(ada)
    answers = [ada.call(method, path, json=sent) for method, path, sent in (GUESSES * 3)[:10]]
    assert {problem(answer) for answer in answers} == {(403, "wrong-password")}
    assert [int(answer.headers["X-RateLimit-Remaining"]) for answer in answers] == [*range(9, -1, -1)]
    for method, path, sent in RIGHT:
        assert problem(ada.call(method, path, json=sent)) == LIMITED, path
    assert login(ada.client, password=PASSWORD).status_code == 200
    assert tablet.post("/auth/email", json={"email": "countess@example.org", "password": PASSWORD}).status_code == 202


def test_a_right_current_password_does_not_count(ada: Account) -> None:
    for _ in range(12):
        assert ada.post("/auth/email", json={"email": "countess@example.org", "password": PASSWORD}).status_code == 202
    weak = {"current_password": PASSWORD, "password": "password"}
    assert [problem(ada.put("/auth/password", json=weak)) for _ in range(12)] == [(422, "weak-password")] * 12


def guessed_by_many(ada: Account) -> Account:
    """Ada, after strangers at many addresses have filled her account's count."""
    assert statuses([login(ada.client, ip=f"203.0.113.{number}") for number in range(12)]) == [401] * 12
    assert problem(login(ada.client, password=PASSWORD, ip="198.51.100.1")) == LIMITED
    return ada


@pytest.mark.parametrize(("method", "path", "sent"), RIGHT, ids=[path for _, path, _ in RIGHT])
def test_whoever_is_signed_in_is_not_held_up_by_strangers(
    make_app: MakeApp, method: str, path: str, sent: dict[str, str]
) -> None:
    ada = guessed_by_many(sign_up(make_app(LOGIN_ACCOUNT_RATE_LIMIT="12 per hour").test_client()))
    assert ada.call(method, path, json=sent).status_code in (202, 204)


def test_where_the_account_has_signed_in_before_strangers_elsewhere_hold_up_nobody(make_app: MakeApp) -> None:
    ada = sign_up(make_app(LOGIN_ACCOUNT_RATE_LIMIT="12 per hour").test_client())
    home = "2001:db8:1:2::3"
    assert login(ada.client, password=PASSWORD, ip=home).status_code == 200
    assert ada.delete("/auth/sessions").status_code == 204
    guessed_by_many(ada)
    for address in (home, "2001:db8:1:2:ffff::1", "127.0.0.1", "::ffff:127.0.0.1"):
        assert login(ada.client, password=PASSWORD, ip=address).status_code == 200, address
    for address in ("2001:db8:1:3::3", "127.0.0.2"):
        assert problem(login(ada.client, password=PASSWORD, ip=address)) == LIMITED, address


def test_guesses_where_the_account_has_signed_in_before_are_limited_all_the_same(make_app: MakeApp) -> None:
    ada = guessed_by_many(sign_up(make_app(LOGIN_ACCOUNT_RATE_LIMIT="12 per hour").test_client()))
    assert statuses([login(ada.client) for _ in range(12)]) == [401] * 10 + [429] * 2


def test_a_network_is_forgotten_90_days_after_its_last_sign_in(make_app: MakeApp) -> None:
    ada = sign_up(make_app(LOGIN_ACCOUNT_RATE_LIMIT="12 per hour", REDIS_URL="").test_client())
    for days, status in ((89, 200), (89 + 89, 200), (89 + 89 + 91, 429)):
        with time_machine.travel(datetime.now(UTC) + timedelta(days=days)):
            assert statuses([login(ada.client, ip=f"203.0.113.{number}") for number in range(12)]) == [401] * 12
            answer = login(ada.client, password=PASSWORD)
        assert answer.status_code == status


def change(ada: Account) -> None:
    sent = {"current_password": PASSWORD, "password": NEW}
    assert ada.put("/auth/password", json=sent).status_code == 204


def reset(ada: Account) -> None:
    ada.client.post(f"{API}/auth/password/forgot", json={"email": "ada@example.org"})
    sent = {"token": mailed(ada.client.application)[-1].token, "password": NEW}
    assert ada.client.post(f"{API}/auth/password/reset", json=sent).status_code == 204


@pytest.mark.parametrize("renew", [change, reset])
def test_a_network_that_an_old_password_has_opened_is_a_strangers(
    make_app: MakeApp, renew: Callable[[Account], None]
) -> None:
    ada = sign_up(make_app(LOGIN_ACCOUNT_RATE_LIMIT="12 per hour").test_client())
    addresses = [f"203.0.113.{number}" for number in range(3)]
    assert statuses([login(ada.client, password=PASSWORD, ip=address) for address in addresses]) == [200] * 3
    renew(ada)
    answers = [login(ada.client, ip=address) for address in addresses for _ in range(5)]
    assert statuses(answers) == [401] * 12 + [429] * 3


def as_device(token: str, ada: Account, password: str = PASSWORD, *, ip: str = "127.0.0.1") -> TestResponse:
    credentials, headers = {"username": "ada", "password": password}, {"Authorization": f"Bearer {token}"}
    overrides = {"REMOTE_ADDR": ip}
    return ada.client.post(f"{API}/auth/login", json=credentials, headers=headers, environ_overrides=overrides)


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_a_device_that_has_signed_in_before_proves_it_by_an_old_token(make_app: MakeApp, kind: str) -> None:
    """Even an expired or revoked one, and whatever strangers do from the same address."""
    limits = {"LOGIN_ACCOUNT_RATE_LIMIT": "22 per hour", "LOGIN_ADDRESS_RATE_LIMIT": "10 per hour"}
    ada = sign_up(make_app(**limits, REDIS_URL="").test_client())
    token = ada.tokens[kind]
    assert ada.post("/auth/logout").status_code == 204
    locked_out(ada)
    assert problem(login(ada.client, password=PASSWORD)) == LIMITED
    assert as_device(token, ada).status_code == 200
    with time_machine.travel(datetime.now(UTC) + timedelta(days=200)):
        locked_out(ada)
        assert as_device(token, ada).status_code == 200
        assert as_device(token, ada, ip="198.51.100.1").status_code == 200


def test_a_device_has_ten_wrong_passwords_of_its_own(ada: Account) -> None:
    token = ada.tokens["access_token"]
    answers = [as_device(token, ada, WRONG, ip=f"203.0.113.{number}") for number in range(12)]
    assert statuses(answers) == [401] * 10 + [429] * 2
    assert login(ada.client, password=PASSWORD).status_code == 200


def test_the_devices_of_an_account_together_have_its_limit(make_app: MakeApp) -> None:
    """Whoever once knew the password may have collected a token from many sign-ins."""
    ada = sign_up(make_app(LOGIN_ACCOUNT_RATE_LIMIT="12 per hour").test_client())
    tokens = [sign_in(ada).tokens["access_token"] for _ in range(3)]
    answers = [as_device(token, ada, WRONG) for token in tokens for _ in range(5)]
    assert statuses(answers) == [401] * 12 + [429] * 3
    assert login(ada.client, password=PASSWORD).status_code == 200


def test_only_a_token_of_this_account_proves_a_device(ada: Account) -> None:
    eve = sign_up(ada.client, "eve")
    locked_out(ada)
    head, payload, signature = ada.tokens["access_token"].split(".")
    for token in (eve.tokens["access_token"], "junk", "", f"{head}.{payload}.{signature[::-1]}", f"{head}.{payload}."):
        assert problem(as_device(token, ada)) == LIMITED, token


def test_a_reset_of_the_password_clears_the_count_of_the_account(make_app: MakeApp) -> None:
    ada = guessed_by_many(sign_up(make_app(LOGIN_ACCOUNT_RATE_LIMIT="12 per hour").test_client()))
    reset(ada)
    assert login(ada.client, password=NEW, ip="198.51.100.1").status_code == 200


def test_whoever_forgot_the_password_signs_in_with_the_new_one_at_once(ada: Account) -> None:
    """By the same name, after guesses have used up its limit."""
    for name in ("ada", "ada@example.org"):
        assert LIMITED in [problem(login(ada.client, name)) for _ in range(11)]
    reset(ada)
    for name in ("ada", "ada@example.org"):
        assert login(ada.client, name, NEW).status_code == 200, name


MALFORMED: list[dict[str, Any]] = [
    {"json": {"username": "ada", "password": 1}},
    {"json": {"username": "ada", "password": WRONG, "unknown": 1}},
    {"json": {"username": "ada"}},
    {"data": b"{", "content_type": "application/json"},
    {"data": b'{"username": "ada", "password": "x"}', "content_type": "text/plain"},
]


def test_requests_in_which_no_password_is_compared_count_for_no_account(make_app: MakeApp) -> None:
    ada = sign_up(make_app(LOGIN_ACCOUNT_RATE_LIMIT="12 per hour").test_client())
    for number in range(20):
        overrides = {"REMOTE_ADDR": f"203.0.113.{number}"}
        answer = ada.client.post(f"{API}/auth/login", environ_overrides=overrides, **MALFORMED[number % 5])
        assert answer.status_code in (400, 415, 422)
    assert login(ada.client, password=PASSWORD, ip=ELSEWHERE).status_code == 200


def test_requests_that_fail_validation_count_by_address(make_app: MakeApp) -> None:
    ada = sign_up(make_app(LOGIN_ADDRESS_RATE_LIMIT="6 per hour").test_client())
    answers = [ada.client.post(f"{API}/auth/login", **MALFORMED[number % 5]) for number in range(7)]
    assert set(statuses(answers[:6])) == {400, 415, 422}
    assert problem(answers[6]) == LIMITED
    assert problem(login(ada.client, password=PASSWORD)) == LIMITED
    assert login(ada.client, password=PASSWORD, ip=ELSEWHERE).status_code == 200


@pytest.mark.parametrize("sent", [{"json": {}}, {"data": b"{", "content_type": "application/json"}, {"data": b""}])
def test_requests_that_name_nobody_count_by_address(client: FlaskClient, sent: dict[str, Any]) -> None:
    answers = [client.post(f"{API}/auth/login", **sent) for _ in range(11)]
    assert set(statuses(answers[:10])) < {400, 415, 422}
    assert problem(answers[-1]) == LIMITED


def in_network(number: int) -> str:
    """Another address of one /64."""
    return f"2001:db8:1:2::{number:x}"


def in_site(number: int) -> str:
    """An address of another /64 of one /48."""
    return f"2001:db8:1:{number:x}::1"


def ask(client: FlaskClient, path: str, number: int, address: str) -> int:
    sent: dict[str, dict[str, str]] = {
        "register": {"username": f"ada{number}", "email": f"ada{number}@example.org", "password": PASSWORD},
        "password/forgot": {"email": f"{number}@example.org"},
        "verify-email/resend": {"email": f"{number}@example.org"},
        "login": {"username": f"nobody{number}", "password": WRONG},
    }
    overrides = {"REMOTE_ADDR": address}
    return client.post(f"{API}/auth/{path}", json=sent[path], environ_overrides=overrides).status_code


@pytest.mark.parametrize("path", ["register", "password/forgot", "verify-email/resend", "login"])
def test_a_whole_ipv6_network_is_one_client_and_a_site_is_ten(make_app: MakeApp, path: str) -> None:
    names = ("REGISTER_RATE_LIMIT", "MAIL_RATE_LIMIT", "LOGIN_ADDRESS_RATE_LIMIT")
    client = make_app(**dict.fromkeys(names, "2 per hour")).test_client()
    fine = ask(client, path, 0, in_network(0))
    assert fine in (201, 202, 401)
    assert [ask(client, path, number, in_network(number)) for number in range(1, 4)] == [fine, 429, 429]
    in_others = [ask(client, path, 4 + number, in_site(3 + number)) for number in range(20)]
    assert in_others == [fine] * 18 + [429] * 2
    assert ask(client, path, 30, "2001:db8:2::1") == fine
    assert ask(client, path, 31, "203.0.113.7") == fine
    assert ask(client, path, 32, "::ffff:203.0.113.7") == fine
    assert ask(client, path, 33, "::ffff:cb00:7107") == 429


def test_an_ipv6_network_guesses_as_one_at_an_account(ada: Account) -> None:
    answers = [login(ada.client, ip=in_network(number)) for number in range(12)]
    assert statuses(answers) == [401] * 10 + [429] * 2


def test_ten_registrations_an_hour_come_from_one_address(client: FlaskClient) -> None:
    answers = [register(client, f"ada{number}") for number in range(4)]
    answers += [register(client, "ada0") for _ in range(3)]
    answers += [register(client, "x") for _ in range(3)]
    assert statuses(answers) == [201] * 4 + [409] * 3 + [422] * 3
    assert problem(register(client, "eve")) == LIMITED
    elsewhere = {"username": "eve", "email": "eve@example.org", "password": PASSWORD}
    answer = client.post(f"{API}/auth/register", json=elsewhere, environ_overrides={"REMOTE_ADDR": ELSEWHERE})
    assert answer.status_code == 201


def test_twenty_mails_an_hour_are_asked_for_from_one_address(ada: Account) -> None:
    before = len(mailed(ada.client.application))
    paths = [f"{API}/auth/password/forgot", f"{API}/auth/verify-email/resend"]
    answers = [ada.client.post(paths[number % 2], json={"email": f"{number}@example.org"}) for number in range(18)]
    answers += [ada.client.post(path, json={"email": "nobody"}) for path in paths]
    assert statuses(answers) == [202] * 18 + [422] * 2
    for path in paths:
        assert problem(ada.client.post(path, json={"email": "ada@example.org"})) == LIMITED
    assert len(mailed(ada.client.application)) == before


def test_the_eleventh_look_at_oneself_in_a_minute_is_refused(ada: Account) -> None:
    answers = [ada.get("/users/me") for _ in range(11)]
    assert statuses(answers) == [200] * 10 + [429]
    assert problem(answers[-1]) == LIMITED
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60


def test_every_limited_answer_says_what_is_left(ada: Account) -> None:
    answers = [ada.get("/users/me") for _ in range(12)]
    assert [answer.headers["X-RateLimit-Limit"] for answer in answers] == ["10"] * 12
    assert [int(answer.headers["X-RateLimit-Remaining"]) for answer in answers] == [*range(9, -1, -1), 0, 0]
    resets = [int(answer.headers["X-RateLimit-Reset"]) - time.time() for answer in answers]
    assert all(0 < seconds <= 61 for seconds in resets)
    assert ["Retry-After" in answer.headers for answer in answers] == [False] * 10 + [True] * 2


def test_limited_routes_say_so_whatever_they_answer(client: FlaskClient) -> None:
    for path in ("login", "register", "password/forgot", "verify-email/resend"):
        for sent in ({}, {"email": "nobody@example.org", "username": "nobody", "password": PASSWORD}):
            answer = client.post(f"{API}/auth/{path}", json=sent)
            for name in ("Limit", "Remaining", "Reset"):
                assert answer.headers[f"X-RateLimit-{name}"].isdigit(), (path, sent, name)


def test_the_looks_of_one_user_are_not_those_of_another(ada: Account) -> None:
    eve = sign_up(ada.client, "eve")
    assert statuses([ada.get("/users/me") for _ in range(10)]) == [200] * 10
    assert eve.get("/users/me").status_code == 200


def test_who_is_not_signed_in_does_not_count(ada: Account) -> None:
    for _ in range(12):
        assert ada.client.get(f"{API}/users/me").status_code == 401
    assert ada.get("/users/me").headers["X-RateLimit-Remaining"] == "9"


def test_a_minute_later_one_may_look_again(make_app: MakeApp) -> None:
    ada = sign_up(make_app(REDIS_URL="").test_client())
    answers = [ada.get("/users/me") for _ in range(11)]
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=int(answers[-1].headers["Retry-After"]) + 1)):
        assert ada.get("/users/me").status_code == 200


def test_one_is_never_told_to_come_back_in_no_time(make_app: MakeApp) -> None:
    ada = sign_up(make_app(ME_RATE_LIMIT="1 per second").test_client())
    answers = [ada.get("/users/me") for _ in range(12)]
    waits = [int(answer.headers["Retry-After"]) for answer in answers if answer.status_code == 429]
    assert waits
    assert min(waits) >= 1


def test_limits_can_be_turned_off(make_app: MakeApp) -> None:
    ada = sign_up(make_app(RATE_LIMITS=False).test_client())
    assert statuses([ada.get("/users/me") for _ in range(12)]) == [200] * 12
    assert statuses([login(ada.client) for _ in range(12)]) == [401] * 12


@pytest.mark.faults
def test_limits_go_on_when_redis_goes_away(make_app: MakeApp, redis_url: str) -> None:
    with tcp_proxy(redis_url) as line:
        ada = sign_up(make_app(REDIS_URL=line.url).test_client())
        line.refuse()
        assert statuses([ada.get("/users/me") for _ in range(11)]) == [200] * 10 + [429]
        assert login(ada.client, password=PASSWORD).status_code == 200


@pytest.mark.faults
def test_limits_go_on_when_redis_hangs_after_half_a_second(make_app: MakeApp, redis_url: str) -> None:
    with tcp_proxy(redis_url) as line:
        ada = sign_up(make_app(REDIS_URL=line.url).test_client())
        line.stall()
        start = time.monotonic()
        assert ada.get("/users/me").status_code == 200
        assert time.monotonic() - start < 0.5 + 0.5  # half a second for a machine that is busy
        assert statuses([ada.get("/users/me") for _ in range(10)]) == [200] * 9 + [429]


@pytest.mark.faults
def test_whoever_signs_in_while_redis_goes_away_is_signed_in(make_app: MakeApp, redis_url: str) -> None:
    """The attempt was counted in Redis, which goes away during half a second of bcrypt, and cannot be given back."""
    with tcp_proxy(redis_url) as line:
        client = make_app(REDIS_URL=line.url, BCRYPT_LOG_ROUNDS=12).test_client()
        sign_up(client)
        threading.Timer(0.15, line.refuse).start()
        assert login(client, password=PASSWORD).status_code == 200


@pytest.mark.slow
def test_a_redis_that_seems_to_be_back_and_fails_again_is_no_error(
    make_app: MakeApp, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It answers only PING, and whenever one request falls back to memory, another one ends the fallback."""
    user = "only-ping"
    with Redis.from_url(redis_url) as redis:
        redis.acl_setuser(user, enabled=True, passwords=["+easy"], categories=["-@all"], commands=["+ping"])
        try:
            app = make_app(REDIS_URL=redis_url.replace("://", f"://{user}:easy@"))
            monkeypatch.setattr(
                SteadyLimiter, "_storage_dead", property(lambda _: False, lambda *_: None), raising=False
            )
            ada = sign_up(app.test_client())
            looks = [ada.get("/users/me") for _ in range(11)]
            assert login(ada.client, password=PASSWORD).status_code == 200
        finally:
            redis.acl_deluser(user)
    assert statuses(looks) == [200] * 10 + [429]
