"""The client's address: read at the edge in any spelling that a proxy sends, and counted by its network."""

from collections.abc import Callable
from ipaddress import IPv6Address

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from project.web.client_address import canonical, network_of, site_of
from tests.accounts import API, PASSWORD, body, problem, sign_up

SPELLINGS = {
    "203.0.113.7": "203.0.113.7",
    " 203.0.113.7 ": "203.0.113.7",
    "203.0.113.7:40001": "203.0.113.7",
    '"203.0.113.7:40001"': "203.0.113.7",
    "::ffff:203.0.113.7": "203.0.113.7",
    "::FFFF:cb00:7107": "203.0.113.7",
    "[::ffff:203.0.113.7]:443": "203.0.113.7",
    "2001:DB8:0:0::1": "2001:db8::1",
    "[2001:db8::1]": "2001:db8::1",
    '"[2001:db8::1]:4711"': "2001:db8::1",
    "[2001:0db8:85a3:0000:0000:8a2e:0370:7334]:65535": "2001:db8:85a3::8a2e:370:7334",
    "fe80::1%eth0": "fe80::1",
    "::1": "::1",
    f"2001:db8::1%{'A' * 4000}": "2001:db8::1",
}
JUNK = [
    "unknown", "_hidden", "localhost", "999.1.1.1", "1.2.3", "1.2.3.4.5", "010.0.0.1", "1.2.3.4:", "1.2.3.4:port",
    "[::1", "::1]", "[]", ":80", "%eth0", "1.2.3.4/24", "2001:db8::/32", "１.２.３.４",
    "'; DROP TABLE sessions --", "x" * 8000,
]  # fmt: skip
NETWORKS = {
    "203.0.113.7": "203.0.113.7",
    "::ffff:203.0.113.7": "203.0.113.7",
    "64:ff9b::203.0.113.7": "203.0.113.7",
    "64:ff9b:1:fffe::203.0.113.7": "203.0.113.7",
    "::ffff:0:203.0.113.7": "203.0.113.7",
    "2002:cb00:7107:ffff::1": "203.0.113.7",
    "2001:0:4136:e378:8000:63bf:34ff:8ef8": "203.0.113.7",
    "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
    "2001:db8:1:2::203.0.113.7": "2001:db8:1:2::/64",
    "2001:db8:1:2:ffff:ffff:ffff:ffff": "2001:db8:1:2::/64",
    "2001:db8:1:3::": "2001:db8:1:3::/64",
    "": "",
}


@pytest.mark.parametrize(("spelt", "address"), SPELLINGS.items())
def test_an_address_has_one_spelling(spelt: str, address: str) -> None:
    assert canonical(spelt) == address
    assert canonical(address) == address


@pytest.mark.parametrize("junk", JUNK)
def test_what_is_no_address_is_refused(junk: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        canonical(junk)


@given(st.ip_addresses(), st.integers(0, 65535))
def test_every_address_is_read_with_and_without_its_port_and_fits_its_column(address: object, port: int) -> None:
    kept = canonical(str(address))
    assert len(kept) <= 45
    written = f"[{address}]:{port}" if isinstance(address, IPv6Address) else f"{address}:{port}"
    assert canonical(written) == kept


@pytest.mark.parametrize(("address", "network"), NETWORKS.items())
def test_an_address_counts_by_its_network(address: str, network: str) -> None:
    assert network_of(address) == network


def test_an_ipv6_network_lies_in_a_site_and_an_ipv4_address_in_none() -> None:
    assert site_of("2001:db8:1:2::3") == "2001:db8:1::/48"
    assert [site_of(address) for address in ("203.0.113.7", "::ffff:203.0.113.7", "2002:cb00:7107::1", "")] == [
        None
    ] * 4


@pytest.fixture
def proxied(make_app: Callable[..., Flask]) -> FlaskClient:
    """A client of the application behind one trusted proxy."""
    return make_app(TRUSTED_PROXY_HOPS=1).test_client()


def login(client: FlaskClient, forwarded: str) -> TestResponse:
    credentials = {"username": "ada", "password": PASSWORD}
    return client.post(f"{API}/auth/login", json=credentials, headers={"X-Forwarded-For": forwarded})


def test_a_session_shows_the_address_that_the_proxy_names_whatever_its_spelling(proxied: FlaskClient) -> None:
    ada = sign_up(proxied)
    for spelt in SPELLINGS:
        assert login(proxied, spelt).status_code == 200, spelt
    listed = {session["ip"] for session in body(ada.get("/auth/sessions"))["items"]}
    assert listed == {*SPELLINGS.values(), "127.0.0.1"}


def test_a_request_from_no_address_is_malformed_and_no_defect(proxied: FlaskClient) -> None:
    for junk in JUNK:
        if junk.isascii():
            answer = login(proxied, junk)
            assert problem(answer) == (400, "malformed-request"), junk
            assert "X-Request-ID" in answer.headers


def test_a_client_without_an_address_is_served(client: FlaskClient) -> None:
    """Behind a Unix socket there is none."""
    assert client.get("/healthz", environ_overrides={"REMOTE_ADDR": ""}).status_code == 200
