"""Share the threads of a process fairly: slow requests leave one to quick ones, and each user has one costly request.

A costly request (an import, a picture, a large batch) holds a place. One that finds none waits for a moment, unless the
wait would occupy the last thread. Each device that syncs by CardDAV counts as a user. Requests that hash a password
count among the same threads; those of one network leave one of them to others.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from threading import Condition
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from flask import Response, request

from project.errors import RateLimited, ServiceUnavailable
from project.web import order
from project.web.client_address import network_of

P = ParamSpec("P")
R = TypeVar("R")

WAIT_SECONDS = 1.0
UNKNOWN = 64  # threads of a server that does not tell, such as `flask run`


class Place:
    """A place in a process, held until it is left."""

    def __init__(self, shares: "Shares", holder: UUID) -> None:
        self.shares, self.holder, self.is_held = shares, holder, True

    def leave(self) -> None:
        """Give the place up; may be repeated."""
        with self.shares.changed:
            if self.is_held:
                self.is_held = False
                self.shares.users.remove(self.holder)
                self.shares.slow -= 1
                self.shares.changed.notify_all()

    def held(self, view: Callable[[], Any]) -> Any:
        """Run a view; leave the place once its answer was made, or was streamed or closed."""
        try:
            answer = view()
        except BaseException:
            self.leave()
            raise
        if isinstance(answer, Response) and answer.is_streamed:
            answer.response = self.streamed(answer.iter_encoded())
            answer.call_on_close(self.leave)
        else:
            self.leave()
        return answer

    def streamed(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        try:
            yield from pieces
        finally:
            self.leave()


class Shares:
    """The threads that are busy with slow requests, and the users who hold a place."""

    def __init__(self, threads: int) -> None:
        self.changed = Condition()
        self.slow, self.users, self.networks = 0, set[UUID](), Counter[str]()
        self.divide(threads)

    def divide(self, threads: int) -> None:
        """Reserve one of the threads for quick requests, and another for passwords."""
        self.most_slow, self.most_costly = max(threads - 1, 1), max(threads - 2, 1)

    @contextmanager
    def thread(self, network: str = "") -> Iterator[None]:
        """Occupy a thread; raises ServiceUnavailable if none would be left to quick requests, or to other networks."""
        with self.changed:
            if self.slow >= self.most_slow or (network and self.networks[network] >= self.most_costly):
                raise ServiceUnavailable("Too many slow requests are running.")
            self.slow += 1
            self.networks[network] += 1
        try:
            yield
        finally:
            with self.changed:
                self.slow -= 1
                self.networks -= Counter([network])

    def take(self, user_id: UUID) -> Place:
        """Take a place; raises RateLimited if the user holds one, and ServiceUnavailable if all are taken."""
        with self.thread(), self.changed:
            if not self.changed.wait_for(lambda: self.is_free_for(user_id), WAIT_SECONDS):
                if user_id in self.users:
                    raise RateLimited("Another costly request of yours is running.")
                raise ServiceUnavailable("Too many costly requests are running.")
            self.users.add(user_id)
            self.slow += 1
        return Place(self, user_id)

    def is_free_for(self, user_id: UUID) -> bool:
        return user_id not in self.users and len(self.users) < self.most_costly

    @contextmanager
    def place(self, user_id: UUID) -> Iterator[None]:
        """Hold a place; raises as `take` does."""
        place = self.take(user_id)
        try:
            yield
        finally:
            place.leave()


of_process = Shares(UNKNOWN)


def slow(view: Callable[P, R]) -> Callable[P, R]:
    """For a view that hashes a password. It comes first, so that a refusal costs almost nothing."""

    @wraps(view)
    def occupied(*args: P.args, **kwargs: P.kwargs) -> R:
        with of_process.thread(network_of(request.remote_addr or "")):
            return view(*args, **kwargs)

    return order.step("slow", view, occupied)
