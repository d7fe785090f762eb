"""Pictures as everybody gets them: those on the server's disk and the default avatars; and that there is no other."""

import socket
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote, urlsplit
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from project import create_app
from project.pictures import avatars, processing
from project.pictures.store import Store
from tests import images, places
from tests.accounts import problem
from tests.applications import release
from tests.servers import Server, gunicorn

ADA = UUID("01920000-0000-7000-8000-00000000000a")
PICTURE = processing.make_safe(images.jpeg())


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """No picture asks a database."""
    folder = tmp_path_factory.mktemp("gallery")
    return {
        "INSTANCE_FOLDER": str(folder / "instance"),
        "DATABASE_URL": f"sqlite:///{folder}/none.db",
        "JWT_SECRET_KEY": "a key that signs nothing in these tests",
        "PUBLIC_URL": "https://contacts.example.org",
        "MAIL_WORKER": "none",
    }


@pytest.fixture(scope="module")
def app(settings: dict[str, object]) -> Iterator[Flask]:
    app = create_app(settings)
    yield app
    release(app)


@pytest.fixture(scope="module")
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="module")
def store(app: Flask) -> Store:
    return places.store_of(app)


@pytest.fixture(scope="module")
def path(store: Store) -> str:
    """Where a picture of Ada's is."""
    url = store.url(store.put(store.new_reference(ADA, PICTURE), PICTURE))
    assert url is not None
    assert url.startswith("https://contacts.example.org/pictures/")
    return urlsplit(url).path


@pytest.fixture(scope="module")
def secret(settings: dict[str, object], path: str) -> Path:
    """Files that lie where an attacker would look for them."""
    instance = Path(str(settings["INSTANCE_FOLDER"]))
    for each in (instance / "secret.webp", instance / "pictures" / "secret.webp", instance / "secret"):
        each.write_bytes(b"secret")
    return instance


def test_a_picture_is_served_for_ever_and_as_nothing_but_a_picture(client: FlaskClient, path: str) -> None:
    with client.get(path) as answer:
        assert (answer.status_code, answer.data) == (200, PICTURE)
        assert answer.content_type == "image/webp"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert "Set-Cookie" not in answer.headers


def test_it_is_not_sent_again_to_who_has_it(client: FlaskClient, path: str) -> None:
    with client.get(path) as first:
        tag = first.headers["ETag"]
    with client.get(path, headers={"If-None-Match": tag}) as second:
        assert (second.status_code, second.data) == (304, b"")


def test_its_size_can_be_asked(client: FlaskClient, path: str) -> None:
    with client.head(path) as answer:
        assert (answer.status_code, answer.content_length) == (200, len(PICTURE))


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nobody_changes_it(client: FlaskClient, path: str, method: str) -> None:
    assert problem(client.open(path, method=method)) == (405, "method-not-allowed")


def test_what_is_not_there_is_a_problem_that_no_cache_keeps(client: FlaskClient) -> None:
    answer = client.get(f"/pictures/{ADA}/{'0' * 48}.webp")
    assert problem(answer) == (404, "not-found")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.fixture(scope="module")
def server(settings: dict[str, object], secret: Path) -> Iterator[Server]:
    with gunicorn(settings, workers=1) as server:
        yield server


TRAVERSALS = [
    "/pictures/../secret.webp",
    "/pictures/../../secret.webp",
    "/pictures/secret.webp",
    f"/pictures/{ADA}/../secret.webp",
    f"/pictures/{ADA}/../../secret.webp",
    f"/pictures/{ADA}/../../secret",
    f"/pictures/{ADA}/..%2fsecret.webp",
    f"/pictures/{ADA}/..%2f..%2fsecret.webp",
    f"/pictures/{ADA}/..%252f..%252fsecret.webp",
    f"/pictures/{ADA}/%2e%2e/%2e%2e/secret.webp",
    f"/pictures/{ADA}/%2e%2e%2f%2e%2e%2fsecret.webp",
    f"/pictures/{ADA}/..%5c..%5csecret.webp",
    f"/pictures/{ADA}/..\\..\\secret.webp",
    f"/pictures/{ADA}/%c0%ae%c0%ae%c0%afsecret.webp",
    f"/pictures/{ADA}/....//....//secret.webp",
    f"/pictures/{ADA}//secret.webp",
    f"/pictures/{ADA}/.webp",
    f"/pictures/{ADA}/{'0' * 48}%00.webp",
    f"/pictures/{ADA}/%00.webp",
    "/pictures/%2e%2e/%2e%2e/secret.webp",
    "/pictures/..%2fsecret.webp",
    "/pictures//etc/passwd",
    "/pictures/%2fetc%2fpasswd",
    "/pictures/",
    "/pictures",
    "/instance/secret",
    "/secret",
    "/avatars/../pictures/../secret.webp",
    "/avatars/..%2f..%2fsecret.svg",
]


@pytest.mark.parametrize("target", TRAVERSALS)
def test_no_path_leads_out_of_the_folder(server: Server, target: str) -> None:
    """Sent as it is: a client would tidy it up."""
    host = urlsplit(server.url)
    with closing(socket.create_connection((host.hostname, host.port), timeout=10)) as connection:
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert int(answer.split()[1]) in (400, 404)
    assert b"secret\r\n" not in answer
    assert not answer.endswith(b"secret")


def test_another_spelling_is_another_picture(server: Server, path: str) -> None:
    name = path.removeprefix("/pictures/").removesuffix(".webp")
    names = [
        f"{name.upper()}.webp",
        f"{name}.WEBP",
        f"{name}.part",
        name,
        f"{name}.webp/",
        f"{name.replace('-', '')}.webp",
    ]
    spelled = [f"/pictures/{each}" for each in names]
    with closing(HTTPConnection(urlsplit(server.url).netloc, timeout=10)) as connection:
        statuses = []
        for each in (path, *spelled):
            connection.request("GET", each)
            answer = connection.getresponse()
            statuses.append(answer.status)
            answer.read()
    assert statuses == [200] + [404] * len(spelled)


class TestDefaultAvatar:
    def test_it_is_served_for_ever_and_runs_nothing(self, client: FlaskClient) -> None:
        answer = client.get(avatars.default_avatar_path("Ada Lovelace"))
        assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
        assert "AL" in answer.text
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "sandbox" in policy
        assert "script" not in policy

    @pytest.mark.parametrize("name", ["Олена Шевченко", "李白", "ada", "", "7 Seas", "Zoë", "<script>"])
    def test_every_name_has_one(self, client: FlaskClient, name: str) -> None:
        assert client.get(avatars.default_avatar_path(name)).status_code == 200

    @pytest.mark.parametrize(
        "part",
        ["<script>alert(1)</script>-3", "Buy now-3", "AL-12", "AL--1", "AL", "A&B-3", "AL-3/..", "-3", "A\0-3"],
    )
    def test_nothing_else_is_drawn(self, client: FlaskClient, part: str) -> None:
        assert problem(client.get(f"/avatars/{quote(part)}.svg")) == (404, "not-found")
