"""Secrets of authenticator apps are encrypted, and changing the key locks nobody out."""

import secrets
from collections.abc import Callable
from pathlib import Path

from flask import Flask

from project.web.signing_keys import key_id
from tests.accounts import Account, sign_up
from tests.auth.factors import App, enrol, login_token, second_step

OLD, NEW = (f"{secrets.token_urlsafe(32)}=" for _ in range(2))

MakeApp = Callable[..., Flask]


def at(ada: Account, app: Flask) -> Account:
    return Account(app.test_client(), ada.user, ada.tokens, ada.password)


def works(ada: Account, app: App, *, steps: int) -> bool:
    return second_step(ada.client, login_token(ada), code=app.code(steps=steps)).status_code == 200


def test_the_key_is_made_once_it_is_needed_and_kept_to_ourselves(make_app: MakeApp, instance_folder: Path) -> None:
    client = make_app(ENCRYPTION_KEYS="").test_client()
    kept = instance_folder / "encryption-key"
    ada = sign_up(client)
    assert not kept.exists()
    enrol(ada)
    assert (len(kept.read_text()), kept.stat().st_mode & 0o777) == (44, 0o600)


def test_a_new_key_is_taken_and_the_old_one_can_go(make_app: MakeApp) -> None:
    ada = sign_up(make_app(ENCRYPTION_KEYS=OLD).test_client())
    app, _ = enrol(ada)
    both = make_app(ENCRYPTION_KEYS=f"{NEW},{OLD}")
    assert works(at(ada, both), app, steps=1)
    runner = both.test_cli_runner()
    shown = runner.invoke(args=["keys"]).output
    assert f"encryption key  {key_id(NEW)}  encrypts  0 secrets\n" in shown
    assert f"encryption key  {key_id(OLD)}  decrypts  1 secrets\n" in shown
    assert runner.invoke(args=["keys", "rotate"]).output == f"1 secrets encrypted with {key_id(NEW)}\n"
    assert f"encryption key  {key_id(NEW)}  encrypts  1 secrets\n" in runner.invoke(args=["keys"]).output
    assert OLD not in shown + runner.invoke(args=["keys"]).output


def test_without_its_key_a_secret_is_no_secret_and_recovery_codes_still_work(make_app: MakeApp) -> None:
    ada = sign_up(make_app(ENCRYPTION_KEYS=OLD).test_client())
    app, codes = enrol(ada)
    lost = make_app(ENCRYPTION_KEYS=NEW)
    runner = lost.test_cli_runner()
    assert "encryption key  unknown   1 secrets" in runner.invoke(args=["keys"]).output
    assert runner.invoke(args=["keys", "rotate"]).output == f"0 secrets encrypted with {key_id(NEW)}\n"
    moved = at(ada, lost)
    assert not works(moved, app, steps=1)
    assert second_step(moved.client, login_token(moved), recovery_code=codes[0]).status_code == 200
