"""A request that only reads cannot write, on either engine."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, func, insert, select, text, update

from project.database.base import now
from project.extensions import db
from project.pictures.removals import Removal
from tests.accounts import problem

WAYS: dict[str, Callable[[], object]] = {
    "flush": lambda: db.session.add(Removal(what="a", due_at=now())),
    "insert": lambda: db.session.execute(insert(Removal).values(what="a", due_at=now())),
    "insert on the connection": lambda: db.session.connection().execute(insert(Removal).values(what="a", due_at=now())),
    "update": lambda: db.session.execute(update(Removal).values(what="b")),
    "delete": lambda: db.session.execute(delete(Removal)),
    "text": lambda: db.session.execute(text("DELETE FROM removals")),
    "driver's text": lambda: db.session.connection().exec_driver_sql(" delete from removals"),
}


@pytest.fixture
def client(make_app: Callable[..., Flask]) -> FlaskClient:
    app = make_app()

    @app.route("/writing/<way>", methods=["GET", "POST"])
    def write(way: str) -> str:
        WAYS[way]()
        db.session.commit()
        return "written"

    @app.get("/noted")
    def read() -> list[str]:
        assert db.session.execute(text("SELECT count(*) FROM removals")).scalar() == db.session.scalar(
            select(func.count(Removal.what))
        )
        return list(db.session.scalars(select(Removal.what)))

    return app.test_client()


@pytest.mark.parametrize("way", WAYS)
def test_a_request_that_reads_writes_nothing(client: FlaskClient, way: str) -> None:
    assert client.post("/writing/insert").text == "written"
    assert problem(client.get(f"/writing/{way}")) == (500, "internal-server-error")
    assert client.head("/writing/update").status_code == 500
    assert client.get("/noted").json == ["a"]


@pytest.mark.parametrize("way", WAYS)
def test_one_that_may_write_does_so_by_any_of_them(client: FlaskClient, way: str) -> None:
    if way in ("update", "delete", "text", "driver's text"):
        client.post("/writing/insert")
    before = client.get("/noted").json
    assert client.post(f"/writing/{way}").text == "written"
    assert client.get("/noted").json != before
