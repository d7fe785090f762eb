"""Flask-Limiter without its races, and with counts that views make themselves.

It stands on private parts of Flask-Limiter 4.1.1: `_check_request_limit`, which is called before each request and each
decorated function, `__inject_headers`, `_storage_dead`, `_fallback_limiter`, `_key_prefix`, and where limits of routes
are kept: `_application_limits`, `_default_limits`, `_blueprint_limits` and `_meta_limits`.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import NamedTuple

import structlog
from flask import Flask, Response
from flask_limiter import Limiter, RequestLimit
from limits import RateLimitItem, parse_many
from limits.strategies import RateLimiter
from redis import RedisError

LOST = (RedisError, sqlite3.Error)  # of the storage: counts go on in memory
PASSING = (*LOST, RuntimeError)  # raised while counting; a second attempt, in memory, succeeds

log = structlog.get_logger()
counts_in_memory: ContextVar[bool] = ContextVar("counts_in_memory", default=False)


class Count(NamedTuple):
    """A rate, and the name of what is counted."""

    rate: RateLimitItem
    name: tuple[str, ...]


@lru_cache
def rates(text: str, factor: int = 1) -> list[RateLimitItem]:
    """Parse a setting such as `10 per minute; 100 per hour`, with each amount times `factor`."""
    return [type(rate)(rate.amount * factor, rate.multiples) for rate in parse_many(text)]


def adds_headers(function: object) -> bool:
    """Whether this is Flask-Limiter's own function after a request, which it registers past any subclass."""
    return getattr(function, "func", None) is Limiter._Limiter__inject_headers  # type: ignore[attr-defined]


class SteadyLimiter(Limiter):
    """Work around three races in Flask-Limiter's in-memory fallback.

    When several threads lose the storage, only the first falls back. While one falls back, another may find that the
    storage is back, which then fails again. MemoryStorage may start its timer twice.
    """

    def init_app(self, app: Flask) -> None:
        """Start with this application's storage, even if that of another application in this process has failed."""
        super().init_app(app)
        self._storage_dead = False
        functions = app.after_request_funcs.get(None, [])
        functions[:] = [self._Limiter__inject_headers if adds_headers(each) else each for each in functions]

    @property
    def limiter(self) -> RateLimiter:
        """The one in memory while the storage is down, or during a second attempt."""
        return (counts_in_memory.get() and self._fallback_limiter) or super().limiter

    @contextmanager
    def second_attempt(self) -> Iterator[None]:
        token = counts_in_memory.set(True)
        try:
            yield
        finally:
            counts_in_memory.reset(token)

    def _check_request_limit(self, callable_name: str | None = None, in_middleware: bool = True) -> None:  # noqa: FBT001, FBT002  # flask-limiter's signature
        if in_middleware and not self._storage_dead and not self.has_limits_of_routes:
            return
        try:
            super()._check_request_limit(callable_name, in_middleware)
        except PASSING:
            self.context.seen_limits.clear()
            with self.second_attempt():
                super()._check_request_limit(callable_name, in_middleware)

    @property
    def has_limits_of_routes(self) -> bool:
        """Whether there is anything to count before a view is called; a decorated function counts by itself."""
        manager = self.limit_manager
        groups = (manager._application_limits, manager._default_limits, manager._blueprint_limits, self._meta_limits)
        return any(groups)

    def _Limiter__inject_headers(self, response: Response) -> Response:  # noqa: N802  # flask-limiter's name for it
        try:
            return self.inject_headers(response)
        except PASSING:
            with self.second_attempt():
                return self.inject_headers(response)

    inject_headers: Callable[..., Response] = Limiter._Limiter__inject_headers  # type: ignore[attr-defined]

    def spend(self, counts: Sequence[Count]) -> Count | None:
        """Count once in each, in this order. Return the first that is full, if any; then nothing is counted.

        The answer's headers show the first.
        """
        if not self.enabled:
            return None
        for position, count in enumerate(counts):
            if not self.hit(count):
                self.give_back(counts[: position + 1])
                return count
        self.show(counts[0])
        return None

    def give_back(self, counts: Sequence[Count]) -> None:
        """Undo `spend`. If Redis went down in the meantime, the counts stay."""
        if not self.enabled:
            return
        storage = self.limiter.storage
        try:
            for count in counts:
                storage.incr(count.rate.key_for(*self.identify(count)), count.rate.get_expiry(), amount=-1)
        except PASSING as error:
            log.warning("attempt_not_given_back", error=type(error).__name__)

    def show(self, count: Count) -> None:
        """Show this count in the answer's headers."""
        self.context.view_rate_limit = RequestLimit(
            self, count.rate, list(self.identify(count)), breached=False, shared=True
        )

    def identify(self, count: Count) -> tuple[str, ...]:
        return (self._key_prefix, *count.name)

    def hit(self, count: Count) -> bool:
        """Count once, in memory while Redis is down; return whether there was room."""
        if not self.enabled:
            return True
        try:
            return self.limiter.hit(count.rate, *self.identify(count))
        except PASSING as error:
            self._storage_dead = self._storage_dead or isinstance(error, LOST)
            with self.second_attempt():
                return self.limiter.hit(count.rate, *self.identify(count))

    def has_room(self, count: Count) -> bool:
        """Whether another one may be counted; assumed when the storage has just been lost."""
        try:
            return not self.enabled or self.limiter.test(count.rate, *self.identify(count))
        except PASSING:
            return True
