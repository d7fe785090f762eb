"""A command that fails says why in one line. With FLASK_DEBUG=1 it shows the traceback."""

import copy
import sys
from collections.abc import Callable
from functools import partial
from io import BytesIO, TextIOWrapper
from typing import Any, Final

import click
from flask.cli import AppGroup
from flask.helpers import get_debug_flag
from marshmallow import ValidationError
from sqlalchemy.exc import DBAPIError

from project.errors import Problem
from project.web.parsing import flatten

NOT_MIGRATED: Final = ("no such table", "no such column", "does not exist")
MIGRATE: Final = "The database is not migrated: run `flask db upgrade`."


class Commands(AppGroup):
    """The application's commands; none ends in a traceback."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        command = copy.copy(super().get_command(ctx, cmd_name))
        if command is not None:
            command.invoke = partial(attempt, command.invoke)  # type: ignore[method-assign]
        return command


def attempt(invoke: Callable[[click.Context], Any], ctx: click.Context) -> Any:
    """Raise ClickException for every error but click's own, and but for an output that is no longer read.

    Closed standard input is read as empty.
    """
    sys.stdin = sys.stdin or TextIOWrapper(BytesIO())
    try:
        return invoke(ctx)
    except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
        raise
    except Exception as error:
        if get_debug_flag():
            raise
        raise click.ClickException(reason(error)) from None


def reason(error: Exception) -> str:
    """One line, without the statement and its parameters."""
    if isinstance(error, DBAPIError):
        said = str(error.orig).strip().partition("\n")[0]
        return MIGRATE if any(words in said for words in NOT_MIGRATED) else f"The database: {said}"
    if isinstance(error, ValidationError):
        first = flatten(error.messages)[0]
        return f"{first['pointer'].lstrip('/')}: {first['detail']}".removeprefix(": ")
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    if isinstance(error, Problem):
        return str(error)
    return f"{type(error).__name__}: {error}".partition("\n")[0] + " (FLASK_DEBUG=1 shows where.)"
