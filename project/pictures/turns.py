"""Calls that are given up after some time, and of which only a few are under way at once."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final

MOST_CALLS: Final = 3  # at the same time in one process, abandoned ones included: a thread is left for address books
TURN_SECONDS: Final = 0.2  # that a call waits for another to end

_calls = threading.BoundedSemaphore(MOST_CALLS)


def answer_within(seconds: float, call: Callable[[], Any]) -> Any:
    """What the call returns or raises. The SDK knows no such limit, only one between two bytes: so a thread waits."""
    if not _calls.acquire(timeout=min(TURN_SECONDS, max(seconds, 0))):
        raise TimeoutError("Too many calls of Cloudinary have no answer yet.")
    answer: Future[Any] = Future()
    threading.Thread(target=_answer, args=(answer, call), daemon=True).start()
    return answer.result(seconds)


def _answer(answer: Future[Any], call: Callable[[], Any]) -> None:
    try:
        answer.set_result(_ending_turn(call))
    except Exception as error:  # it is raised where the answer is awaited
        answer.set_exception(error)


def _ending_turn(call: Callable[[], Any]) -> Any:
    try:
        return call()
    finally:
        _calls.release()
