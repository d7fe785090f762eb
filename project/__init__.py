"""The contacts backend. `create_app` is the table of contents: one line for each part of the application."""

from collections.abc import Mapping

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from project import light_jwt as light_jwt  # isort: skip
from project import cli, config, extensions, logs, spelling
from project.auth import (
    app_files,
    app_password_routes,
    app_passwords,
    factor_routes,
    passkey_routes,
    session_routes,
    sessions,
    setup_pages,
)
from project.auth import mails as auth_mails
from project.auth import pages as auth_pages
from project.cli import upkeep
from project.contacts import book_routes
from project.contacts import routes as contacts_routes
from project.contacts.carddav import routes as carddav_routes
from project.contacts.exchange import routes as exchange_routes
from project.mail import compose, worker
from project.pictures import routes as pictures_routes
from project.users import routes as users_routes
from project.web import docs, error_handlers, health, metrics, responses


def create_app(overrides: Mapping[str, object] | None = None) -> Flask:
    """Make the application; `overrides` win over the environment. Raises config.InvalidSetting."""
    settings = config.load(overrides)
    app = responses.Application(__name__, is_session_open=sessions.is_open)
    app.jinja_env.globals["app_name"] = config.APP_NAME
    logs.configure(settings.log_format)
    spelling.warn()
    responses.init_app(app)
    extensions.init_app(app, settings)
    api = docs.Api(app)  # whose own error handlers the next line replaces
    error_handlers.init_app(app)
    if settings.metrics:
        metrics.init_app(app)
    for blueprint in (
        session_routes.blueprint,
        factor_routes.blueprint,
        passkey_routes.blueprint,
        app_password_routes.blueprint,
        users_routes.blueprint,
        contacts_routes.blueprint,
        book_routes.blueprint,
        exchange_routes.blueprint,
    ):
        api.register_blueprint(blueprint)
    for pages in (auth_pages, app_files, setup_pages, pictures_routes):
        app.register_blueprint(pages.blueprint)
    health.init_app(app)
    carddav_routes.init_app(app, app_passwords)
    docs.init_app(app, api)
    compose.init_app(app, auth_mails.COMPOSERS)
    if settings.mail_worker == "thread":
        worker.init_app(app, upkeep.CHORES)
    cli.init_app(app)
    if hops := settings.trusted_proxy_hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app
