"""Applications that tests may share, as long as nobody can tell.

Making one takes longer than most tests do.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Self

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits.storage import MemoryStorage, Storage
from sqlalchemy import Engine

from project import create_app
from project.database.base import Base
from project.extensions import db, limiter

Settings = Mapping[str, object]


@dataclass(frozen=True)
class Made:
    """An application, with what it was made from and how it was then."""

    app: Flask
    settings: Settings
    config: dict[str, Any]
    storage: Storage

    @classmethod
    def of(cls, settings: Settings) -> Self:
        app = create_app(settings)
        return cls(app, settings, dict(app.config), limiter.storage)

    def serves(self, settings: Settings) -> bool:
        """Whether it was made so, is still so, and is the last that was made: the limiter follows the last one."""
        is_last = limiter.enabled and limiter.storage is self.storage
        return is_last and self.settings == settings and self.config == dict(self.app.config)


class Applications:
    """Keeps one application at most."""

    def __init__(self) -> None:
        self.made: Made | None = None

    def take(self, settings: Settings) -> Flask:
        """An application with these settings, new where the one that is kept is not as good."""
        if not (self.made and self.made.serves(settings)):
            self.close()
            self.made = Made.of(settings)
        if isinstance(self.made.storage, MemoryStorage):  # Redis is emptied by a fixture
            self.made.storage.reset()
        return self.made.app

    def close(self) -> None:
        if self.made:
            release(self.made.app)


def release(app: Flask) -> None:
    """Close its connections to the database."""
    with app.app_context():
        db.engine.dispose()


def empty(database: Engine) -> None:
    """Leave nothing in any table."""
    with database.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())


@contextmanager
def served(database: Engine, settings: Settings) -> Iterator[FlaskClient]:
    """A client of one application for all tests of a module: its database was emptied, its limits are off."""
    empty(database)
    url = database.url.render_as_string(hide_password=False)
    quick = {"DATABASE_URL": url, "BCRYPT_LOG_ROUNDS": 4, "MAIL_WORKER": "none", "RATE_LIMITS": False}
    app = create_app({**quick, **settings})
    yield app.test_client()
    release(app)


def change_settings(monkeypatch: pytest.MonkeyPatch, app: Flask, **changes: object) -> None:
    """Change the settings of an application that is shared, until the test ends."""
    monkeypatch.setitem(app.extensions, "settings", replace(app.extensions["settings"], **changes))


def settings_of(app: Flask) -> dict[str, object]:
    """What another process needs to serve the same people."""
    return {name: app.config[name] for name in ("DATABASE_URL", "JWT_SECRET_KEY", "BCRYPT_LOG_ROUNDS", "MAIL_WORKER")}
