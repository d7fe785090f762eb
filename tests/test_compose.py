"""What docker-compose.yml reads, .env.example explains. That it runs is shown by `deploy/smoke-test`."""

import re
import secrets
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]
from marshmallow import ValidationError

from project import listening
from project.config import NAMES, ROOT, SCHEMA

COMPOSE = (ROOT / "docker-compose.yml").read_text()
CITUS = (ROOT / "docker-compose.citus.yml").read_text()
PROXY = (ROOT / "deploy/nginx.conf.template").read_text()
GUIDE = (ROOT / "docs/operating.md").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()
OWN = dict(re.findall(r"^#   (?:e\.g\. )?([A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE))


def read(text: str) -> dict[str, str]:
    """Each variable that is filled in, with its default."""
    return dict(re.findall(r"\$\{([A-Z_]+)(?::-([^${}]*))?", text))


def test_every_variable_is_a_setting_or_explained_with_its_default() -> None:
    variables = {name: default for name, default in read(COMPOSE).items() if name not in NAMES}
    assert variables == {name: OWN[name] for name in variables}
    assert set(OWN) - set(variables) == {"BIND", "WEB_WORKERS", "WEB_THREADS"}


def test_what_gunicorn_reads_is_shown_with_its_default() -> None:
    assert OWN["BIND"] == listening.DEFAULT
    assert f'number("WEB_THREADS", {OWN["WEB_THREADS"]})' in (ROOT / "deploy/gunicorn.conf.py").read_text()


def test_the_proxy_is_given_every_variable_that_it_reads() -> None:
    given = set(re.findall(r"^      ([A-Z_]+): ", COMPOSE, re.MULTILINE))
    assert set(read(PROXY)) - {"NGINX_LOCAL_RESOLVERS"} <= given


def test_whoever_migrates_is_given_all_that_it_reads() -> None:
    """By name: the file with all settings is not for it."""
    _, migrate = COMPOSE.split("\n  migrate:\n")
    given = set(re.findall(r"^      ([A-Z_]+): ", migrate.partition("    volumes:")[0], re.MULTILINE))
    assert {"DATABASE_URL", "MIGRATIONS_DATABASE_URL", "SCALE_OUT", "PHONE_REGION"} <= given


WORKER = (
    "auth/mails.py", "auth/one_time.py", "contacts/books.py", "contacts/carddav/keeping.py", "contacts/purge.py",
    "contacts/search/phones.py", "mail", "pictures", "users/deletion.py", "users/factors/totp.py",
)  # fmt: skip
"""What reads settings when mails are sent, and when what has expired is removed."""


def settings_read_by(*places: str) -> set[str]:
    folders = [ROOT / "project" / place for place in places]
    files = [file for folder in folders for file in ([folder] if folder.is_file() else sorted(folder.rglob("*.py")))]
    return {name.upper() for file in files for name in re.findall(r"settings\.(\w+)", file.read_text())}


def test_the_worker_is_given_all_that_it_reads_and_no_other_secret() -> None:
    _, worker = COMPOSE.split("\n  worker:\n")
    given = set(re.findall(r"^      ([A-Z_]+): ", worker.partition("    networks:")[0], re.MULTILINE))
    assert settings_read_by(*WORKER) | {"DATABASE_URL", "JWT_SECRET_KEY", "MAIL_PASSWORD"} <= given
    assert given <= set(NAMES)
    assert given.isdisjoint({"ENCRYPTION_KEYS", "REDIS_URL"})


@pytest.mark.parametrize("role", ["worker", "migrate"])
def test_production_starts_with_what_a_process_is_given(role: str, tmp_path: Path) -> None:
    """And with nothing else; `api`, which does all, is given the whole file."""
    secrets_of_all = {
        "APP_ENV": "production",
        "JWT_SECRET_KEY": secrets.token_urlsafe(48),
        "PUBLIC_URL": "https://contacts.example.org",
        "MAIL_SERVER": "mail.example.org",
        "POSTGRES_PASSWORD": secrets.token_urlsafe(24),
    }
    given = yaml.safe_load(COMPOSE)["services"][role]["environment"]
    read_from = {name: interpolated(str(value), secrets_of_all) for name, value in given.items()}
    read_from["INSTANCE_FOLDER"] = str(tmp_path)
    assert SCHEMA.load(read_from).app_role == role
    with pytest.raises(ValidationError, match="DATABASE_URL"):
        SCHEMA.load(read_from | {"DATABASE_URL": "postgresql://contacts:contacts@db/contacts"})


def interpolated(value: str, variables: Mapping[str, str]) -> str:
    """As Compose replaces `${NAME:-default}`, which may hold another one."""
    before = ""
    while value != before:
        before, value = (
            value,
            re.sub(r"\$\{(\w+):-([^${}]*)\}", lambda found: variables.get(found[1]) or found[2], value),
        )
    return value


def test_only_the_proxy_publishes_a_port() -> None:
    assert COMPOSE.count("ports:") == 1
    proxy, _, _ = COMPOSE.partition("\n  api:\n")
    assert "ports:" in proxy


def test_the_mailbox_can_be_published_as_the_guide_says() -> None:
    (shown,) = re.findall(r"```yaml\n(services:\n  mailpit:.*?)```", GUIDE, re.DOTALL)
    compose = yaml.safe_load(COMPOSE)
    assert yaml.safe_load(shown) == {"services": {"mailpit": {"ports": ["127.0.0.1:8025:8025"]}}}
    (network,) = compose["services"]["mailpit"]["networks"]
    assert not (compose["networks"][network] or {}).get("internal")  # no port of such a network is published


def test_https_is_remembered_where_the_public_url_has_it() -> None:
    """HSTS (RFC 6797): a block with headers of its own does not inherit those of the server."""
    (chosen,) = re.findall(r'map "\$\{PUBLIC_URL\}" \$transport_security \{\n(.*?)\}', PROXY, re.DOTALL)
    assert chosen.split() == ['"~*^https:"', '"max-age=31536000;', 'includeSubDomains";', "default", '"";']
    header = "add_header Strict-Transport-Security $transport_security always;"
    _, server = PROXY.split("\nserver {\n")
    assert header in server.partition("location")[0]
    blocks = re.findall(r"location [^{]+\{[^}]*\}", server)
    assert len(blocks) > 5
    assert [block for block in blocks if "add_header" in block and header not in block] == []


def test_no_secret_stands_in_what_is_committed() -> None:
    """But for the password of a database that no port leads to, in development."""
    found = re.findall(r"(?i)(?:password|secret|key)[A-Z_]*: (\S+)", COMPOSE)
    assert "${POSTGRES_PASSWORD:-contacts}" in found
    assert [value for value in found if not re.fullmatch(r"\$\{(POSTGRES_PASSWORD:-contacts|[A-Z_]+:-)\}", value)] == []


def test_a_cluster_has_one_password_no_port_and_nothing_to_explain_besides() -> None:
    assert "ports:" not in CITUS
    assert read(CITUS) == {"POSTGRES_PASSWORD": "contacts", "SCALE_OUT_WORKERS": ""}
    assert '#   ... --profile workers up, with SCALE_OUT_WORKERS="--worker db-worker-1:5432' in CITUS


def test_the_nodes_of_a_cluster_move_shards_and_prepare_transactions() -> None:
    (command,) = re.findall(r'command: \["postgres", (.*)\]', CITUS)
    options = re.findall(r'"-c", "([a-z_]+)=([a-z0-9]+)"', command)
    assert options == [("wal_level", "logical"), ("max_prepared_transactions", "200")]
    volumes = re.findall(r'volumes: \["([a-z0-9-]+):/var/lib/postgresql"\]', CITUS)
    assert len(volumes) == len(set(volumes)) == len(re.findall(r"^  db(?:-worker-\d)?:$", CITUS, re.MULTILINE)) == 3


def test_a_cluster_migrates_when_its_nodes_are_there_and_stops_before_them() -> None:
    _, db = CITUS.split("\n  db:\n")
    _, migrate = CITUS.split("\n  migrate:\n")
    for node in re.findall(r"^  (db-worker-\d):$", CITUS, re.MULTILINE):
        assert f"{node}: {{condition: service_started, required: false}}" in db.partition("\n\n")[0]
        assert f"{node}: {{condition: service_healthy, required: false}}" in migrate.partition("\nvolumes:")[0]
