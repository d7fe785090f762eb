"""Passwords: which are refused, and their bcrypt hashes, made one at a time so that other requests stay quick."""

import os
import re
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from project.errors import ServiceUnavailable, WeakPassword
from project.extensions import bcrypt, settings
from project.users import breaches
from project.users.names import username_key

SHORTEST = 8
COMMON = frozenset((Path(__file__).parent / "common-passwords.txt").read_text().splitlines())
"""Those of zxcvbn 4.5.0 (MIT licence) that are long enough; its module would take 14 MB of each process."""

QUEUE_SECONDS = 4  # twice for a change of password, and where a hash is renewed

NICE = 10  # of 19: about a tenth of a processor while requests need all of it


def yield_to_requests() -> None:
    """Lower the priority of this thread. Only Linux has one for each thread; elsewhere it is the whole process's."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)


hashing = threading.BoundedSemaphore(1)
hasher = ThreadPoolExecutor(1, "hashing", initializer=yield_to_requests)


def check_strength(password: str, *own: str) -> None:
    """Refuse what is short, common, or one of the user's `own` names and addresses; raises WeakPassword."""
    if len(password) < SHORTEST:
        raise WeakPassword(f"Shorter than {SHORTEST} characters.")
    folded = username_key(password)
    if folded in COMMON:
        raise WeakPassword("This password is among the most common ones.")
    check_words(folded)
    if (file := settings.breached_passwords_file) and breaches.contains(Path(file), password):
        raise WeakPassword("This password was stolen elsewhere.")
    names = {username_key(name) for name in own}
    if folded in names | {name.partition("@")[0] for name in names}:
        raise WeakPassword("The password is the user's own name or address.")


def check_words(folded: str) -> None:
    """Refuse a password that is little more than words of FORBIDDEN_PASSWORDS: its rest is short or common."""
    words = [word for word in map(username_key, settings.forbidden_passwords) if word in folded]
    rest = folded
    for word in words:
        rest = rest.replace(word, "")
    rest = re.sub(r"\W", "", rest)
    if words and (len(rest) < SHORTEST or rest in COMMON):
        raise WeakPassword("The password is made of words that are easy to guess here.")


def make_hash(password: str) -> str:
    """A bcrypt hash of the whole password; raises ServiceUnavailable when too many are waiting."""
    with turn():
        return str(hasher.submit(bcrypt.generate_password_hash, password).result().decode())


def matches(password: str, password_hash: str | None) -> bool:
    """Return whether this is the password. For an unknown user (None) it is False, after the same time."""
    with turn():
        rounds = settings.bcrypt_log_rounds
        checked = hasher.submit(compare, password, password_hash or decoy(rounds), rounds)
        return checked.result() and password_hash is not None


def compare(password: str, password_hash: str, rounds: int) -> bool:
    """Whether the hash is this password's; takes as long for a hash from before BCRYPT_LOG_ROUNDS was raised.

    A hash costs 2 to the power of its rounds, so comparing once with each number of rounds between makes up the rest.
    """
    is_right = bool(bcrypt.check_password_hash(password_hash, password))
    for fewer in range(rounds_of(password_hash), rounds):
        bcrypt.check_password_hash(decoy(fewer), password)
    return is_right


def renewed(password: str, password_hash: str) -> str | None:
    """A new hash if BCRYPT_LOG_ROUNDS has changed since; None if it has not, or if too many are waiting."""
    if rounds_of(password_hash) == settings.bcrypt_log_rounds:
        return None
    with suppress(ServiceUnavailable):
        return make_hash(password)
    return None


def rounds_of(password_hash: str) -> int:
    return int(password_hash[4:6])


def decoy(rounds: int) -> str:
    """A bcrypt hash that no password matches, so that unknown users take equally long."""
    return f"$2b${rounds:02}${'.' * 53}"


@contextmanager
def turn() -> Iterator[None]:
    if not hashing.acquire(timeout=QUEUE_SECONDS):
        raise ServiceUnavailable("Too many passwords are being checked at present.")
    try:
        yield
    finally:
        hashing.release()
