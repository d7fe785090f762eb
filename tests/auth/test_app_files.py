"""The files that let iOS and Android apps open mailed links and use passkeys."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.accounts import body, problem

APPLE, ANDROID = "/.well-known/apple-app-site-association", "/.well-known/assetlinks.json"
PRINTS = [":".join([pair] * 32) for pair in ("AB", "0f", "12")]
SETTINGS = {
    "IOS_APP_IDS": "ABCDE12345.org.example.contacts,ABCDE12345.org.example.contacts.beta",
    "ANDROID_APPS": f"org.example.contacts={PRINTS[0]},org.example.contacts={PRINTS[1]},org.example.beta={PRINTS[2]}",
}


@pytest.mark.parametrize("path", [APPLE, ANDROID])
def test_without_its_setting_a_file_is_not_there(
    client: FlaskClient, make_app: Callable[..., Flask], path: str
) -> None:
    assert problem(client.get(path)) == (404, "not-found")
    other = "ANDROID_APPS" if path == APPLE else "IOS_APP_IDS"
    assert problem(make_app(**{other: SETTINGS[other]}).test_client().get(path)) == (404, "not-found")


@pytest.mark.parametrize("path", [APPLE, ANDROID])
def test_a_file_is_json_and_kept_for_an_hour(make_app: Callable[..., Flask], path: str) -> None:
    answer = make_app(**SETTINGS).test_client().get(path)
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    assert answer.headers["Cache-Control"] == "public, max-age=3600"


def test_apples_names_the_mailed_pages_and_passkeys(make_app: Callable[..., Flask]) -> None:
    apps = SETTINGS["IOS_APP_IDS"].split(",")
    answer = body(make_app(**SETTINGS).test_client().get(APPLE))
    (links,) = answer["applinks"]["details"]
    assert links["appIDs"] == answer["webcredentials"]["apps"] == apps
    assert [component["/"] for component in links["components"]] == ["/verify-email", "/reset-password"]


def test_androids_has_each_package_once_with_all_its_certificates(make_app: Callable[..., Flask]) -> None:
    first, second = body(make_app(**SETTINGS).test_client().get(ANDROID))
    assert first["target"] == {
        "namespace": "android_app",
        "package_name": "org.example.contacts",
        "sha256_cert_fingerprints": [PRINTS[0], PRINTS[1].upper()],
    }
    assert second["target"]["package_name"] == "org.example.beta"
    assert first["relation"] == [
        "delegate_permission/common.handle_all_urls",
        "delegate_permission/common.get_login_creds",
    ]
