"""Fair shares of a process: what is slow leaves a thread to all that is quick, and a user gets one costly place.

A costly request (an import, a picture, a large batch) holds a place. Whoever finds none waits for a moment, unless the
wait itself would take the last thread. Passwords, which are slow to hash, take their turns among the same threads.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from threading import Condition
from typing import ParamSpec, TypeVar
from uuid import UUID

from project.errors import RateLimited, ServiceUnavailable
from project.web import order

P = ParamSpec("P")
R = TypeVar("R")

WAIT_SECONDS = 1.0
UNKNOWN = 64  # threads of a server that does not say how many it has, as `flask run`


class Place:
    """A place that is held until it is left."""

    def __init__(self, shares: "Shares", user_id: UUID) -> None:
        self.shares, self.user_id, self.is_held = shares, user_id, True

    def leave(self) -> None:
        """Let others have it; to be repeated without harm."""
        with self.shares.changed:
            if self.is_held:
                self.is_held = False
                self.shares.users.remove(self.user_id)
                self.shares.slow -= 1
                self.shares.changed.notify_all()


class Shares:
    """How many threads are kept busy by what is slow, and which users hold a place."""

    def __init__(self, threads: int) -> None:
        self.changed = Condition()
        self.slow, self.users = 0, set[UUID]()
        self.divide(threads)

    def divide(self, threads: int) -> None:
        """Leave one of so many threads to what is quick, and another one to whoever signs in meanwhile."""
        self.most_slow, self.most_costly = max(threads - 1, 1), max(threads - 2, 1)

    @contextmanager
    def thread(self) -> Iterator[None]:
        """Be slow for a while; raises ServiceUnavailable at once where no thread would be left to what is quick."""
        with self.changed:
            if self.slow >= self.most_slow:
                raise ServiceUnavailable("Too much is under way at present.")
            self.slow += 1
        try:
            yield
        finally:
            with self.changed:
                self.slow -= 1

    def take(self, user_id: UUID) -> Place:
        """A user's place; raises RateLimited for a second one, and ServiceUnavailable when all are taken."""
        with self.thread(), self.changed:
            if not self.changed.wait_for(lambda: self.is_free_for(user_id), WAIT_SECONDS):
                if user_id in self.users:
                    raise RateLimited("Another costly request of yours is under way.")
                raise ServiceUnavailable("Too many costly requests are under way at present.")
            self.users.add(user_id)
            self.slow += 1
        return Place(self, user_id)

    def is_free_for(self, user_id: UUID) -> bool:
        return user_id not in self.users and len(self.users) < self.most_costly

    @contextmanager
    def place(self, user_id: UUID) -> Iterator[None]:
        """Hold a place for a while; raises as `take` does."""
        place = self.take(user_id)
        try:
            yield
        finally:
            place.leave()


of_process = Shares(UNKNOWN)


def slow(view: Callable[P, R]) -> Callable[P, R]:
    """For a view that hashes a password. Whoever is refused costs next to nothing, so this comes first."""

    @wraps(view)
    def occupied(*args: P.args, **kwargs: P.kwargs) -> R:
        with of_process.thread():
            return view(*args, **kwargs)

    return order.step("slow", view, occupied)
