"""Flask's extensions: created here, bound to the application in `create_app`."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from flask import Flask, current_app
from flask_bcrypt import Bcrypt
from flask_cors import CORS
from flask_jwt_extended import JWTManager
from flask_limiter.util import get_remote_address
from flask_mail import Mail
from flask_migrate import Migrate
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import Engine, create_engine

from project import counts
from project.config import APP_NAME, VERSION, Settings
from project.database.base import driver_url, engine_options
from project.database.reading import db as db
from project.limiter import SteadyLimiter

REDIS_SECONDS = 0.2
AUDIENCE = "contacts-api"  # of the tokens (RFC 7519 §4.1.3)
STRATEGY = "fixed-window"

migrate = Migrate(db=db, compare_type=True, render_as_batch=True)
jwt = JWTManager()
bcrypt = Bcrypt()
mail = Mail()
cors = CORS()
limiter = SteadyLimiter(get_remote_address, strategy=STRATEGY, headers_enabled=True, in_memory_fallback_enabled=True)


class CurrentSettings:
    """The current application's settings. A LocalProxy would take twice as long, and a request reads a dozen."""

    def __getattr__(self, name: str) -> object:
        return getattr(current_app.extensions["settings"], name)


settings = cast(Settings, CurrentSettings())


def configure(app: Flask, settings: Settings) -> None:
    """Translate our settings into those of the extensions, some of which have the same names."""
    app.extensions["settings"] = settings
    app.config.update({name.upper(): value for name, value in vars(settings).items()})
    url = driver_url(settings.database_url)
    app.config.update(
        SQLALCHEMY_DATABASE_URI=url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(url),
        JWT_COOKIE_CSRF_PROTECT=False,
        JWT_ENCODE_ISSUER=settings.public_url,
        JWT_DECODE_ISSUER=settings.public_url,
        JWT_ENCODE_AUDIENCE=AUDIENCE,
        JWT_DECODE_AUDIENCE=AUDIENCE,
        BCRYPT_HANDLE_LONG_PASSWORDS=True,
        RATELIMIT_ENABLED=settings.rate_limits,
        RATELIMIT_STORAGE_URI=storage_url(settings.redis_url),
        RATELIMIT_STORAGE_OPTIONS=redis_options() if settings.redis_url else {},
        RATELIMIT_KEY_PREFIX=f"contacts:{STRATEGY}",
        API_TITLE=f"{APP_NAME} API",
        API_VERSION=VERSION,
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
    )


@contextmanager
def migrations_engine() -> Iterator[Engine]:
    """The engine that alters tables: that of MIGRATIONS_DATABASE_URL, if it is set."""
    if settings.migrations_database_url is None:
        yield db.engine
        return
    url = driver_url(settings.migrations_database_url)
    engine = create_engine(url, **engine_options(url))
    try:
        yield engine
    finally:
        engine.dispose()


def storage_url(redis_url: str | None) -> str:
    """The URL of the storage where limits are counted, as the library `limits` reads it.

    Without Redis the processes that gunicorn starts count in a file (LIMITS_FILE, set by `deploy/gunicorn.conf.py`).
    """
    if redis_url is None:
        file = os.environ.get("LIMITS_FILE")
        return f"{counts.SCHEME}://{file}" if file else "memory://"
    return f"redis+{redis_url}" if redis_url.startswith("unix:") else redis_url


def redis_options() -> dict[str, object]:
    """Give up at once on a Redis that is down or hangs; limits are counted in memory until it is back."""
    return {
        "socket_timeout": REDIS_SECONDS,
        "socket_connect_timeout": REDIS_SECONDS,
        "retry": Retry(NoBackoff(), 0),
    }


def init_app(app: Flask, settings: Settings) -> None:
    configure(app, settings)
    for extension in (db, migrate, jwt, bcrypt, mail, limiter):
        extension.init_app(app)
    cors.init_app(
        app,
        resources={r"/(api|pictures|avatars)/.*": {"origins": settings.cors_origins}},
        supports_credentials=False,
        always_send=False,  # otherwise a request without an Origin would be told all of them
        expose_headers=[
            "ETag", "Link", "Location", "Retry-After", "X-RateLimit-Limit", "X-RateLimit-Remaining",
            "X-RateLimit-Reset", "X-Request-ID",
        ],
        max_age=600,
    )  # fmt: skip
