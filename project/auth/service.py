"""What can be done with an account: register, sign in, verify the address, change and reset the password."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import structlog

from project.auth import app_passwords, networks, one_time, second_step, sessions
from project.auth.models import OneTimeToken, Session
from project.database.base import now
from project.errors import EmailNotVerified, InvalidCredentials, LinkExpired, NotFound
from project.extensions import db
from project.mail import outbox
from project.users import passwords
from project.users import service as users
from project.users.factors import challenges, proofs, recovery_codes
from project.users.factors import service as factors
from project.users.factors.models import SecondFactor
from project.users.factors.proofs import Proof
from project.users.models import User
from project.users.names import email_key
from project.users.notices import notify
from project.web.client_address import network_of

log = structlog.get_logger()


class Kept(NamedTuple):
    """The session that changes a credential, and the network that it is used from."""

    session_id: UUID
    network: str


def register(username: str, email: str, password: str) -> User:
    """A new account, not yet verified, with its verification mail; raises WeakPassword, EmailTaken, UsernameTaken."""
    passwords.check_strength(password, username, email)
    users.check_free(username, email)
    user = users.create(username, email, passwords.make_hash(password))
    outbox.add("verify_email", user.email, user_id=user.id)
    log.info("registered", user=str(user.id))
    return user


def sign_in(user: User | None, password: str, *, device: str, ip: str) -> Session:
    """A new session. An unknown user takes as long as a wrong password.

    The password is rehashed if BCRYPT_LOG_ROUNDS has changed. Raises InvalidCredentials, EmailNotVerified, or, where a
    second factor is on, SecondFactorRequired with a login token that the caller commits.
    """
    if not passwords.matches(password, user.password_hash if user else None) or user is None:
        log.warning("sign_in_refused", user=str(user.id) if user else None, ip=ip)
        raise InvalidCredentials()
    renewed = passwords.renewed(password, user.password_hash)
    if not users.lock(user):  # it was changed, or another sign-in has rehashed it
        return sign_in(users.reread(user), password, device=device, ip=ip)
    if user.email_verified_at is None:
        log.warning("sign_in_unverified", user=str(user.id), ip=ip)
        raise EmailNotVerified()
    if renewed:
        users.renew_hash(user, renewed)
    second_step.ask(user, device)
    return open_session(user, ["password"], device=device, ip=ip)


def open_session(user: User, authenticated_by: Sequence[str], *, device: str, ip: str) -> Session:
    """Sign a device in. The caller holds the user's row."""
    session = sessions.start(user.id, authenticated_by, device=device, ip=ip)
    networks.remember(user.id, network_of(ip))
    log.info("signed_in", user=str(user.id), session=str(session.id), ip=ip, by="+".join(authenticated_by))
    return session


def of_link(token: str, *purposes: str) -> tuple[OneTimeToken, User]:
    """The token of a mailed link and the account that it belongs to; raises LinkExpired."""
    proof = one_time.find(token, *purposes)
    user = db.session.get(User, proof.user_id)
    if user is None:  # deleted since the token was read
        raise LinkExpired()
    return proof, user


def verify(token: str) -> User:
    """Verify a new account's address, or the address that an account moves to. The link may be used again.

    Raises LinkExpired, or EmailTaken when another account has verified the address meanwhile.
    """
    proof, user = of_link(token, one_time.VERIFY, one_time.CHANGE)
    if not users.lock(user):
        raise LinkExpired()
    if proof.purpose == one_time.CHANGE and user.email != proof.address:
        move(user, proof.address)
    if user.email_verified_at is None:
        user.email_verified_at = now()
        log.info("email_verified", user=str(user.id))
    return user


def move(user: User, email: str) -> None:
    """Change the account's address, tell the old one, and void the links that were mailed there. Raises EmailTaken."""
    notify(user, "email_changed", new_email=email)
    one_time.revoke(user.id, one_time.VERIFY, one_time.RESET)
    users.move(user, email)
    log.info("email_changed", user=str(user.id))


def ask_for_mail(template: str, email: str) -> None:
    """Queue a mail. Whether an account has the address is looked up when it is sent, so that the answer cannot tell."""
    outbox.add(template, email_key(email), requested_at=now().isoformat())
    log.info("mail_requested", template=template)


