"""The commands that an operator types: `flask mail-worker`, `purge`, `resync`, `seed`, `contacts …`, `user …`."""

from flask import Flask

from project.cli import accounts, address_books, upkeep


def init_app(app: Flask) -> None:
    for command in (upkeep.mail_worker, upkeep.purge, upkeep.resync):
        app.cli.add_command(command)
    for command in (address_books.contacts, address_books.seed, accounts.user):
        app.cli.add_command(command)
