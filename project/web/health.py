"""Health checks for load balancers."""

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, Response
from redis import Redis, RedisError
from sqlalchemy.exc import SQLAlchemyError

from project.config import ROOT, VERSION
from project.errors import ServiceUnavailable
from project.extensions import db, redis_options, settings
from project.web import responses

blueprint = Blueprint("health", __name__)

NEWEST_REVISION = ScriptDirectory(str(ROOT / "migrations")).get_current_head()


@blueprint.get("/healthz")
def is_alive() -> Response:
    return responses.reply({"status": "alive", "version": VERSION})


@blueprint.get("/readyz")
def is_ready() -> Response:
    """Answer 503 with the name of the part unless the database and Redis answer and the schema is current."""
    check_database()
    check_redis()
    return responses.reply({"status": "ready"})


def check_database() -> None:
    try:
        revisions = MigrationContext.configure(db.session.connection()).get_current_heads()
    except SQLAlchemyError:
        raise ServiceUnavailable("The database does not answer.", part="database") from None
    if revisions != (NEWEST_REVISION,):
        raise ServiceUnavailable("The database's schema is not current.", part="schema")


def check_redis() -> None:
    url = settings.redis_url
    if url is None:
        return
    try:
        with Redis.from_url(url, **redis_options()) as redis:
            redis.ping()
    except RedisError:
        raise ServiceUnavailable("Redis does not answer.", part="redis") from None
