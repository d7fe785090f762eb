"""What can be done with a user: find, describe, rename, move to another address."""

from typing import Any
from uuid import UUID

import sqlalchemy as sql
import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from project.contacts import books
from project.database.base import new_id
from project.errors import EmailTaken, SessionRevoked, UsernameTaken, WrongPassword
from project.extensions import db, settings
from project.pictures import avatars, removals
from project.pictures.store import store
from project.users import deletion, passwords
from project.users.models import User
from project.users.names import email_key, username_key

log = structlog.get_logger()


def get(user_id: UUID) -> User:
    """Return the user whose session was just verified; raises SessionRevoked when the account is gone."""
    user = db.session.get(User, user_id)
    if user is None:  # deleted since the session was read
        raise SessionRevoked()
    return user


def lock(user: User) -> bool:
    """Lock the user's row if the account exists and its password is unchanged; return whether it did.

    Call it before writing what depends on the account or its password. Refreshes `user`.
    """
    unchanged = (User.id == user.id, User.password_hash == user.password_hash)
    locked = sql.update(User).where(*unchanged).values(updated_at=User.updated_at).returning(User)
    fresh = {"populate_existing": True, "synchronize_session": False}
    return db.session.scalars(locked, execution_options=fresh).one_or_none() is not None


def reread(user: User) -> User | None:
    """Refresh a user whose `lock` failed; None when the account is gone."""
    return db.session.get(User, user.id, populate_existing=True)


def hold(user: User) -> None:
    """Lock the user's row; raises SessionRevoked when the account was deleted, or its password changed, meanwhile."""
    if not lock(user):
        raise SessionRevoked()


def find(identifier: str) -> User | None:
    """The user of this name or address; a name cannot hold an @."""
    name = identifier.strip()
    matches = User.email_key == email_key(name) if "@" in name else User.username_key == username_key(name)
    return db.session.scalars(select(User).where(matches)).one_or_none()


def describe(user: User) -> dict[str, Any]:
    """The user as the API shows it."""
    return {
        "id": user.id,
        "username": user.username,
        "email": user.email,
        "email_verified": user.email_verified_at is not None,
        "avatar_url": avatar_url(user),
        "contacts_count": books.state(user.id).contact_count,
        "created_at": user.created_at,
        "updated_at": user.updated_at,
    }


def avatar_url(user: User) -> str:
    """The user's picture, or the one that the server draws from the name."""
    own = store.url(user.avatar) if user.avatar else None
    return own or f"{settings.public_url}{avatars.default_avatar_path(user.username)}"


def set_avatar(user_id: UUID, reference: str | None) -> tuple[User, str | None]:
    """Set or remove the user's picture, and queue the removal of the previous one, which is returned too.

    Concurrent calls each drop the one before. Raises SessionRevoked when the account was deleted meanwhile.
    """
    user = get(user_id)
    hold(user)
    dropped = removals.replace(user.avatar, reference)
    user.avatar = reference
    return user, dropped


def create(username: str, email: str, password_hash: str) -> User:
    """A new user. Of concurrent calls for one name or address one succeeds. Raises UsernameTaken or EmailTaken."""
    user = User(
        id=new_id(),
        username=username,
        username_key=username_key(username),
        email=email,
        email_key=email_key(email),
        password_hash=password_hash,
    )
    db.session.add(user)
    flush_unless_taken()
    return user


def check_free(username: str, email: str) -> None:
    """Raises EmailTaken or UsernameTaken. Deletes an unverified account that is overdue instead."""
    deletion.vacate(User.email_key == email_key(email), User.username_key == username_key(username))
    if find(email):
        raise EmailTaken()
    if find(username):
        raise UsernameTaken()


def check_address(user: User, email: str) -> None:
    """Raises EmailTaken when another account has this address, unless that one is overdue: `move` would delete it."""
    taken = (User.email_key == email_key(email), User.id != user.id, sql.not_(deletion.is_overdue()))
    if db.session.execute(select(User.id).where(*taken)).first():
        raise EmailTaken()


def rename(user: User, username: str) -> None:
    """Raises UsernameTaken, or SessionRevoked when the account was deleted meanwhile."""
    hold(user)
    key = username_key(username)
    deletion.vacate(User.username_key == key)
    user.username, user.username_key = username, key
    flush_unless_taken()


def move(user: User, email: str) -> None:
    """Give the user another address; raises EmailTaken."""
    key = email_key(email)
    deletion.vacate(User.email_key == key)
    user.email, user.email_key = email, key
    flush_unless_taken()


def flush_unless_taken() -> None:
    """Flush. The unique constraints decide, and both engines name the one that was violated."""
    try:
        db.session.flush()
    except IntegrityError as error:
        violation = str(error.orig).partition("\n")[0]
        raise (EmailTaken() if User.email_key.key in violation else UsernameTaken()) from None


def renew_hash(user: User, password_hash: str) -> None:
    """Store another hash of the same password without touching `updated_at`. The caller holds the user's row."""
    renewed = sql.update(User).where(User.id == user.id)
    kept = renewed.values(password_hash=password_hash, updated_at=User.updated_at)
    db.session.execute(kept, execution_options={"synchronize_session": False})


def check_password(user: User, password: str) -> None:
    """Raises WrongPassword, or SessionRevoked when the account was deleted meanwhile.

    A right password stays right until the transaction ends.
    """
    while passwords.matches(password, user.password_hash):
        if lock(user):
            return
        if reread(user) is None:
            raise SessionRevoked()
    log.warning("wrong_password", user=str(user.id))
    raise WrongPassword()
