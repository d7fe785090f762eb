"""Recognise secrets that are easy to guess: short, repetitive, made of words or published, encoded or not."""

import hashlib
import re
from base64 import b64decode
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from itertools import pairwise
from typing import Final

WORDS: Final = (
    "change-me", "changeme", "change_me", "change-this", "changethis", "example", "placeholder", "insecure", "default",
    "secret", "password", "passphrase", "your-", "your_", "jwt-key", "jwt_key", "letmein", "replace", "dummy-",
    "dummy_", "modified", "testing", "for-test", "development", "lorem ipsum", "loremipsum", "keyboard", "quick brown",
    "signing", "production", "complex", "geheim", "schluessel", "motdepasse",
)  # fmt: skip
SEQUENCES: Final = (
    "0123456789", "1234567890", "abcdefgh", "qwertyui", "asdfghjk", "1qaz2wsx", "zxcvbnm", "11223344", "31415926",
    "0001020304", "qazwsxed", "asdf1234", "deadbeef", "cafebabe",
)  # fmt: skip
PUBLISHED: Final = (
    "404e635266556a58", "3cfa76ef14937c1c", "357638792f423f44", "09d25e094faa6ca2", "192b9bdd22ab9ed4",
    "5791628bb0b13ce0", "46bkjoqylppoexq0", "81hqdtbqaywksoum", "9a4f2c8d3b7a1e6f", "daf66e01593f61a1",
    "6ba7b810-9dad-11", "123e4567-e89b-12", "550e8400-e29b-41", "2b7e151628aed2a6", "603deb1015ca71be",
    "aym1sysppbyd", "eyjhbgcioij",
)  # fmt: skip
"""Beginnings of keys that are copied from guides to Spring, FastAPI, Flask and Airflow, of UUIDs and keys that are the
examples of standards, and of a token."""
GENERATED: Final = re.compile(r"[2-4][r-u][5-7][u-x][89!][x-za]")
"""In every key of a generator that guides to Spring recommend: it repeats one row of characters with few variations."""
PLACEHOLDER: Final = re.compile(r"\{\{.*\}\}|\$[({].*[)}]|<.*>", re.DOTALL)
COMMON: Final = (
    "admin", "changeme", "change-me", "contacts", "db", "default", "example", "foobared", "letmein", "pass", "passwd",
    "password", "postgres", "postgresql", "qwerty", "redis", "root", "secret", "test", "user", "welcome", "12345",
    "123456", "12345678", "123456789", "abc", "changeit", "docker", "iloveyou", "master", "pwd", "toor",
)  # fmt: skip
"""Passwords of databases."""
DIGESTS: Final = {
    hashlib.new(algorithm, word.encode(), usedforsecurity=False).hexdigest()
    for algorithm in ("md5", "sha1", "sha256", "sha512")
    for word in ("", *COMMON)
}
LEAST_BYTES: Final = 32
LEAST_PAIRS, LEAST_STEPS = 20, 8
"""Different pairs of neighbours in a key, and different distances between them. 200,000 random keys of 32 hexadecimal
digits had 21 and 12 at least; what is repeated or counted up has fewer."""
ENGLISH: Final = (
    "th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve co me de hi ri ro ic "
    "ne ea ra ce li ch ll be ma si om ur"
)
"""The most frequent pairs of letters."""
MOST_ENGLISH: Final = 0.37  # of the pairs; English has 0.45, random letters 0.07
LOOKALIKES: Final = str.maketrans("013457@$!", "oleastasi")


def is_secret(key: str | None) -> bool:
    """Whether a key has at least 32 bytes of ASCII that look random, and is no known example."""
    if key is None or not key.isascii() or len(key) < LEAST_BYTES:
        return False
    return all(map(is_random, (key, *decoded(key))))


def decoded(key: str) -> Iterator[str]:
    """The text that the key encodes in hexadecimal or base64, if it does."""
    for decode in (bytes.fromhex, partial(b64decode, validate=True)):
        with suppress(ValueError):
            text = decode(key).decode("ascii")
            yield from [text] if text.strip().isprintable() else []


def is_random(key: str) -> bool:
    folded = key.lower()
    if folded in DIGESTS or folded.startswith(PUBLISHED) or GENERATED.search(folded) or PLACEHOLDER.fullmatch(key):
        return False
    if any(part in folded or part in folded[::-1] for part in SEQUENCES) or has_word(folded):
        return False
    pairs = set(pairwise(key))
    steps = {ord(second) - ord(first) for first, second in pairs}
    return len(pairs) >= min(LEAST_PAIRS, len(key) // 2) and len(steps) >= LEAST_STEPS and not is_english(folded)


def has_word(folded: str) -> bool:
    plain = folded.translate(LOOKALIKES)
    return any(word in folded or word in plain for word in WORDS)


def is_english(folded: str) -> bool:
    """Whether so many pairs of letters are frequent in English that the key consists of words."""
    letters = "".join(filter(str.isalnum, folded))
    common = sum(first + second in ENGLISH for first, second in pairwise(letters))
    return common > max(MOST_ENGLISH * len(letters), LEAST_STEPS)


def is_common(password: str, user: str = "") -> bool:
    """Whether a password is a common one or the user's name, perhaps with digits, or made of words of examples.

    Also where signs stand for the letters that they look like.
    """
    folded = password.lower()
    if has_word(folded) or PLACEHOLDER.fullmatch(password):
        return True
    plain = folded.rstrip("0123456789!?.#*")
    spellings = {folded, plain, folded.translate(LOOKALIKES), plain.translate(LOOKALIKES)}
    return len(set(folded)) == 1 or not spellings.isdisjoint({*COMMON, user.lower()} - {""})
