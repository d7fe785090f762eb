"""A million inputs to each reader: none of them raises what it should not, takes five seconds, or much memory."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from project.config import ROOT
from project.web import cursors
from tests.contacts.exchange.files import CORPUS
from tests.contacts.exchange.strategies import NAMES, PARAMETERS, VALUES
from tests.fuzz.amounts import INPUTS, SEED
from tests.fuzz.examples import EXAMPLES, encoded

pytest.importorskip("atheris", reason="Atheris has no wheel for this machine")
pytestmark = pytest.mark.fuzz

MEBIBYTES = 1024
LONGEST = {"csv": 128}  # bytes, and 512 for all others; most of the time goes into headings
WORDS = {
    "vcard": [
        *NAMES,
        *PARAMETERS,
        *VALUES,
        "BEGIN:VCARD",
        "END:VCARD",
        "VERSION:2.1",
        "VERSION:4.0",
        "=0D=0A",
        "\r\n ",
    ],
    "csv": [
        "first_name",
        "E-mail 1 - Value",
        "Phone 1 - Type",
        "details",
        "extra",
        "addresses",
        "Birthday",
        " ::: ",
        '""',
    ],
    "json": ["\\u0000", "\\ud800", "1e999", "NaN", "null", '{"a":', "[[[[", "0.1e-", "\xef\xbb\xbf"],
    "cursor": ["W10", "_-", "AAAA"],
}


def seeds(name: str) -> Iterator[bytes]:
    """What is changed at first: small files of the right kind."""
    if name == "vcard":
        for path in CORPUS.glob("*.vcf"):
            yield from (b"BEGIN:VCARD" + card for card in path.read_bytes().split(b"BEGIN:VCARD")[1:])
    elif name == "csv":
        yield from (path.read_bytes() for path in CORPUS.glob("*.csv"))
    elif name == "json":
        yield from (encoded(call.body) for call in EXAMPLES if isinstance(call.body, dict | list))
        yield from (encoded([call.body]) for call in EXAMPLES if call.name == "createContact")
    else:
        yield cursors.seal("name", "ada lovelace", "01920b5e-8c1b-7d2a-9e40-5c7d9f0a1b2c").encode()
        yield cursors.seal("01920b5e-8c1b-7d2a-9e40-5c7d9f0a1b2c", 42, "", 0).encode()


def quoted(word: str) -> str:
    """As libFuzzer reads its dictionaries."""
    return '"{}"'.format("".join(f"\\x{byte:02x}" for byte in word.encode()))


@pytest.mark.parametrize("name", WORDS)
def test_no_input_is_more_than_its_reader_can_bear(name: str, tmp_path: Path) -> None:
    found, given, words = tmp_path / "found", tmp_path / "given", tmp_path / "words"
    for folder in (found, given):
        folder.mkdir()
    for number, seed in enumerate(seeds(name)):
        (given / str(number)).write_bytes(seed)
    words.write_text("\n".join(map(quoted, WORDS[name])))
    options = {
        "runs": INPUTS, "seed": SEED, "max_len": LONGEST.get(name, 512), "timeout": 60, "rss_limit_mb": MEBIBYTES,
        "dict": words, "artifact_prefix": f"{tmp_path}/", "verbosity": 0,
    }  # fmt: skip
    flags = [f"-{option}={value}" for option, value in options.items()]
    command = [sys.executable, "-m", "tests.fuzz.readers", name, *flags, str(found), str(given)]
    ended = subprocess.run(command, cwd=ROOT, check=False)  # noqa: S603  # its arguments are ours
    unbearable = [path.read_bytes() for pattern in ("crash-*", "timeout-*", "oom-*") for path in tmp_path.glob(pattern)]
    if ended.returncode or unbearable:
        pytest.fail(f"The reader of {name} could not bear {unbearable}", pytrace=False)
