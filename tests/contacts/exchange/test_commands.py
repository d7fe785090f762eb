"""`flask contacts import` and `flask contacts export`, as an operator types them."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from flask.testing import FlaskClient

from project.cli.address_books import AT_ONCE
from project.config import ROOT
from tests import applications
from tests.accounts import Account
from tests.contacts.calls import create, delete, listed, names, token
from tests.contacts.exchange.calls import take
from tests.contacts.exchange.files import CORPUS, vcard

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)

Operate = Callable[..., Result]


@pytest.fixture
def operate(served: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Operate:
    """Types a command in a folder of its own, as in `operate("export", "--user", "ada")`."""
    monkeypatch.chdir(tmp_path)
    runner = served.application.test_cli_runner()
    return lambda *command, **options: runner.invoke(args=["contacts", *command], **options)


def done(result: Result) -> str:
    """What a command that must succeed has printed, but for its progress."""
    assert result.exit_code == 0, result.output
    return str(result.stdout)


def refused(result: Result) -> str:
    """The last line of what a command that must fail has printed."""
    assert result.exit_code in (1, 2), result.output
    return str(result.stderr.splitlines()[-1])


FILES = {
    "ada.vcf": vcard("N:Lovelace;Ada;;;", "TEL:1"),
    "ADA.VCF": vcard("N:Lovelace;Ada;;;", "TEL:1", version="2.1"),
    "ada.csv": b"first_name,last_name,phone\nAda,Lovelace,1\n",
    "ada.json": b'[{"first_name": "Ada", "last_name": "Lovelace", "phone": "1"}]',
}


@pytest.mark.parametrize("file", FILES)
def test_a_file_is_imported_by_its_ending(operate: Operate, ada: Account, file: str) -> None:
    Path(file).write_bytes(FILES[file])
    assert done(operate("import", file, "--user", "ada")) == "1 created, 0 unchanged, 0 updated\n"
    (contact,) = listed(ada)
    assert (contact["name"], contact["phone"]) == ("Ada Lovelace", "1")


@pytest.mark.parametrize("name", ["ada", "ADA", "ada@example.org"])
def test_an_address_book_is_known_by_name_and_by_address(operate: Operate, ada: Account, name: str) -> None:
    done(operate("import", "-", "--format", "vcard", "--user", name, input=FILES["ada.vcf"]))
    assert names(ada) == ["Ada Lovelace"]


def test_the_same_file_again_creates_nothing(operate: Operate, ada: Account) -> None:
    file = str(CORPUS / "apple-3.0.vcf")
    created = int(done(operate("import", file, "--user", "ada")).split()[0])
    before, known = listed(ada), token(ada)
    assert done(operate("import", file, "--user", "ada")) == f"0 created, {created} unchanged, 0 updated\n"
    assert (listed(ada), token(ada)) == (before, known)


def test_a_changed_file_updates(operate: Operate, ada: Account) -> None:
    for phone in ("1", "2"):
        Path("ada.vcf").write_bytes(vcard("FN:Ada", "UID:1", f"TEL:{phone}"))
        printed = done(operate("import", "ada.vcf", "--user", "ada"))
    assert printed == "0 created, 0 unchanged, 1 updated\n"
    assert [contact["phone"] for contact in listed(ada)] == ["2"]


def test_what_cannot_be_imported_is_told_and_stops_nothing(operate: Operate, ada: Account) -> None:
    Path("two.vcf").write_bytes(b"BEGIN:VCARD\r\nFN:Charles\r\n" + vcard("FN:Ada"))
    result = operate("import", "two.vcf", "--user", "ada")
    assert result.exit_code == 1
    assert result.stdout == "1 created, 0 unchanged, 0 updated\n"
    assert result.stderr.splitlines()[-2:] == [
        "two.vcf:1: Charles: The card has no END:VCARD.",
        "Error: 1 failed.",
    ]
    assert names(ada) == ["Ada"]


def test_no_more_is_imported_than_there_is_room_for(
    operate: Operate, ada: Account, served: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    applications.change_settings(monkeypatch, served.application, max_contacts_per_user=2)
    Path("three.csv").write_bytes(b"first_name\nAda\nGrace\nEmmy\n")
    result = operate("import", "three.csv", "--user", "ada")
    assert result.stdout == "2 created, 0 unchanged, 0 updated\n"
    assert "three.csv:4: Emmy: There are at most 2 contacts in an address book." in result.stderr
    assert len(listed(ada)) == 2


def test_thousands_are_imported_some_at_a_time(operate: Operate, ada: Account) -> None:
    Path("many.csv").write_text("first_name\n" + "".join(f"Ada {number}\n" for number in range(2 * AT_ONCE + 1)))
    assert done(operate("import", "many.csv", "--user", "ada")) == "1001 created, 0 unchanged, 0 updated\n"
    assert len({contact["revision"] for contact in listed(ada, limit=500)}) == 3


@pytest.mark.parametrize("command", ["import", "export"])
def test_an_account_that_there_is_not_is_named(operate: Operate, ada: Account, command: str) -> None:
    Path("ada.vcf").write_bytes(FILES["ada.vcf"])
    assert refused(operate(command, "ada.vcf", "--user", "nobody")) == "Error: There is no account 'nobody'."
    assert refused(operate(command, "ada.vcf")) == "Error: Missing option '--user'."
    assert Path("ada.vcf").read_bytes() == FILES["ada.vcf"]


@pytest.mark.parametrize(
    ("file", "data", "error"),
    [
        ("none.vcf", None, "Error: Invalid value for 'FILE': File 'none.vcf' does not exist."),
        (".", None, "Error: Invalid value for 'FILE': File '.' is a directory."),
        ("ada.txt", b"Ada", "Error: What is in ada.txt? Say it with --format."),
        ("-", b"Ada", "Error: What is in -? Say it with --format."),
        ("ada.vcf", b"Ada", "Error: The file has no vCard."),
        ("ada.csv", b"colour\nred\n", "Error: No heading in the first line is known to name or to reach a person."),
        ("ada.json", b"[", "Error: The body is not one well-formed JSON text in UTF-8."),
        ("ada.json", b"{}", "Error: The JSON is not an array of contacts."),
    ],
)
def test_what_is_no_import_is_an_error(
    operate: Operate, ada: Account, file: str, data: bytes | None, error: str
) -> None:
    if data and file != "-":
        Path(file).write_bytes(data)
    assert refused(operate("import", file, "--user", "ada", input=data)) == error
    assert listed(ada) == []


def test_a_format_that_there_is_not_is_an_error(operate: Operate, ada: Account) -> None:
    for command in ("import", "export"):
        error = refused(operate(command, "-", "--user", "ada", "--format", "xml"))
        assert error.startswith("Error: Invalid value for '--format': 'xml' is not one of 'vcard'")


def test_contacts_are_exported_as_the_api_exports_them(operate: Operate, ada: Account) -> None:
    create(ada, first_name="Ada", birthday="1815-12-10", labels=["Family"])
    delete(ada, create(ada, first_name="Grace")["id"])
    expected = {
        "a.vcf": take(ada),
        "a.csv": take(ada, format="csv"),
        "a.json": take(ada, format="json"),
        "a": take(ada),
    }
    for file, exported in expected.items():
        assert done(operate("export", file, "--user", "ada")) == ""
        assert Path(file).read_bytes() == exported
    assert done(operate("export", "--user", "ada")) == take(ada).decode().replace("\r\n", "\n")
    older = operate("export", "-", "--user", "ada", "--format", "vcard-3.0")
    assert older.stdout_bytes == take(ada, version="3.0")
    done(operate("export", "a.csv", "--user", "ada", "--format", "json"))
    assert json.loads(Path("a.csv").read_bytes()) == listed(ada)


def test_an_empty_book_is_an_empty_file(operate: Operate, ada: Account) -> None:
    Path("a.vcf").write_bytes(b"what was there before")
    done(operate("export", "a.vcf", "--user", "ada"))
    assert Path("a.vcf").read_bytes() == b""


@pytest.mark.parametrize("ending", ["vcf", "csv", "json"])
def test_what_is_exported_is_imported_without_loss(operate: Operate, ada: Account, ben: Account, ending: str) -> None:
    done(operate("import", str(CORPUS / "nextcloud-4.0.vcf"), "--user", "ada"))
    done(operate("export", f"a.{ending}", "--user", "ada"))
    printed = done(operate("import", f"a.{ending}", "--user", "ada"))
    assert printed.startswith("0 created, ")
    assert printed.endswith(" 0 updated\n")
    done(operate("import", f"a.{ending}", "--user", "ben"))
    assert names(ben) == names(ada) != []


@pytest.mark.slow
def test_on_a_terminal_there_is_a_bar(served: FlaskClient, ada: Account, tmp_path: Path) -> None:
    file = tmp_path / "many.csv"
    file.write_text("first_name\n" + "".join(f"Ada {number}\n" for number in range(2 * AT_ONCE)))
    shown = [on_a_terminal(served, "import", str(file)), on_a_terminal(served, "export", str(file))]
    assert "Importing  [####################################]  100%" in shown[0]
    assert "Exporting  [####################################]  100%" in shown[1]
    assert "2000 created" not in shown[0]
    assert len(listed(ada, limit=500)) == 2 * AT_ONCE


def on_a_terminal(served: FlaskClient, *command: str) -> str:
    """What a command shows to somebody who sits in front of it."""
    settings = {name: str(served.application.config[name]) for name in ("INSTANCE_FOLDER", "DATABASE_URL")}
    leader, follower = pty.openpty()
    typed = [sys.executable, "-m", "flask", "--app", "wsgi", "contacts", *command, "--user", "ada"]
    ended = subprocess.run(  # noqa: S603
        typed, cwd=ROOT, env={**os.environ, **settings}, stdout=subprocess.DEVNULL, stderr=follower, check=True
    )
    os.close(follower)
    shown = b""
    while piece := read(leader):
        shown += piece
    os.close(leader)
    assert ended.returncode == 0
    return shown.decode().replace("\r", "\n")


def read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # nobody writes to it any longer
        return b""
