"""Warn of settings whose names are misspelt: they have no effect."""

import os
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Final

import structlog

from project import config

ELSEWHERE: Final = (
    "BIND", "WEB_WORKERS", "WEB_THREADS", "POSTGRES_PASSWORD", "REDIS_PASSWORD", "LOAD_BALANCER", "PROXY_ADDRESS",
    "PROXY_REQUESTS", "PROXY_CONNECTIONS", "API_REPLICAS", "MAILPIT_REPLICAS", "IMAGE", "ENV_FILE",
)  # fmt: skip
"""What gunicorn's configuration and Compose read."""
ALIKE: Final = 0.88  # least similarity at which a name counts as a misspelling of ours


log = structlog.get_logger()


def warn() -> None:
    for name, meant in unknown(config.dotenv(), os.environ, config.NAMES):
        log.warning("unknown_setting", name=name, **({"meant": meant} if meant else {}))


def unknown(
    file: Mapping[str, str | None], environment: Mapping[str, str], names: Collection[str]
) -> Iterator[tuple[str, str | None]]:
    """Unknown names that are set, each with the known one that is most like it, if any is.

    In the file every name is meant for this application; in the environment only one that nearly is one of ours.
    """
    known = {*names, *ELSEWHERE}
    for name in sorted({*file, *environment} - known):
        meant = next(iter(get_close_matches(name.upper(), known, 1, ALIKE)), None)
        if name in file or meant:
            yield name, meant
