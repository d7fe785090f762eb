"""Settings: where they come from, what they may be, and what production refuses to start without."""

import os
import re
import secrets
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable
from hashlib import md5, sha256
from pathlib import Path
from stat import S_IMODE
from uuid import uuid4

import pytest
from sqlalchemy import make_url

from project import config
from project.config import NAMES, ROOT, SCHEMA, InvalidSetting, load
from project.database.base import driver_url
from project.guessable import is_secret
from tests.commands import flask

EXAMPLE = (ROOT / ".env.example").read_text()
SECRET = secrets.token_urlsafe(48)
ENCRYPTION_KEY = secrets.token_urlsafe(32) + "="
PRODUCTION = {
    "APP_ENV": "production",
    "DATABASE_URL": "postgresql://contacts:pw@db.example.org/contacts",
    "REDIS_URL": "redis://redis.example.org:6379/0",
    "JWT_SECRET_KEY": SECRET,
    "ENCRYPTION_KEYS": ENCRYPTION_KEY,
    "PUBLIC_URL": "https://contacts.example.org",
    "MAIL_SERVER": "mail.example.org",
}
GUESSABLE_KEYS = [
    "a" * 32, "changeme" * 4, "password" * 4, "Password" * 4, "supersecret" * 3, "secret" * 6, "abc" * 12,
    "deadbeef" * 8, "your-256-bit-secret-your-256-bit-secret", "0123456789abcdef" * 2, "fedcba9876543210" * 4,
    "1234567890" * 4, "abcdefghijklmnopqrstuvwxyz012345", "qwertyuiopasdfghjklzxcvbnm123456",
    "this-is-a-very-long-secret-key-123",
    "correct-horse-battery-staple-correct", "thisisaverylongkeyforsigningjwttokens",
    "REPLACE_ME_WITH_A_LONG_RANDOM_STRING", "dummy-key-for-tests-only-do-not-use-it",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "contacts" * 4, "letmein" * 5, "ab" * 32, "\u00e4" * 16, "a" * 60 + "B1!?",
    "0" * 64, "s3cr3t-k3y-f0r-jwt-t0k3ns-2024-abcd", "3xampl3-k3y-th4t-1s-l0ng-3n0ugh-f0r-hs256",
    "MySuperLongAndComplexJWTKey2024!!!!", "contacts-production-signing-key-2026", "loremipsumdolorsitametconsectetur",
    "poiuytrewqlkjhgfdsamnbvcxz098765", "qazwsxedcrfvtgbyhnujmikolp123456", "cafebabedeadbeefbaadf00dfeedface",
    "einsehrlangerundgeheimerschluessel42", "\u0441\u0435\u043a\u0440\u0435\u0442" * 6,
    "000102030405060708090a0b0c0d0e0f",
]  # fmt: skip
PUBLISHED_KEYS = [
    "123e4567-e89b-12d3-a456-426614174000", "2b7e151628aed2a6abf7158809cf4f3c", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",
    "9a4f2c8d3b7a1e6f45c8a0b3f267d8b1d4e6f3c8a9d2b5f8e3a9c8b5f6v8a3d9", "{{ lookup('env', 'JWT_SIGNING_KEY_32') }}",
    "5367566B59703373367639792F423F4528482B4D6251655468576D5A71347437", "@NcRfUjXn2r5u8x/A?D(G+KbPdSgVkYp",
]  # fmt: skip
KNOWN_KEYS = [
    "404E635266556A586E3272357538782F413F4428472B4B6250645367566B5970", "5791628bb0b13ce0c676dfde280ba245",
    b64encode(b"super-secret-key-for-contacts-api").decode(), b"change-me-change-me".hex(),
    sha256(b"password").hexdigest(), md5(b"", usedforsecurity=False).hexdigest(),
]  # fmt: skip
REFUSED_IN_PRODUCTION = [
    ("REDIS_URL", ""),
    ("JWT_SECRET_KEY", ""),
    ("JWT_SECRET_KEY", secrets.token_urlsafe(48)[:31]),
    ("JWT_SECRET_KEYS", f"{SECRET},changeme"),
    ("JWT_SECRET_KEYS", f"{secrets.token_urlsafe(48)[:31]},{SECRET}"),
    ("ENCRYPTION_KEYS", ""),
    ("ENCRYPTION_KEYS", "A" * 43 + "="),
    ("ENCRYPTION_KEYS", b64encode(b"0123456789abcdef" * 2).decode()),
    ("ENCRYPTION_KEYS", b64encode(bytes(range(32))).decode()),
    ("ENCRYPTION_KEYS", f"{ENCRYPTION_KEY},{b64encode(b'changeme' * 4).decode()}"),
    ("ENCRYPTION_KEYS", "46BKJoQYlPPOexq0OhDZnIlNepKFf87WFwLbfzqDDho="),
    ("JWT_SECRET_KEY", "change-me-change-me-change-me-change-me"),
    ("JWT_SECRET_KEY", "this-is-an-EXAMPLE-of-a-key-that-is-long"),
    *(("JWT_SECRET_KEY", key) for key in (*GUESSABLE_KEYS, *PUBLISHED_KEYS, *KNOWN_KEYS)),
    ("DATABASE_URL", "postgresql://contacts:contacts@db:5432/contacts"),
    ("DATABASE_URL", "postgresql://ada:Ada@db/contacts"),
    ("DATABASE_URL", "postgres://ada:password@db/contacts"),
    ("DATABASE_URL", "postgres://contacts:Contacts123!@db/contacts"),
    ("DATABASE_URL", "postgres://ada:P%40ssw0rd@db/contacts"),
    ("DATABASE_URL", "postgres://ada:aaaaaaaa@db/contacts"),
    *(("DATABASE_URL", f"postgres://ada:{word}@db/contacts") for word in ("mysecretpassword", "myP4ssw0rd!", "abc123")),
    ("DATABASE_URL", "postgres://ada:${POSTGRES_PASSWORD}@db/contacts"),
    ("REDIS_URL", "redis://:your-redis-password@redis:6379/0"),
    ("DATABASE_URL", "postgresql://db/contacts?user=ada&password=ada"),
    ("DATABASE_URL", "postgres://ada:password@db-1:5432,db-2:5432/contacts"),
    ("MIGRATIONS_DATABASE_URL", "postgres://ada:password@db/contacts"),
    ("DATABASE_URL", "postgresql+psycopg2://postgres:postgres@db/contacts"),
    ("REDIS_URL", "redis://:contacts@redis:6379/0"),
    ("REDIS_URL", "redis://:foobared@redis:6379/0"),
    ("REDIS_URL", "redis://redis:6379/0?password=contacts"),
    ("REDIS_URL", "rediss://default:default@redis.example.org:6380"),
    ("PUBLIC_URL", ""),
    ("PUBLIC_URL", "http://contacts.example.org"),
    ("PUBLIC_URL", "https://localhost"),
    ("PUBLIC_URL", "https://localhost:8443/"),
    ("PUBLIC_URL", "https://contacts.localhost"),
    ("PUBLIC_URL", "https://127.0.0.1"),
    ("PUBLIC_URL", "https://[::1]:8443"),
    *(("PUBLIC_URL", f"https://{host}") for host in ("localhost.", "contacts.localhost.", "localhost.localdomain")),
    *(("PUBLIC_URL", f"https://{host}") for host in ("0", "2130706433", "0x7f000001", "127.1.2.3:8443")),
    ("RATE_LIMITS", "off"),
    ("MAIL_PAUSE_SECONDS", "0"),
    ("REFRESH_GRACE_SECONDS", "86400"),
    ("REFRESH_GRACE_SECONDS", "61"),
    ("CORS_ORIGINS", "*"),
    ("CORS_ORIGINS", "https://app.example.org, *"),
    ("MAIL_SERVER", ""),
    ("MAIL_SERVER", "mailpit"),
    ("BCRYPT_LOG_ROUNDS", "9"),
    ("JWT_SECRET_KEY", "a" * 32),
    ("JWT_SECRET_KEY", "ab" * 30),
    ("JWT_SECRET_KEY", "changeme" * 4),
    ("JWT_SECRET_KEY", "password" * 4),
    ("JWT_SECRET_KEY", "supersecret" * 3),
    ("JWT_SECRET_KEY", "your-256-bit-secret-goes-in-this-place"),
    ("JWT_SECRET_KEY", "qwertyuiopasdfghjklzxcvbnm1234567890"),
    ("JWT_SECRET_KEY", "abcdefghijklmnopqrstuvwxyz0123456789"),
    ("RATE_LIMITS", "off"),
]
REFUSED_ANYWHERE = [
    ("APP_ENV", "staging"),
    ("DATABASE_URL", "mysql://ada:hunter2@db/contacts"),
    ("DATABASE_URL", "postgresql+asyncpg://ada:hunter2@db/contacts"),
    ("DATABASE_URL", "postgresql://ada:hunter2@db:port/contacts"),
    ("DATABASE_URL", "contacts.db"),
    ("DATABASE_URL", "postgresql://ada:hunter2@db-1:port,db-2:5432/contacts"),
    ("MIGRATIONS_DATABASE_URL", "mysql://ada:hunter2@db/contacts"),
    ("DATABASE_URL", "postgresql://ada:hunter@2@db/contacts"),
    ("DATABASE_URL", "postgresql://ada:hunter@2@db-1,db-2/contacts"),
    ("DATABASE_URL", "sqlite://contacts.db"),
    *(
        ("DATABASE_URL", f"postgres://ada@db/contacts?{option}")
        for option in ("schema=public", "pgbouncer=true", "ssl=1")
    ),
    ("DATABASE_URL", "postgres://ada:hunter2@db-1,db-2/contacts?sslmode=require&charset=utf8"),
    ("REDIS_URL", "http://redis.example.org"),
    ("REDIS_URL", "REDIS://redis.example.org"),
    *(("REDIS_URL", f"redis://redis.example.org/0?{option}") for option in ("db=x", "socket_timeout=x", "hunter2=1")),
    ("REDIS_URL", "rediss://redis.example.org?ssl_cert_reqs=perhaps"),
    ("REDIS_URL", "redis://:hunter2@redis.example.org:port/0"),
    ("REDIS_URL", "redis:///0"),
    ("REDIS_URL", "unix://?db=0"),
    ("PUBLIC_URL", "contacts.example.org"),
    ("PUBLIC_URL", "ftp://contacts.example.org"),
    ("PUBLIC_URL", "https://contacts.example.org/?a=b"),
    *(("PUBLIC_URL", f"https://contacts.example.org{end}") for end in ("/?", "/#", ":0", ":65536")),
    ("PUBLIC_URL", "https://:hunter2@contacts.example.org"),
    ("PUBLIC_URL", "https://example.org/contacts"),
    ("PUBLIC_URL", "https://ada:hunter2@contacts.example.org"),
    ("CORS_ORIGINS", "contacts.example.org"),
    ("CORS_ORIGINS", "https://*.example.org"),
    ("CORS_ORIGINS", "https://contacts.example.org/path"),
    ("CORS_ORIGINS", "https://b\u00fccher..example.org"),
    ("CORS_ORIGINS", "https://ada:hunter2@contacts.example.org"),
    ("CORS_ORIGINS", "https://contacts.example.org https://www.example.org"),
    ("ENCRYPTION_KEYS", secrets.token_urlsafe(24)),
    ("ENCRYPTION_KEYS", "not a key at all"),
    ("ENCRYPTION_KEYS", f"{ENCRYPTION_KEY},{ENCRYPTION_KEY[:-2]}"),
    ("ENCRYPTION_KEYS", "\u00e4" * 44),
    ("PASSKEY_RP_ID", "contacts.example.org"),
    ("PASSKEY_RP_ID", "https://localhost"),
    ("PASSKEY_RP_ID", "localhos"),
    ("APP_ORIGINS", "web.example.org"),
    ("APP_ORIGINS", "https://app.example.org/path"),
    ("APP_ORIGINS", "*"),
    ("APP_ORIGINS", "android:apk-key-hash:AB:CD"),
    ("IOS_APP_IDS", "org.example.notes"),
    ("IOS_APP_IDS", "ABCDE12345.org.example.contacts nonsense"),
    ("ANDROID_APPS", "org.example.notes"),
    ("ANDROID_APPS", "org.example.notes=AB:CD"),
    ("ANDROID_APPS", "contacts=" + ":".join(["AB"] * 32)),
    ("LOGIN_TOKEN_SECONDS", "0"),
    ("TRUSTED_PROXY_HOPS", "-1"),
    ("TRUSTED_PROXY_HOPS", "many"),
    ("MAIL_SERVER", "mail.example.org:587"),
    ("MAIL_SERVER", "smtp://mail.example.org"),
    ("MAIL_SERVER", "[::1]"),
    *(("MAIL_DEFAULT_SENDER", sender) for sender in ("postmaster", "postmaster@", "Ada, Inc. <ada@example.org>")),
    ("MAIL_DEFAULT_SENDER", "Contacts <contacts@b\u00fccher.example>"),
    ("MAIL_DEFAULT_SENDER", "Contacts\nBcc: ada@example.org <contacts@example.org>"),
    ("MAIL_PORT", "0"),
    ("MAIL_PORT", "65536"),
    ("MAIL_USE_TLS", "perhaps"),
    ("MAIL_WORKER", "process"),
    ("CLOUDINARY_URL", "cloudinary://key@cloud"),
    ("CLOUDINARY_URL", "CLOUDINARY_URL=cloudinary://key:hunter2@cloud"),
    ("CLOUDINARY_URL", "cloudinary://<your_api_key>:<your_api_secret>@cloud"),
    ("ACCESS_TOKEN_SECONDS", "0"),
    ("ACCESS_TOKEN_SECONDS", "15 minutes"),
    ("ACCESS_TOKEN_SECONDS", "999999999999999"),
    ("BIN_DAYS", "999999"),
    ("MAX_BYTES_PER_USER", "99999999999999999999"),
    ("REFRESH_GRACE_SECONDS", "-1"),
    ("BCRYPT_LOG_ROUNDS", "3"),
    ("BCRYPT_LOG_ROUNDS", "31"),
    ("ME_RATE_LIMIT", "ten per minute"),
    ("LOGIN_RATE_LIMIT", "10 per blink"),
    ("RATE_LIMITS", "perhaps"),
    ("MAX_CONTACTS_PER_USER", "0"),
    ("PHONE_REGION", "gb"),
    *(("PHONE_REGION", other) for other in ("GBR", "UK", "EU", "XX")),
    ("LOG_FORMAT", "xml"),
]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Sets the environment and `.env`, where all settings are missing until then."""
    monkeypatch.setattr(config, "ROOT", tmp_path)
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("INSTANCE_FOLDER", str(tmp_path / "instance"))

    def write(dotenv: str = "", **variables: str) -> None:
        (tmp_path / ".env").write_text(dotenv)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return write


def test_without_any_setting_it_starts_on_this_machine(environment: Callable[..., None], tmp_path: Path) -> None:
    settings = load()
    assert settings.database_url == f"sqlite:///{tmp_path}/instance/contacts.db"
    assert settings.public_url == "http://127.0.0.1:8000"
    assert settings.cors_origins == ["*"]
    assert (settings.redis_url, settings.mail_server, settings.mail_worker) == (None, None, "thread")
    assert settings.rate_limits is True


def test_the_environment_wins_over_the_file_and_the_caller_over_both(environment: Callable[..., None]) -> None:
    environment("MAIL_PORT=1\nBIN_DAYS=1\nTOMBSTONE_DAYS=1\n", BIN_DAYS="2", TOMBSTONE_DAYS="2")
    settings = load({"TOMBSTONE_DAYS": 3})
    assert (settings.mail_port, settings.bin_days, settings.tombstone_days) == (1, 2, 3)


def test_the_file_may_have_comments_quotes_and_exports(environment: Callable[..., None]) -> None:
    environment("# Mail\nexport MAIL_SERVER=\"mail.example.org\" # ours\nMAIL_USERNAME='ada lovelace'\n\nUNKNOWN=1\n")
    settings = load()
    assert (settings.mail_server, settings.mail_username) == ("mail.example.org", "ada lovelace")


def test_an_empty_setting_counts_as_not_given(environment: Callable[..., None]) -> None:
    environment("MAIL_SERVER=mail.example.org\n", MAIL_SERVER="", REDIS_URL="", MAIL_PORT="")
    settings = load()
    assert (settings.mail_server, settings.redis_url, settings.mail_port) == (None, None, 25)


def test_space_around_a_value_is_none_of_it(environment: Callable[..., None]) -> None:
    environment(LOG_FORMAT="json ", MAIL_SERVER=" mail.example.org\n", METRICS=" on", REDIS_URL=" ")
    settings = load()
    assert (settings.log_format, settings.mail_server, settings.metrics) == ("json", "mail.example.org", True)
    assert settings.redis_url is None


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_the_file_is_in_utf_8_also_as_windows_writes_it(
    environment: Callable[..., None], tmp_path: Path, encoding: str
) -> None:
    (tmp_path / ".env").write_text("BIN_DAYS=7\n", encoding=encoding)
    if encoding == "utf-16":
        with pytest.raises(InvalidSetting, match=r"^\.env: Not a readable UTF-8"):
            load()
    else:
        assert load().bin_days == 7


def test_a_relative_instance_folder_is_in_the_folder_of_the_project(
    environment: Callable[..., None], tmp_path: Path
) -> None:
    environment(INSTANCE_FOLDER="data")
    assert load().database_url == f"sqlite:///{tmp_path}/data/contacts.db"


@pytest.mark.parametrize(("text", "value"), [("on", True), ("true", True), ("1", True), ("off", False), ("0", False)])
def test_a_switch_is_on_or_off_in_words(environment: Callable[..., None], text: str, value: bool) -> None:  # noqa: FBT001
    environment(RATE_LIMITS=text)
    assert load().rate_limits is value


def test_origins_are_separated_by_commas(environment: Callable[..., None]) -> None:
    environment(CORS_ORIGINS=" https://App.example.org:443/, http://localhost:3000,capacitor://localhost ,")
    assert load().cors_origins == ["https://app.example.org", "http://localhost:3000", "capacitor://localhost"]


def test_keys_and_apps_are_separated_by_commas(environment: Callable[..., None]) -> None:
    apps = ",".join(f"org.example.contacts={':'.join([pair] * 32)}" for pair in ("AB", "0f"))
    environment(JWT_SECRET_KEYS=f" {SECRET}/, {SECRET[::-1]} ", ENCRYPTION_KEYS=ENCRYPTION_KEY, ANDROID_APPS=apps)
    settings = load()
    assert settings.jwt_secret_keys == [f"{SECRET}/", SECRET[::-1]]
    assert settings.jwt_secret_key == f"{SECRET}/"
    assert settings.encryption_keys == [ENCRYPTION_KEY]
    assert settings.android_apps == apps.split(",")


@pytest.mark.parametrize(
    ("public_url", "given", "rp_id"),
    [
        ("", "", "localhost"),
        ("http://localhost:8000", "", "localhost"),
        ("https://[::1]:8443", "localhost", "localhost"),
        ("https://api.contacts.example.org", "", "api.contacts.example.org"),
        ("https://api.contacts.example.org", "example.org", "example.org"),
        ("https://api.contacts.example.org/", "contacts.example.org", "contacts.example.org"),
    ],
)
def test_passkeys_are_for_the_host_of_the_public_url_or_a_domain_that_it_is_in(
    environment: Callable[..., None], public_url: str, given: str, rp_id: str
) -> None:
    environment(PUBLIC_URL=public_url, PASSKEY_RP_ID=given)
    assert load().passkey_rp_id == rp_id


@pytest.mark.parametrize("given", ["contacts.example.com", "ontacts.example.org", "a.contacts.example.org"])
def test_any_other_domain_for_passkeys_is_refused(environment: Callable[..., None], given: str) -> None:
    environment(PUBLIC_URL="https://contacts.example.org", PASSKEY_RP_ID=given)
    assert_names_only("PASSKEY_RP_ID", given)


@pytest.mark.parametrize(
    ("given", "origin", "host"),
    [
        ("https://example.org/", "https://example.org", "example.org"),
        ("HTTPS://Example.ORG:443", "https://example.org", "example.org"),
        ("http://example.org:443", "http://example.org:443", "example.org"),
        ("https://b\u00fccher.example:8443", "https://xn--bcher-kva.example:8443", "xn--bcher-kva.example"),
        ("http://[::1]:8000", "http://[::1]:8000", "localhost"),
    ],
)
def test_the_public_url_is_the_origin_that_browsers_send(
    environment: Callable[..., None], given: str, origin: str, host: str
) -> None:
    environment(PUBLIC_URL=given)
    settings = load()
    assert settings.public_url == origin
    assert settings.mail_default_sender == f"Contacts <contacts@{host}>"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_every_name_of_postgresql_means_psycopg2(environment: Callable[..., None], scheme: str) -> None:
    environment(DATABASE_URL=f"{scheme}://ada:p%40ss@db.example.org:5433/contacts")
    assert driver_url(load().database_url) == "postgresql+psycopg2://ada:p%40ss@db.example.org:5433/contacts"


@pytest.mark.parametrize(
    ("place", "hosts", "ports", "others"),
    [
        ("db-1:5433,db-2:5434/contacts", "db-1,db-2", "5433,5434", {}),
        ("db-1,db-2:5434/contacts", "db-1,db-2", "5432,5434", {}),
        ("db-1,db-2/contacts?load_balance_hosts=random", "db-1,db-2", "5432,5432", {"load_balance_hosts": "random"}),
        ("/contacts?host=db-1:5433&host=db-2:5434", "db-1,db-2", "5433,5434", {}),
        ("db-1,db-2/contacts?channel_binding=require", "db-1,db-2", "5432,5432", {"channel_binding": "require"}),
    ],
)
def test_several_hosts_are_all_told_to_the_driver(
    environment: Callable[..., None], place: str, hosts: str, ports: str, others: dict[str, str]
) -> None:
    environment(DATABASE_URL=f"postgresql://ada:p%40ss@{place}")
    url = make_url(driver_url(load().database_url))
    _, told = url.get_dialect()().create_connect_args(url)
    assert told == {"user": "ada", "password": "p@ss", "dbname": "contacts", "host": hosts, "port": ports, **others}


def test_the_signing_key_is_made_once_and_kept_to_ourselves(environment: Callable[..., None], tmp_path: Path) -> None:
    first, second = load(), load()
    kept = tmp_path / "instance" / "jwt-secret-key"
    assert first.jwt_secret_key == second.jwt_secret_key == kept.read_text()
    assert len(first.jwt_secret_key) >= 32
    assert S_IMODE(kept.stat().st_mode) == 0o600
    assert list(kept.parent.iterdir()) == [kept]


@pytest.mark.slow
def test_processes_that_start_for_the_first_time_at_once_agree_on_the_key(tmp_path: Path) -> None:
    script = "from project.config import load; print(load().jwt_secret_key)"
    command = [sys.executable, "-c", script]
    environment = {**os.environ, "INSTANCE_FOLDER": str(tmp_path / "instance")}
    running = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)  # noqa: S603
        for _ in range(4)
    ]
    keys = [process.communicate(timeout=180)[0].strip() for process in running]
    assert len(set(keys)) == 1
    assert keys[0]


def test_a_given_key_needs_no_file_but_the_default_database_its_folder(
    environment: Callable[..., None], tmp_path: Path
) -> None:
    environment(JWT_SECRET_KEY=SECRET)
    assert load().jwt_secret_key == SECRET
    assert list((tmp_path / "instance").iterdir()) == []


@pytest.mark.parametrize(("name", "value"), REFUSED_ANYWHERE)
def test_a_setting_that_makes_no_sense_is_named_and_not_shown(
    environment: Callable[..., None], name: str, value: str
) -> None:
    environment(**{name: value})
    assert_names_only(name, value)


def test_a_folder_that_cannot_be_made_is_named(environment: Callable[..., None], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    environment(INSTANCE_FOLDER=f"{tmp_path}/file/instance")
    assert_names_only("INSTANCE_FOLDER", f"{tmp_path}/file/instance")


def test_production_starts_with_all_that_it_needs(environment: Callable[..., None]) -> None:
    environment(**PRODUCTION)
    settings = load()
    assert settings.cors_origins == []
    assert settings.mail_default_sender == "Contacts <contacts@contacts.example.org>"


@pytest.mark.parametrize(("name", "value"), REFUSED_IN_PRODUCTION)
def test_production_refuses_what_is_missing_weak_or_open(
    environment: Callable[..., None], name: str, value: str
) -> None:
    environment(**{**PRODUCTION, name: value})
    assert_names_only(name, value)


GOOD_KEYS = {
    "openssl rand -hex 32": lambda: secrets.token_hex(32),
    "openssl rand -hex 16": lambda: secrets.token_hex(16),
    "openssl rand -base64 32": lambda: b64encode(secrets.token_bytes(32)).decode(),
    "openssl rand -base64 24": lambda: b64encode(secrets.token_bytes(24)).decode(),
    "secrets.token_urlsafe(48)": lambda: secrets.token_urlsafe(48),
    "uuidgen, twice": lambda: f"{uuid4()}{uuid4()}",
}


@pytest.mark.parametrize("make", GOOD_KEYS.values(), ids=GOOD_KEYS)
def test_production_takes_every_random_key(make: Callable[[], str]) -> None:
    assert [key for key in (make() for _ in range(2_000)) if not is_secret(key)] == []


@pytest.mark.parametrize("key", GUESSABLE_KEYS)
def test_no_beginning_of_a_guessable_key_makes_it_good(key: str) -> None:
    assert not is_secret(key[:-1] * 2)


@pytest.mark.parametrize(
    "given",
    [
        {"DATABASE_URL": "postgresql://contacts@db/contacts"},
        {"DATABASE_URL": f"postgresql://contacts:{SECRET}@db/contacts"},
        {"PUBLIC_URL": "https://contacts.example.org/"},
        {"PUBLIC_URL": "https://192.168.1.20:8443"},
        {"REFRESH_GRACE_SECONDS": "0"},
        {"MAIL_USERNAME": "ada", "MAIL_PASSWORD": "pw", "MAIL_USE_TLS": "on"},
        {"MAIL_USERNAME": "ada", "MAIL_PASSWORD": "pw", "MAIL_USE_SSL": "on"},
        {"MAIL_USE_TLS": "on"},
    ],
)
def test_production_takes_what_is_safe(environment: Callable[..., None], given: dict[str, str]) -> None:
    environment(**{**PRODUCTION, **given})
    assert load().app_env == "production"


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"MAIL_USERNAME": "ada", "MAIL_PASSWORD": "hunter2"}, "MAIL_USE_TLS"),
        ({"MAIL_USE_TLS": "on", "MAIL_USE_SSL": "on"}, "MAIL_USE_SSL"),
    ],
)
def test_production_refuses_mail_settings_that_do_not_go_together(
    environment: Callable[..., None], given: dict[str, str], name: str
) -> None:
    environment(**{**PRODUCTION, **given})
    assert_names_only(name, "hunter2")


@pytest.mark.parametrize(
    ("role", "given", "refused"),
    [
        ("worker", {"REDIS_URL": "", "ENCRYPTION_KEYS": "", "CORS_ORIGINS": "*"}, None),
        ("worker", {"JWT_SECRET_KEY": ""}, "JWT_SECRET_KEY"),
        ("worker", {"MAIL_SERVER": ""}, "MAIL_SERVER"),
        ("worker", {"MAIL_PASSWORD": "hunter2"}, "MAIL_USE_TLS"),
        ("worker", {"PUBLIC_URL": "http://contacts.example.org"}, "PUBLIC_URL"),
        ("worker", {"DATABASE_URL": "postgresql://ada:ada@db/contacts"}, "DATABASE_URL"),
        ("migrate", dict.fromkeys(PRODUCTION.keys() - {"APP_ENV", "DATABASE_URL"}, ""), None),
        ("migrate", {"MIGRATIONS_DATABASE_URL": "postgresql://ada:ada@db/contacts"}, "MIGRATIONS_DATABASE_URL"),
        ("all", {"REDIS_URL": ""}, "REDIS_URL"),
        ("mail", {}, "APP_ROLE"),
    ],
)
def test_production_asks_of_a_process_what_it_uses(
    environment: Callable[..., None], role: str, given: dict[str, str], refused: str | None
) -> None:
    environment(**{**PRODUCTION, "APP_ROLE": role, **given})
    if refused:
        assert_names_only(refused, "hunter2")
    else:
        assert load().app_role == role


def test_everything_that_is_missing_or_wrong_is_said_at_once(environment: Callable[..., None]) -> None:
    environment(APP_ENV="production", PUBLIC_URL="contacts.example.org", PHONE_REGION="gb", CORS_ORIGINS="*, nowhere")
    with pytest.raises(InvalidSetting) as refusal:
        load()
    lines = dict(line.split(": ", 1) for line in refusal.value.args)
    assert sorted(lines) == [
        "CORS_ORIGINS",
        "ENCRYPTION_KEYS",
        "JWT_SECRET_KEY",
        "MAIL_SERVER",
        "PHONE_REGION",
        "PUBLIC_URL",
        "REDIS_URL",
    ]
    assert lines["PUBLIC_URL"].startswith("Not a valid URL.")
    assert lines["CORS_ORIGINS"].startswith("Not an origin such as https://app.example.org. ")
    assert lines["CORS_ORIGINS"].endswith(" Must be a list of origins in production, not '*'.")
    assert lines["MAIL_SERVER"] == lines["REDIS_URL"] == "Required in production."


@pytest.mark.parametrize("credential", ["MAIL_USERNAME", "MAIL_PASSWORD"])
def test_production_sends_no_mail_password_in_the_clear(environment: Callable[..., None], credential: str) -> None:
    environment(**PRODUCTION, **{credential: "contacts"})
    assert_names_only("MAIL_USE_TLS", "contacts")
    for encryption in ("MAIL_USE_TLS", "MAIL_USE_SSL"):
        environment(**PRODUCTION, **{credential: "contacts", encryption: "on"})
        assert load().mail_server
        environment(**{encryption: "off"})


def test_a_mail_server_is_reached_in_one_way(environment: Callable[..., None]) -> None:
    environment(MAIL_USE_TLS="on", MAIL_USE_SSL="on")
    assert_names_only("MAIL_USE_SSL", "on-and-on")
    environment(MAIL_USE_TLS="on", MAIL_USE_SSL="off", MAIL_PORT="465")
    assert_names_only("MAIL_USE_TLS", "on-and-on")
    environment(MAIL_USE_TLS="off", MAIL_USE_SSL="on", MAIL_PORT="587")
    assert_names_only("MAIL_USE_SSL", "on-and-on")
    environment(MAIL_PORT="465")
    assert load().mail_use_ssl


def test_any_random_key_is_good_for_production() -> None:
    made = [make(size) for size in (32, 48) for make in (secrets.token_hex, secrets.token_urlsafe) for _ in range(500)]
    assert [key for key in made if not is_secret(key)] == []


def test_a_folder_that_cannot_be_written_to_is_named(environment: Callable[..., None], tmp_path: Path) -> None:
    (tmp_path / "instance" / "jwt-secret-key").mkdir(parents=True)
    environment()
    assert_names_only("INSTANCE_FOLDER", str(tmp_path))


def test_no_secret_is_shown_with_the_settings(environment: Callable[..., None]) -> None:
    environment(**PRODUCTION, MAIL_PASSWORD="hunter2", MAIL_USE_TLS="on")
    assert re.findall(f"hunter2|{SECRET}", f"{load()!r} {load()}") == []


@pytest.mark.parametrize(("name", "value"), REFUSED_IN_PRODUCTION)
def test_development_takes_what_production_refuses(environment: Callable[..., None], name: str, value: str) -> None:
    environment(**{**PRODUCTION, name: value, "APP_ENV": "development"})
    assert load().app_env == "development"


@pytest.mark.parametrize(
    ("name", "value"), [("JWT_SECRET_KEY", "change-me-change-me-change-me-change-me"), ("REDIS_URL", "")]
)
@pytest.mark.slow
def test_a_command_with_a_refused_setting_ends_at_once_with_one_line(name: str, value: str) -> None:
    started = time.monotonic()
    ended = flask("db", "upgrade", settings={**PRODUCTION, name: value})
    assert ended.returncode not in (0, None)
    assert time.monotonic() - started < 60
    (line,) = [line for line in ended.stderr.splitlines() if name in line]
    assert line.startswith(f"Cannot start: {name}: ")
    assert "Traceback" not in ended.stderr + ended.stdout
    assert (value or SECRET) not in ended.stderr + ended.stdout


@pytest.mark.slow
def test_help_needs_no_settings(tmp_path: Path) -> None:
    ended = flask("--help", settings={"INSTANCE_FOLDER": tmp_path})
    assert ended.returncode == 0
    assert "mail-worker" in ended.stdout


def test_the_command_in_the_example_makes_a_key_that_production_takes(environment: Callable[..., None]) -> None:
    command = 'python -c "import secrets; print(secrets.token_urlsafe(48))"'
    script = command.split('"')[1]
    assert command in EXAMPLE
    made = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)  # noqa: S603
    environment(**{**PRODUCTION, "JWT_SECRET_KEY": made.stdout.strip()})
    assert load().jwt_secret_key == made.stdout.strip()


SHOWN = re.findall(r"^# (e\.g\. )?([A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE)


@pytest.mark.parametrize(("marked", "name", "value"), SHOWN, ids=[name for _, name, _ in SHOWN])
def test_the_example_shows_the_default_or_says_that_it_is_none(
    marked: str, name: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing that is refused."""
    monkeypatch.chdir(tmp_path)
    here = {"INSTANCE_FOLDER": str(tmp_path), "BREACHED_PASSWORDS_FILE": ""}
    shown = getattr(SCHEMA.load({**here, name: value}), name.lower())
    if name == "INSTANCE_FOLDER":
        assert str(ROOT / shown) == SCHEMA.fields[name].load_default
    else:
        assert (shown == getattr(SCHEMA.load(here), name.lower())) is not bool(marked)


def assert_names_only(name: str, value: str) -> None:
    """The refusal is one line that begins with the setting's name and has no part of its value."""
    with pytest.raises(InvalidSetting) as refusal:
        load()
    message = str(refusal.value)
    assert message.startswith(f"{name}: ")
    assert "\n" not in message
    assert len(value) < 3 or value not in message
    assert "hunter2" not in message
    assert refusal.value.__suppress_context__
