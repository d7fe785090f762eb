"""The encoding of bytes that are no UTF-8 and do not say what they are: that of Windows where the file was made.

chardet weighs how often letters follow each other. What it finds counts only where the words are words: letters of one
script without signs between them, in capitals, in small letters, or with one capital at the start.
"""

import re
from collections.abc import Iterable
from itertools import islice
from typing import Final

import chardet

WESTERN: Final = "cp1252"
EAST_ASIAN: Final = ("gb18030", "big5hkscs", "cp932", "cp949")
ALPHABETS: Final = ("cp1251", "koi8-u", "cp1253", "cp1255", "cp1256", "cp874")
LATIN: Final = (WESTERN, "cp1250", "cp1254", "cp1257")
LATIN_2: Final = "iso8859-2"  # where that of Windows would have signs
MOST_LINES: Final = 2_000
MOST_BYTES: Final = 2**16
LEAST_WORDS: Final = 4  # by which languages in Latin letters are told apart
CLEARLY: Final = 1.5  # times as likely as Western languages
LEAST_LETTERS: Final = {**dict.fromkeys(EAST_ASIAN, 2), **dict.fromkeys(ALPHABETS, 4)}  # of a sample
WORD: Final = re.compile(r"(?:[^\W\d_]|[\u0e31-\u0e4e])+")  # with the vowels and tones of Thai
FOREIGN: Final = re.compile(r"[^\x00-\x7f]")
LATIN_LETTER: Final = re.compile("[A-Za-z\u00aa-\u024f]")
HANGUL_WITH_HAN: Final = re.compile("[\uac00-\ud7a3][\u4e00-\u9fff]|[\u4e00-\u9fff][\uac00-\ud7a3]")
SIGN_IN_WORD: Final = re.compile(
    r"(?<=[^\W\d_])[\u0080-\u00bf\u00d7\u00f7](?=[^\W\d_])|(?<=[^\W\d_]{2})[\u00b3\u00b9\u00af]|[\u00a3\u00af](?=[^\W\d_])"
)


def guess(lines: Iterable[bytes]) -> str:
    """The most likely encoding of lines that are no UTF-8; that of Western Europe where there is too little to tell."""
    sample = b"\n".join(islice(lines, MOST_LINES))[:MOST_BYTES]
    return (script_of(sample) or latin_of(sample)) if sample else WESTERN


def script_of(sample: bytes) -> str:
    """The encoding in which the sample is of another script than Latin; nothing if there is none."""
    likely = likelihoods(sample, LEAST_LETTERS)
    fitting = (each for each in likely if is_script(sample.decode(each, "replace"), LEAST_LETTERS[each]))
    return next(fitting, "")


def latin_of(sample: bytes) -> str:
    """The encoding of a language in Latin letters, in which no signs stand within words."""
    western = sample.decode(WESTERN, "replace")
    words = {word for word in WORD.findall(western) if FOREIGN.search(word)}
    likely = likelihoods(sample, LATIN) if len(words) >= LEAST_WORDS else {WESTERN: 1.0}
    best = max(likely, key=lambda each: likely[each] / (1 if each == WESTERN else CLEARLY), default=WESTERN)
    return min((best, *LATIN, LATIN_2), key=lambda each: len(SIGN_IN_WORD.findall(sample.decode(each, "replace"))))


def likelihoods(sample: bytes, encodings: Iterable[str]) -> dict[str, float]:
    """How likely each of the encodings is, the most likely first."""
    wanted = list(encodings)
    found = chardet.detect_all(
        sample,
        ignore_threshold=True,
        include_encodings=wanted,
        no_match_encoding=wanted[0],
        prefer_superset=True,
        compat_names=False,
    )
    return {each["encoding"]: each["confidence"] for each in found if each["encoding"] in wanted}


def is_script(text: str, least: int) -> bool:
    """Whether the letters that are not of ASCII make up words by themselves, and are not among signs."""
    words = [word for word in WORD.findall(text) if FOREIGN.search(word)]
    letters, most = sum(map(len, filter(is_word, words))), max(sum(map(len, words)), len(FOREIGN.findall(text)))
    return letters >= least and letters * 5 >= most * 4


def is_word(word: str) -> bool:
    """Whether a word is of one script, and in capitals, in small letters or with one capital at the start."""
    is_mixed = LATIN_LETTER.search(word) or HANGUL_WITH_HAN.search(word)
    return not is_mixed and word[1:] in (word[1:].lower(), word.upper()[1:])
