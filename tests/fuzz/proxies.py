"""nginx in front of a server, with the configuration that it is deployed with."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from tests.faulty_tcp import HOST, free_port
from tests.servers import ROOT, Server, is_alive

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin") or shutil.which("nginx")
TEMPLATE = ROOT / "deploy" / "nginx.conf.template"
FRAME = """
daemon off;
pid $home/nginx.pid;
error_log stderr;
worker_processes 1;
events { worker_connections 1024; }
http {
    client_body_temp_path $home/client; proxy_temp_path $home/proxy;
    fastcgi_temp_path $home/fastcgi; uwsgi_temp_path $home/uwsgi; scgi_temp_path $home/scgi;
$service
}
"""
VARIABLES: Mapping[str, str] = {
    "PUBLIC_URL": "http://127.0.0.1:8000",
    "PROXY_REQUESTS": "1000000r/s",
    "PROXY_CONNECTIONS": "1000",
    "LOAD_BALANCER": "192.0.2.1",
    "NGINX_LOCAL_RESOLVERS": "127.0.0.1:9",
}


@contextmanager
def nginx(target: str) -> Iterator[Server]:
    """In front of the server at `target`; limits on addresses are high enough for one who comes from a single one."""
    with tempfile.TemporaryDirectory(prefix="contacts-") as home:
        port = free_port()
        service = TEMPLATE.read_text()
        for name, value in VARIABLES.items():
            service = service.replace(f"${{{name}}}", value)
        service = service.replace("listen 8080;", f"listen {HOST}:{port};").replace("api:8000", urlsplit(target).netloc)
        configuration = Path(home, "nginx.conf")
        configuration.write_text(Template(FRAME).safe_substitute(home=home, service=service))
        Path(home).chmod(0o755)
        server = Server(f"http://{HOST}:{port}", [str(NGINX), "-c", configuration, "-p", home], Path(home, "log"))
        try:
            server.wait_until(is_alive)
            yield server
        finally:
            server.stop()
