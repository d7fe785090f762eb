"""The operator's commands: mail-worker, purge, resync, scale-out, upgrade, seed, contacts …, user … and keys."""

from flask import Flask

from project.cli import accounts, address_books, failures, keys, scaling, upkeep


def init_app(app: Flask) -> None:
    app.cli = failures.Commands(app.cli.name, commands=app.cli.commands)
    for command in (upkeep.mail_worker, upkeep.purge, upkeep.resync, scaling.scale_out, scaling.upgrade):
        app.cli.add_command(command)
    for command in (address_books.contacts, address_books.seed, accounts.user, keys.keys):
        app.cli.add_command(command)
