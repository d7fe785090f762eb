"""Flask-Limiter, steadied where it races."""

from collections.abc import Callable

from flask import Flask, Response
from flask_limiter import Limiter
from redis import RedisError

PASSING = (RedisError, RuntimeError)  # what counting raises and a second attempt does not


class SteadyLimiter(Limiter):
    """Flask-Limiter, which of several threads that find Redis gone at once lets only the first count in memory.

    And when two count there at once, its timer may be started twice, before anything is counted.
    """

    def init_app(self, app: Flask) -> None:
        """Begin with the storage of this application, whatever became of that of another one in this process."""
        super().init_app(app)
        self._storage_dead = False

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
