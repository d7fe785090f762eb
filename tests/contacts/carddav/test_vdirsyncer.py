"""vdirsyncer, a CardDAV client that is not ours, in both directions against a live server."""

import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests import images
from tests.accounts import Account, sign_up
from tests.contacts.calls import listed
from tests.contacts.carddav.calls import Device, card, device
from tests.servers import Server

CONFIG = """
[general]
status_path = "{folder}/status/"

[pair contacts]
a = "here"
b = "there"
collections = null
conflict_resolution = "b wins"

[storage here]
type = "filesystem"
path = "{folder}/cards/"
fileext = ".vcf"

[storage there]
type = "carddav"
url = "{url}"
username = "ada"
password = "{password}"
"""
PHOTO = f"PHOTO;ENCODING=b;TYPE=PNG:{b64encode(images.png()).decode()}"


@pytest.fixture
def ada(client: FlaskClient) -> Account:
    return sign_up(client)


@pytest.fixture
def phone(ada: Account) -> Device:
    return device(ada, "Computer")


@pytest.fixture
def sync(phone: Device, live_server: Callable[..., Server], tmp_path: Path) -> Callable[[], None]:
    """Runs vdirsyncer until both sides are equal."""
    server = live_server()
    (tmp_path / "cards").mkdir()
    config = CONFIG.format(folder=tmp_path, url=server.url + phone.book, password=phone.password)
    (tmp_path / "config").write_text(config)
    run(tmp_path, "discover")
    return lambda: run(tmp_path, "sync")


def run(folder: Path, command: str) -> None:
    called = [sys.executable, "-m", "vdirsyncer", "-c", str(folder / "config"), command]
    ended = subprocess.run(called, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603
    assert ended.returncode == 0, ended.stderr


@pytest.mark.slow
def test_two_ways(ada: Account, phone: Device, sync: Callable[[], None], tmp_path: Path) -> None:
    folder = tmp_path / "cards"
    mine = card("from-here", PHOTO, "CATEGORIES:Friends", "X-SOCIALPROFILE;type=x:http://x.example.org/ada")
    (folder / "from-here.vcf").write_text(mine, newline="")
    phone.put("theirs.vcf", card("from there", fn="Grace Hopper", n="Hopper;Grace;;;"))
    sync()
    names = {contact["name"] for contact in listed(ada)}
    assert (names, len(list(folder.iterdir()))) == ({"Ada Lovelace", "Grace Hopper"}, 2)
    assert phone.get("from-here.vcf").text.replace("\r\n", "\n") == mine.replace("\r\n", "\n")

    (own,) = [contact for contact in listed(ada) if contact["labels"] == ["Friends"]]
    assert own["photo_url"]
    ada.patch(f"/contacts/{own['id']}", json={"nickname": "Countess"})
    (kept,) = [file for file in folder.iterdir() if "Hopper" in file.read_text()]
    kept.write_text(kept.read_text().replace("FN:Grace Hopper", "FN:Grace Hopper\nTITLE:Admiral"))
    sync()
    assert any("NICKNAME:Countess" in file.read_text() for file in folder.iterdir())
    assert {contact["job_title"] for contact in listed(ada)} == {None, "Admiral"}

    ada.delete(f"/contacts/{own['id']}")
    kept.unlink()
    (folder / "last.vcf").write_text(card("last"), newline="")
    sync()
    assert [file.name for file in folder.iterdir()] == ["last.vcf"]
    assert len(listed(ada)) == 1


@pytest.mark.slow
def test_a_conflict_is_found_on_both_sides(
    ada: Account, phone: Device, sync: Callable[[], None], tmp_path: Path
) -> None:
    phone.put("ada.vcf", card("ada"))
    sync()
    (file,) = (tmp_path / "cards").iterdir()
    file.write_text(file.read_text().replace("END:", "NOTE:mine\nEND:"))
    phone.put("ada.vcf", card("ada", "NOTE:theirs"))
    sync()
    assert "NOTE:theirs" in file.read_text()
    assert listed(ada)[0]["notes"] == "theirs"
