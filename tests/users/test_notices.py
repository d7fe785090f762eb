"""Mails about what was done with an account: a number of each kind a day, after which nothing is refused."""

import re
from collections.abc import Callable
from datetime import timedelta

import time_machine
from flask import Flask
from flask.testing import FlaskClient

from project.database.base import now
from project.users.notices import MOST_A_DAY
from tests.accounts import PASSWORD, Account, Letter, body, mailed, sign_up
from tests.auth.factors import App

MADE = "A device may now sync your contacts"
LAST = "No further mail about this is sent today"


def make_and_end(ada: Account) -> None:
    made = ada.post("/auth/app-passwords", json={"device": "Phone", "password": PASSWORD})
    assert made.status_code == 201
    assert ada.delete(f"/auth/app-passwords/{body(made)['id']}").status_code == 204


def notices(ada: Account, subject: str = MADE) -> list[Letter]:
    return [letter for letter in mailed(ada.client.application) if letter.subject == subject]


def test_of_one_kind_twenty_a_day_are_sent_of_which_the_last_says_so(client: FlaskClient) -> None:
    ada = sign_up(client)
    for _ in range(MOST_A_DAY + 3):
        make_and_end(ada)
    assert [LAST in letter.text for letter in notices(ada)] == [False] * (MOST_A_DAY - 1) + [True]
    assert LAST in notices(ada)[-1].html


def test_mails_about_other_deeds_and_to_other_people_are_sent_all_the_same(client: FlaskClient) -> None:
    ada, ben = sign_up(client), sign_up(client, "ben")
    for _ in range(MOST_A_DAY + 1):
        make_and_end(ada)
    changed = {"current_password": PASSWORD, "password": "an entirely different sentence"}
    assert ada.put("/auth/password", json=changed).status_code == 204
    make_and_end(ben)
    assert len(mailed(client.application, to="ben@example.org")) == 2  # with the one that verifies
    (letter,) = notices(ada, "Your password for Contacts was changed")
    assert LAST not in letter.text


def test_a_day_later_they_are_sent_again(make_app: Callable[..., Flask]) -> None:
    ada = sign_up(make_app(REDIS_URL="", ACCESS_TOKEN_SECONDS=3 * 24 * 3600).test_client())
    for _ in range(MOST_A_DAY + 1):
        make_and_end(ada)
    with time_machine.travel(now() + timedelta(days=1, minutes=1)):
        make_and_end(ada)
        assert len(notices(ada)) == MOST_A_DAY + 1


def test_no_name_that_somebody_chose_becomes_a_link(client: FlaskClient) -> None:
    """Nor does the name of a device or factor: whoever registers another's address could write to it that way."""
    ada = sign_up(client)
    name = "Win at https://evil.example.org/x, www.evil。example, http://2130706433/ or eve@evil.example, v1.2"
    assert ada.post("/auth/app-passwords", json={"device": name, "password": PASSWORD}).status_code == 201
    made = ada.post("/auth/second-factors/totp", json={"name": name[:90], "password": PASSWORD})
    factor = App(body(made)["id"], body(made)["secret"])
    assert ada.post(f"/auth/second-factors/totp/{factor.id}/confirm", json={"code": factor.code()}).status_code == 200
    letters = [notice for notice in mailed(client.application) if notice.subject.startswith("A ")]
    assert len(letters) == 2
    for letter in letters:
        for text in (letter.text, letter.html):
            assert "Win at https evil example org/x, www evil example" in " ".join(text.split())
            assert not re.search(r"evil[.。]|//evil|//2130706433|@evil", text)
