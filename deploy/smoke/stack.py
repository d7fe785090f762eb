"""The services, by Docker Compose, as a project of their own with settings of their own."""

from __future__ import annotations

import http.client
import json
import os
import re
import shlex
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PROJECT = "contacts-smoke"
REPLICAS = 2
START_SECONDS = 240
STOP_SECONDS = "185"


class Broken(Exception):
    """Something does not hold."""


def check(holds: object, *what: object) -> None:
    if not holds:
        raise Broken(" ".join(map(str, what)))


def wait_for(holds: Callable[[], object], what: str, seconds: float = START_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not attempted(holds):
        check(time.monotonic() < deadline, "waited", seconds, "seconds for", what)
        time.sleep(0.5)


def attempted(holds: Callable[[], object]) -> object:
    try:
        return holds()
    except (OSError, http.client.HTTPException):  # nobody listens yet
        return False


def environment() -> dict[str, str]:
    """Without settings: those of this shell are not for this stack."""
    settings = re.findall(r"([A-Z_]+)=", (ROOT / ".env.example").read_text())
    return {name: value for name, value in os.environ.items() if name not in settings}


def run(command: Sequence[str | Path], extra: Mapping[str, str] | None = None) -> str:
    """What a command prints; it must end well."""
    ended = subprocess.run(  # noqa: S603  # the commands are our own
        command, cwd=ROOT, env={**environment(), **(extra or {})}, capture_output=True, text=True, check=False
    )
    check(ended.returncode == 0, *command, "ended with", ended.returncode, "\n", ended.stderr[-4000:])
    return ended.stdout


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class Stack:
    """As `cp .env.example .env && docker compose up` makes it, but for its names, its port, and limits on our load."""

    def __init__(self, folder: str, options: Sequence[str] = (), settings: Mapping[str, object] | None = None) -> None:
        self.port = free_port()
        written = Path(folder, "settings")
        own = {
            "PROXY_ADDRESS": f"127.0.0.1:{self.port}",
            "PROXY_REQUESTS": "10000r/s",
            "METRICS": "on",
            "API_REPLICAS": REPLICAS,
            "IMAGE": f"{PROJECT}:latest",
            "ENV_FILE": written,
            **(settings or {}),
        }
        lines = [f"{name}={value}\n" for name, value in own.items()]
        written.write_text((ROOT / ".env.example").read_text() + "".join(lines))
        options = [*options, "--project-name", PROJECT, "--env-file", str(written)]
        docker = os.environ.get("DOCKER", "docker")
        self.docker_command = shlex.split(docker)
        self.compose_command = [*shlex.split(os.environ.get("DOCKER_COMPOSE", f"{docker} compose")), *options]

    def compose(self, *words: str) -> str:
        return run([*self.compose_command, *words])

    def docker(self, *words: str) -> str:
        return run([*self.docker_command, *words])

    def upgrade(self) -> None:
        commands = {"DOCKER": shlex.join(self.docker_command), "DOCKER_COMPOSE": shlex.join(self.compose_command)}
        run([ROOT / "deploy/upgrade"], commands)

    def up(self) -> None:
        self.compose("up", "-d")
        self.wait_until_ready()
        self.wait_until_healthy()

    def wait_until_ready(self) -> None:
        wait_for(self.is_ready, "the service to be ready")

    def wait_until_healthy(self) -> None:
        wait_for(lambda: self.inspect("api", ".State.Health.Status") == ["healthy"] * REPLICAS, "all replicas")

    def is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200

    def containers(self, service: str) -> list[str]:
        """Those of a service, running or not."""
        labels = {"project": PROJECT, "service": service, "oneoff": "False"}
        filters = [f"--filter=label=com.docker.compose.{name}={value}" for name, value in labels.items()]
        return self.docker("ps", "--all", "--quiet", "--no-trunc", *filters).split()

    def inspect(self, service: str, what: str) -> list[str]:
        """A property of each container of a service."""
        return self.docker("inspect", "--format", f"{{{{{what}}}}}", *self.containers(service)).split()

    def python(self, container: str, program: str) -> Any:
        """Run a program in a container, and read the JSON that it prints."""
        return json.loads(self.docker("exec", container, "python", "-c", program))

    def has_image(self, name: str) -> bool:
        """Whether an image is here already; nothing is fetched."""
        return name in self.docker("images", "--format", "{{.Repository}}:{{.Tag}}").split()

    def shell(self, service: str, script: str) -> str:
        return self.docker("exec", self.containers(service)[0], "sh", "-c", script)
