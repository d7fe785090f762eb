"""When pictures cannot be had for a while."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from project.errors import ServiceUnavailable

log = structlog.get_logger()


@contextmanager
def unavailable_on(kind: type[Exception]) -> Iterator[None]:
    try:
        yield
    except kind as error:
        log.warning("pictures_unavailable", error=type(error).__name__, cause=str(error)[:500])
        raise ServiceUnavailable("The picture store is unavailable.") from error
