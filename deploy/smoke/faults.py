"""What must hold while something breaks, is replaced, or is started anew."""

from __future__ import annotations

import time

from load import ALL, STEADY, Load
from phone import API, Phone, sign_in
from stack import REPLICAS, STOP_SECONDS, Stack, check

COUNT_CONTACTS = "psql -U contacts -d {database} -Atc 'SELECT count(*) FROM contacts'"


def a_replica_is_killed_and_no_request_fails(stack: Stack) -> str:
    load, victim = Load(stack, "ada", STEADY), stack.containers("api")[0]
    with load.running(seconds_after=8):
        stack.docker("kill", "--signal", "KILL", victim)
    stack.docker("start", victim)
    load.check_nothing_failed()
    load.check_nothing_lost()
    return f"{load.count} requests"


def a_replica_is_stopped_and_finishes_what_it_has(stack: Stack) -> str:
    stack.wait_until_healthy()
    load, victim = Load(stack, "ada", ALL), stack.containers("api")[0]
    with load.running(seconds_after=3):
        stack.docker("stop", "--time", STOP_SECONDS, victim)
        statuses = stack.inspect("api", ".State.ExitCode")
    stack.docker("start", victim)
    check(statuses == ["0"] * REPLICAS, "the replica ended with", statuses)
    load.check_nothing_failed()
    return f"{load.count} requests"


def an_upgrade_leaves_no_gap(stack: Stack) -> str:
    stack.wait_until_healthy()
    load, before = Load(stack, "ada", ALL), set(stack.containers("api"))
    with load.running(seconds_after=2):
        stack.upgrade()
    after = set(stack.containers("api"))
    check(len(after) == REPLICAS and not after & before, "not all replicas were replaced")
    load.check_nothing_failed()
    load.check_nothing_lost()
    return f"{load.count} requests"


def the_database_dies_and_loses_nothing_it_acknowledged(stack: Stack) -> str:
    load, database = Load(stack, "ada", STEADY), stack.containers("db")[0]
    with load.running(seconds_after=3):
        stack.docker("kill", "--signal", "KILL", database)
        time.sleep(3)
        stack.docker("start", database)
        stack.wait_until_ready()
        stack.compose("restart", "db")
        stack.wait_until_ready()
    check(load.failures, "nobody noticed that the database was away")
    others = [failure for failure in load.failures if failure[1] != 503 or b"service-unavailable" not in failure[2]]
    check(not others, "without a database:", others[:3])
    load.check_nothing_lost()
    return f"{len(load.kept)} writes kept, {len(load.failures)} requests refused meanwhile"


def a_backup_can_be_restored(stack: Stack) -> str:
    before = stack.shell("db", COUNT_CONTACTS.format(database="contacts"))
    extensions = "--extension btree_gin --extension pg_trgm"
    stack.shell("db", f"pg_dump -U contacts {extensions} --format custom --file /tmp/contacts.dump contacts")
    stack.shell("db", "createdb -U contacts --template template0 restored")
    stack.shell("db", "pg_restore -U contacts --no-comments --exit-on-error --dbname restored /tmp/contacts.dump")
    restored = stack.shell("db", COUNT_CONTACTS.format(database="restored"))
    check(int(restored) == int(before) > 0, "restored", restored, "of", before, "contacts")
    return f"{int(before)} contacts"


def all_of_it_stops_in_order(stack: Stack) -> None:
    stack.compose("stop")
    statuses = {
        service: stack.inspect(service, ".State.ExitCode") for service in ("proxy", "api", "worker", "db", "redis")
    }
    check({status for each in statuses.values() for status in each} == {"0"}, "ended with", statuses)


def the_data_outlives_the_containers(stack: Stack) -> None:
    """The volumes keep the database, the pictures and, without a JWT_SECRET_KEY, the key that signs the tokens."""
    stack.up()
    token, before = whole_book(stack, sign_in(stack, "ada").token)
    stack.compose("down")
    stack.up()
    _, after = whole_book(stack, token)
    check(before == after, "the contacts are not what they were")
    address = sign_in(stack, "ada").expect(200, "GET", "/users/me").json["avatar_url"]
    picture = Phone(stack).call("GET", address.removeprefix(f"http://127.0.0.1:{stack.port}"))
    check(picture.headers["Content-Type"] == "image/webp", "the picture is gone")


def whole_book(stack: Stack, token: str) -> tuple[str, bytes]:
    phone = Phone(stack)
    phone.token = token
    return token, phone.expect(200, "GET", "/contacts/export?format=json").body


def without_replicas_the_proxy_says_so(stack: Stack) -> None:
    stack.docker("stop", *stack.containers("api"))
    answer = Phone(stack).call("GET", f"{API}/users/me")
    check(answer.problem() == (503, "service-unavailable"), "without replicas:", answer.status)
    check(answer.headers["Retry-After"] == "2", "Retry-After is", answer.headers["Retry-After"])
