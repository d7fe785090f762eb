"""Who sends a CardDAV request: a device by its app password, with Basic (RFC 7617), under /carddav/ only."""

from base64 import b64decode
from datetime import datetime
from typing import Any, Final, NoReturn, Protocol, cast
from uuid import UUID

import structlog
from flask import Flask, current_app, request

from project.contacts import rows
from project.contacts.carddav.devices import Device
from project.errors import AuthenticationRequired, Forbidden
from project.extensions import limiter, settings
from project.web.client_address import network_of

CHALLENGE = 'Basic realm="Contacts", charset="UTF-8"'

log = structlog.get_logger()


class Owner(Protocol):
    """A device as accounts know it."""

    @property
    def id(self) -> UUID: ...
    @property
    def user_id(self) -> UUID: ...
    @property
    def known_properties(self) -> Any: ...
    @property
    def last_used_at(self) -> datetime | None: ...


class Registry(Protocol):
    """What accounts know of app passwords; `auth.app_passwords` is one."""

    def find(self, password: str) -> Owner | None: ...
    def is_seldom_seen(self, device: Any) -> bool: ...
    def username(self, owner_id: UUID) -> str: ...
    def note_use(self, owner_id: UUID, device_id: UUID, ip: str) -> None: ...
    def note_properties(self, owner_id: UUID, device_id: UUID, names: set[str]) -> None: ...


KEY: Final = "app-passwords"


def registry() -> Registry:
    return cast(Registry, current_app.extensions[KEY])


def init_app(app: Flask, registry: Registry) -> None:
    """Register where app passwords are looked up: in a package above this one."""
    app.extensions[KEY] = registry


def authenticate() -> Device:
    """The device that sends this request. Raises AuthenticationRequired, Forbidden, or after many guesses a 429.

    Most clients first send each request without a password, which is cheap and not counted.
    """
    if settings.app_env == "production" and not request.is_secure:
        raise Forbidden("CardDAV needs https.")
    password = sent_password()
    if password is None:
        raise AuthenticationRequired()
    found = registry().find(password)
    if found is None:
        refuse()
    known, is_seldom_seen = rows.plain(found.known_properties) or [], registry().is_seldom_seen(found)
    return Device(found.id, found.user_id, request.user_agent.string, known, is_seldom_seen)


def sent_password() -> str | None:
    """The password that came by Basic. The name before it is not looked at, so its encoding does not matter."""
    scheme, _, credentials = request.headers.get("Authorization", "").strip().partition(" ")
    try:
        _, colon, password = b64decode(credentials.strip(), validate=True).partition(b":")
    except ValueError:
        return None
    return password.decode(errors="replace") if colon and scheme.lower() == "basic" else None


def is_still_there() -> bool:
    """Whether the account was not deleted since the request began."""
    password = sent_password()
    return bool(password and registry().find(password))


def address() -> str:
    return request.remote_addr or ""


def network() -> str:
    return network_of(address()) or "unknown"


@limiter.shared_limit(lambda: settings.carddav_rate_limit, scope="carddav", key_func=network)
def refuse() -> NoReturn:
    """Count a wrong password by the address that it came from."""
    log.warning("carddav_refused", ip=address())
    raise AuthenticationRequired()


def note_use(device: Device) -> None:
    registry().note_use(device.user_id, device.id, address())


def note_properties(device: Device, names: set[str]) -> None:
    registry().note_properties(device.user_id, device.id, names)


def username(device: Device) -> str:
    """The name of the account, which few requests ask for."""
    return registry().username(device.user_id)
