"""The extensions: made here, bound to the application in `create_app`."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask, Response, current_app
from flask_bcrypt import Bcrypt
from flask_cors import CORS
from flask_jwt_extended import JWTManager
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_mail import Mail
from flask_migrate import Migrate
from flask_smorest import Api
from flask_sqlalchemy import SQLAlchemy
from redis import RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import CursorResult, Select
from werkzeug.local import LocalProxy

from project.config import APP_NAME
from project.database import Base, driver_url, engine_options
from project.reads import RequestSession, reader, reading, release_reader

REDIS_SECONDS = 0.2
CLOCK_SECONDS = 3600  # by which a clock may be set back and nobody is signed out; `callers` knows no leeway for expiry
STRATEGY = "fixed-window"
PASSING = (RedisError, RuntimeError)  # what counting raises and a second attempt does not


class SteadyLimiter(Limiter):
    """Flask-Limiter, which of several threads that find Redis gone at once lets only the first count in memory.

    And when two count there at once, its timer may be started twice, before anything is counted.
    """

    def _check_request_limit(self, callable_name: str | None = None, in_middleware: bool = True) -> None:  # noqa: FBT001, FBT002  # flask-limiter's signature
        if in_middleware:  # whose look at every request finds nothing: our limits are on views
            return
        try:
            super()._check_request_limit(callable_name, in_middleware)
        except PASSING:
            self.context.seen_limits.clear()
            super()._check_request_limit(callable_name, in_middleware)

    def _Limiter__inject_headers(self, response: Response) -> Response:  # noqa: N802  # flask-limiter's name for it
        try:
            return self.inject_headers(response)
        except PASSING:
            return self.inject_headers(response)

    inject_headers: Callable[..., Response] = Limiter._Limiter__inject_headers  # type: ignore[attr-defined]


db = SQLAlchemy(metadata=Base.metadata, session_options={"class_": RequestSession, "expire_on_commit": False})
migrate = Migrate(db=db, compare_type=True, render_as_batch=True)
jwt = JWTManager()
bcrypt = Bcrypt()
mail = Mail()
cors = CORS()
api = Api()
limiter = SteadyLimiter(get_remote_address, strategy=STRATEGY, headers_enabled=True, in_memory_fallback_enabled=True)

store: Any = LocalProxy(lambda: current_app.extensions["pictures"])
settings: Any = LocalProxy(lambda: current_app.config)  # of the application at work, for those who know no request


def fetch(statement: Select[*tuple[Any, ...]], values: Mapping[str, Any]) -> CursorResult[*tuple[Any, ...]]:
    """The rows of a statement of columns, past the ORM, in the transaction if there is one."""
    connection = reader(db) if reading.get() else db.session.connection()
    return connection.execute(statement, values)


def configure(app: Flask) -> None:
    """Say to each extension, in its own words, what our settings say."""
    url = driver_url(app.config["DATABASE_URL"])
    app.config.update(
        SQLALCHEMY_DATABASE_URI=url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(url),
        JWT_ACCESS_TOKEN_EXPIRES=app.config["ACCESS_TOKEN_SECONDS"],
        JWT_TOKEN_LOCATION=["headers"],
        JWT_COOKIE_CSRF_PROTECT=False,
        JWT_ENCODE_ISSUER=app.config["PUBLIC_URL"],
        JWT_DECODE_ISSUER=app.config["PUBLIC_URL"],
        JWT_ENCODE_AUDIENCE="contacts-api",
        JWT_DECODE_AUDIENCE="contacts-api",
        JWT_DECODE_LEEWAY=CLOCK_SECONDS,
        BCRYPT_HANDLE_LONG_PASSWORDS=True,
        RATELIMIT_ENABLED=app.config["RATE_LIMITS"],
        RATELIMIT_STORAGE_URI=storage_url(app.config["REDIS_URL"]),
        RATELIMIT_STORAGE_OPTIONS=redis_options() if app.config["REDIS_URL"] else {},
        RATELIMIT_KEY_PREFIX=f"contacts:{STRATEGY}",
        MAX_CONTENT_LENGTH=1024 * 1024,
        API_TITLE=f"{APP_NAME} API",
        API_VERSION="1.0.0",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
    )


def storage_url(redis_url: str | None) -> str:
    """Where limits are counted, as their library writes it."""
    if redis_url is None:
        return "memory://"
    return f"redis+{redis_url}" if redis_url.startswith("unix:") else redis_url


def redis_options() -> dict[str, object]:
    """A Redis that is gone or hangs is given up at once: the limits go on in memory until it is back."""
    return {
        "socket_timeout": REDIS_SECONDS,
        "socket_connect_timeout": REDIS_SECONDS,
        "retry": Retry(NoBackoff(), 0),
    }


def init_app(app: Flask) -> None:
    configure(app)
    for extension in (db, migrate, jwt, bcrypt, mail, limiter, api):
        extension.init_app(app)
    app.teardown_appcontext(release_reader)
    cors.init_app(
        app,
        resources={r"/api/.*": {"origins": app.config["CORS_ORIGINS"]}},
        supports_credentials=False,
        always_send=False,  # who names no origin would be told all of them
        expose_headers=[
            "ETag", "Link", "Location", "Retry-After", "X-RateLimit-Limit", "X-RateLimit-Remaining",
            "X-RateLimit-Reset", "X-Request-ID",
        ],
        max_age=600,
    )  # fmt: skip