def reset(token: str, password: str) -> None:
    """Set a new password by a mailed link; ends every session and verifies the address.

    Raises LinkExpired, or WeakPassword, which does not spend the token.
    """
    proof, user = of_link(token, one_time.RESET)
    passwords.check_strength(password, user.username, user.email)
    password_hash = passwords.make_hash(password)
    if not users.lock(user) or user.email != proof.address:
        raise LinkExpired()
    one_time.spend(proof)
    user.email_verified_at = user.email_verified_at or now()
    set_password(user, password_hash)
    log.info("password_reset", user=str(user.id))


def change_password(user: User, current: str, password: str, *, proof: Proof, keep: Kept) -> None:
    """Set a new password; ends every session but one. Raises WeakPassword, and whatever `proofs.check` does."""
    passwords.check_strength(password, user.username, user.email)
    password_hash = passwords.make_hash(password)
    proofs.check(user, current, proof)
    set_password(user, password_hash, keep=keep)
    log.info("password_changed", user=str(user.id))


def factor_added(user: User, factor: SecondFactor, *, keep: Kept) -> list[str]:
    """Tell the owner. The first factor ends all other sessions and app passwords: the password alone had opened them.

    Return the recovery codes that the first factor brings. Raises QuotaExceeded. The caller holds the user's row.
    """
    if not factors.added(user, factor):
        return []
    revoke_trust(user, but=keep)
    return recovery_codes.renew(user.id)


def remove_factors(user: User) -> int:
    """Switch off all factors of an owner who has lost them, and end all sessions; return how many there were."""
    count = factors.remove_all(user)
    end_all(user.id)
    return count


def devices(user_id: UUID, current: UUID) -> list[dict[str, Any]]:
    """Sessions and app passwords, most recently used first."""
    found = [*sessions.of_user(user_id, current), *map(app_passwords.as_session, app_passwords.of_user(user_id))]
    return sorted(found, key=lambda device: device["last_used_at"], reverse=True)


def end_device(device_id: UUID, user_id: UUID) -> None:
    """End a session or an app password; raises NotFound when it is not this user's."""
    try:
        sessions.end(device_id, user_id)
    except NotFound:
        app_passwords.end(device_id, user_id)


def end_all(user_id: UUID, *, but: Sequence[UUID] = ()) -> None:
    """Sign out all of the user's devices but some sessions; app passwords end too."""
    sessions.end_all(user_id, but=but)
    app_passwords.end_all(user_id)


def revoke_trust(user: User, *, but: Kept | None) -> None:
    """End all that the old credentials have opened, but for one session and its network.

    That is sessions, app passwords, known networks and a pending change of address.
    """
    stop_moving(user)
    end_all(user.id, but=[but.session_id] if but else [])
    networks.forget(user.id, but=but.network if but else "")


def set_password(user: User, password_hash: str, *, keep: Kept | None = None) -> None:
    """Store a new password's hash; end what the old one has opened, login tokens and reset links; tell the owner."""
    user.password_hash = password_hash
    challenges.void(user.id)
    revoke_trust(user, but=keep)
    one_time.revoke(user.id, one_time.RESET)
    notify(user, "password_changed", changed_at=now().isoformat())


def stop_moving(user: User) -> None:
    """Void a pending change of address: the mail that still waits, and then the link."""
    outbox.withdraw(user.id, "confirm_new_email")
    one_time.revoke(user.id, one_time.CHANGE)


def ask_to_move(user: User, email: str) -> None:
    """Mail a link to the new address, which replaces any before it, and a notice to the old one."""
    stop_moving(user)
    outbox.add("confirm_new_email", email, user_id=user.id)
    notify(user, "email_change_requested", new_email=email)
    log.info("email_change_requested", user=str(user.id))


def is_moving(user: User, email: str) -> bool:
    """Whether the user's latest link, sent or waiting, is for this address and valid."""
    return email in {one_time.address(user.id, one_time.CHANGE), *outbox.recipients(user.id, "confirm_new_email")}
