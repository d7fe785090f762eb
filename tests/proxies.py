"""nginx in front of a server, with the configuration that it is deployed with."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.faulty_tcp import HOST, free_port
from tests.servers import ROOT, Server, is_alive

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin") or shutil.which("nginx")
needs_nginx = pytest.mark.skipif(NGINX is None, reason="nginx is not installed; on Debian: apt-get install nginx")
WHOLE = ROOT / "deploy" / "nginx.conf"
SERVICE = ROOT / "deploy" / "nginx.conf.template"
KINDS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
VARIABLES: Mapping[str, str] = {
    "PUBLIC_URL": "http://127.0.0.1:8000",
    "PROXY_REQUESTS": "1000000r/s",
    "PROXY_CONNECTIONS": "1000",
    "LOAD_BALANCER": "192.0.2.1",
    "NGINX_LOCAL_RESOLVERS": "127.0.0.1:9",
    "CORS_ORIGINS": "",
}


@contextmanager
def nginx(*targets: str, **variables: str) -> Iterator[Server]:
    """In front of the servers at `targets`; limits on addresses are high enough for one who comes from a single one."""
    with tempfile.TemporaryDirectory(prefix="contacts-") as home:
        port, folder = free_port(), Path(home)
        folder.chmod(0o755)
        (folder / "conf.d").mkdir()
        (folder / "conf.d" / "places.conf").write_text("".join(f"{kind}_temp_path {home}/{kind};\n" for kind in KINDS))
        (folder / "conf.d" / "default.conf").write_text(service({**VARIABLES, **variables}, port, targets))
        (folder / "nginx.conf").write_text(whole(home))
        command: list[str | Path] = [str(NGINX), "-g", "daemon off;", "-c", folder / "nginx.conf", "-p", home]
        server = Server(f"http://{HOST}:{port}", command, folder / "log")
        try:
            server.wait_until(is_alive)
            yield server
        finally:
            server.stop()


def whole(home: str) -> str:
    """deploy/nginx.conf, with all that it names in a folder of its own."""
    text = WHOLE.read_text()
    for name, own in (("/run/nginx.pid", f"{home}/nginx.pid"), ("/etc/nginx/conf.d", f"{home}/conf.d")):
        assert name in text
        text = text.replace(name, own)
    return text


def service(variables: Mapping[str, str], port: int, targets: Sequence[str]) -> str:
    text = SERVICE.read_text()
    for name, value in variables.items():
        text = text.replace(f"${{{name}}}", value)
    replicas = " ".join(f"server {urlsplit(target).netloc};" for target in targets)
    text = text.replace("listen 8080;", f"listen {HOST}:{port};").replace("api:8000", "replicas")
    return f"upstream replicas {{ {replicas} }}\n{text}"
