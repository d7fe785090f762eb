"""Applications that tests may share, as long as nobody can tell.

Making one takes a tenth of a second, most of it for the OpenAPI document; a test takes less.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from flask import Flask
from limits.storage import Storage

from project import create_app
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
        return self.made.app

    def close(self) -> None:
        if self.made:
            release(self.made.app)


def release(app: Flask) -> None:
    """Close its connections to the database."""
    with app.app_context():
        db.engine.dispose()
