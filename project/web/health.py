"""Health checks for load balancers."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import NamedTuple, cast

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, Flask, Response, current_app
from redis import Redis, RedisError
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from project.config import ROOT, VERSION
from project.errors import ServiceUnavailable
from project.extensions import db, migrations_engine, redis_options, settings
from project.web import responses

blueprint = Blueprint("health", __name__)

KEY = "readiness"

NEWEST_REVISION = ScriptDirectory(str(ROOT / "migrations")).get_current_head()


@blueprint.get("/healthz")
def is_alive() -> Response:
    return responses.reply({"status": "alive", "version": VERSION})


@blueprint.get("/readyz")
def is_ready() -> Response:
    """Answer 503 with the name of the part unless the database and Redis answer and the schema is current.

    Of several requests at once, one checks.
    """
    if found := cast(Latest, current_app.extensions[KEY]).look():
        raise ServiceUnavailable(found.detail, part=found.part)
    return responses.reply({"status": "ready"})


class Missing(NamedTuple):
    """A part that does not answer, and what to say of it."""

    detail: str
    part: str


class Latest:
    """The latest result. While one request checks, others get it; they wait only for the first one."""

    def __init__(self) -> None:
        self.lock, self.is_known = Lock(), False
        self.found: Missing | None = None

    def look(self) -> Missing | None:
        if self.lock.acquire(blocking=not self.is_known):
            try:
                self.found, self.is_known = missing(), True
            finally:
                self.lock.release()
        return self.found


def missing() -> Missing | None:
    return check_database() or check_redis()


def check_database() -> Missing | None:
    try:
        with schema_connection() as connection:
            revisions = MigrationContext.configure(connection).get_current_heads()
    except SQLAlchemyError:
        return Missing("The database does not answer.", "database")
    if revisions != (NEWEST_REVISION,):
        return Missing("The database's schema is not current.", "schema")
    return None


@contextmanager
def schema_connection() -> Iterator[Connection]:
    """Where the schema's revision is: on a cluster the coordinator alone has it. Raises SQLAlchemyError."""
    own = db.session.connection()
    if settings.migrations_database_url is None:
        yield own
        return
    own.execute(text("SELECT 1"))
    with migrations_engine() as engine, engine.connect() as connection:
        yield connection


def check_redis() -> Missing | None:
    url = settings.redis_url
    if url is None:
        return None
    try:
        with Redis.from_url(url, **redis_options()) as redis:
            redis.ping()
    except RedisError:
        return Missing("Redis does not answer.", "redis")
    return None


def init_app(app: Flask) -> None:
    app.extensions[KEY] = Latest()
    app.register_blueprint(blueprint)
