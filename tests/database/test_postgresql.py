"""What a connection that breaks leaves behind."""

import socket
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from uuid import uuid4

import pytest
from flask import Flask, Response
from sqlalchemy import text
from sqlalchemy.pool import QueuePool

from project.extensions import db
from tests.accounts import problem, sign_up
from tests.faulty_tcp import Line, tcp_proxy

READY = b"Z\0\0\0\5I"  # PostgreSQL's last word when a connection begins


class FickleLine(Line):
    """Ends every connection that begins while it is fickle, as soon as there is one."""

    fickle = False

    def pass_once(self, source: socket.socket, destination: socket.socket) -> bytes:
        data = super().pass_once(source, destination)
        if self.fickle and data.endswith(READY):
            destination.shutdown(socket.SHUT_RDWR)
        return data


@pytest.mark.faults
@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_connection_that_is_lost_after_the_answer_was_made_takes_nothing_along(
    make_app: Callable[..., Flask], settings: dict[str, object]
) -> None:
    ada = sign_up(make_app().test_client())
    with tcp_proxy(str(settings["DATABASE_URL"])) as line:
        app = make_app(DATABASE_URL=line.url)

        @app.after_request
        def lose_the_connection(answer: Response) -> Response:
            line.cut()
            return answer

        phone = replace(ada, client=app.test_client())
        for _ in range(3):
            assert problem(phone.delete(f"/contacts/{uuid4()}")) == (404, "not-found")
        with app.app_context():
            assert isinstance(db.engine.pool, QueuePool)
            assert db.engine.pool.checkedout() == 0


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_options_in_the_url_hold_beside_ours(make_app: Callable[..., Flask], settings: dict[str, object]) -> None:
    app = make_app(DATABASE_URL=f"{settings['DATABASE_URL']}?options=-c%20work_mem%3D5MB")
    with app.app_context():
        shown = [db.session.scalar(text(f"SHOW {name}")) for name in ("work_mem", "statement_timeout")]
    assert shown == ["5MB", "7s"]


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_connection_that_only_read_has_transactions_again(app: Flask) -> None:
    ada = sign_up(app.test_client())
    assert ada.get("/contacts").status_code == 200
    with app.app_context():
        assert isinstance(db.engine.pool, QueuePool)
        assert db.engine.pool.checkedin() == 1
        db.session.execute(text("UPDATE users SET username = 'lovelace'"))
        db.session.rollback()
    assert ada.get("/users/me").json["username"] == "ada"


@pytest.mark.faults
@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_server_that_ends_every_connection_as_soon_as_it_is_made_is_unavailable(
    make_app: Callable[..., Flask], settings: dict[str, object]
) -> None:
    line = FickleLine(str(settings["DATABASE_URL"]))
    with ExitStack() as ending:
        ending.callback(line.refuse)
        ada = sign_up(make_app(DATABASE_URL=line.url).test_client())
        line.fickle = True
        line.cut()
        assert problem(ada.get("/contacts")) == (503, "service-unavailable")
        line.fickle = False
        assert ada.get("/contacts").status_code == 200
