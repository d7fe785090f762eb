"""Commands as an operator types them: processes of their own, with nothing but these settings in their environment."""

import os
import subprocess
import sys
from collections.abc import Mapping

from project.config import NAMES, ROOT

SECONDS = 180  # on a machine that does much else


def run(module: str, *arguments: str, settings: Mapping[str, object]) -> subprocess.CompletedProcess[str]:
    """`python -m module …` until it ends; raises subprocess.TimeoutExpired after three minutes."""
    unset = dict.fromkeys(NAMES, "")
    environment = {**os.environ, **unset, **{name: str(value) for name, value in settings.items()}}
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(  # noqa: S603  # the arguments are the tests' own
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )


def flask(*arguments: str, settings: Mapping[str, object]) -> subprocess.CompletedProcess[str]:
    """`flask …`, as in `flask("user", "list", settings=settings)`."""
    return run("flask", "--app", "wsgi", *arguments, settings=settings)
