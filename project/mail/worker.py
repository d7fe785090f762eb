"""The worker: sends due mails, one at a time, and does the application's chores; `flask mail-worker`, or a thread."""

import os
import threading
from collections.abc import Callable, Sequence
from smtplib import (
    SMTPDataError,
    SMTPException,
    SMTPNotSupportedError,
    SMTPRecipientsRefused,
    SMTPSenderRefused,
)

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from project.extensions import db
from project.mail import compose, delivery, outbox
from project.mail.outbox import Mail

IDLE_SECONDS = 1.0
LONGEST_IDLE_SECONDS = 30.0
REFUSALS = (  # of one mail by a healthy server
    SMTPRecipientsRefused,
    SMTPSenderRefused,
    SMTPDataError,
    SMTPNotSupportedError,
)
OUTAGES = (SQLAlchemyError, SMTPException, OSError)

log = structlog.get_logger()


def work(app: Flask, stop: threading.Event, chores: Sequence[Callable[[], object]] = ()) -> None:
    """Send mails until told to stop; back off while the database or the mail server is down."""
    idle = IDLE_SECONDS
    while not stop.is_set():
        try:
            with app.app_context():
                sent_any = send_due(stop)
                for chore in chores:
                    chore()
            idle = IDLE_SECONDS
        except Exception as error:  # the worker goes on, and the mail comes again when its lease ends
            defect = None if isinstance(error, OUTAGES) else error
            log.warning("mail_worker_waits", error=type(error).__name__, seconds=idle, exc_info=defect)
            sent_any, idle = False, min(idle * 2, LONGEST_IDLE_SECONDS)
        if not sent_any:
            stop.wait(idle)


def send_due(stop: threading.Event | None = None) -> bool:
    """Send what is due, until nothing is or `stop` is set; return whether anything was.

    Raises any error that does not concern one mail alone; the mail stays in the outbox.
    """
    sent_any = False
    while not (stop and stop.is_set()):
        mail = outbox.lease()
        db.session.commit()
        if mail is None:
            break
        send(mail)
        sent_any = True
    return sent_any


def send(mail: Mail) -> None:
    """Compose and deliver one leased mail, and delete it once accepted: at-least-once delivery."""
    try:
        message = compose.message(mail) if outbox.renew(mail.id) else None
        db.session.commit()
        if message:
            delivery.deliver(message)
    except Exception as error:  # a mail that cannot be composed is treated like one that is refused
        db.session.rollback()
        give_back(mail, error)
        if isinstance(error, REFUSALS):
            return
        raise
    outbox.remove(mail.id)
    db.session.commit()
    if message:
        log.info("mail_sent", template=mail.template, mail=str(mail.id))


def give_back(mail: Mail, error: Exception) -> None:
    hopeless = outbox.is_hopeless(mail)
    log.warning(
        "mail_given_up" if hopeless else "mail_postponed",
        template=mail.template,
        mail=str(mail.id),
        attempts=mail.attempts,
        error=type(error).__name__,
    )
    if hopeless:
        outbox.remove(mail.id)
    else:
        outbox.postpone(mail)
    db.session.commit()


def init_app(app: Flask, chores: Sequence[Callable[[], object]]) -> None:
    """Start the worker with the first request, in the process that serves it."""
    running: dict[int, threading.Thread] = {}
    starting = threading.Lock()

    @app.before_request
    def start() -> None:
        if os.getpid() in running:
            return
        with starting:
            if os.getpid() not in running:
                thread = threading.Thread(target=work, args=(app, threading.Event(), chores), name="mail", daemon=True)
                running[os.getpid()] = thread
                thread.start()
