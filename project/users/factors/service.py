"""What can be done with a user's second factors: list, rename and remove them, and note that one was added."""

from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, delete, select, update

from project.database.base import now
from project.errors import NotFound, QuotaExceeded
from project.extensions import db
from project.users.factors import challenges, passkeys, recovery_codes, totp
from project.users.factors.models import SecondFactor
from project.users.models import User
from project.users.notices import notify

MOST: Final = 10  # of one user
FULL: Final = f"At most {MOST} second factors."
SHOWN: Final = ("id", "kind", "name", "created_at", "last_used_at")

log = structlog.get_logger()


def confirmed(user_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return SecondFactor.user_id == user_id, SecondFactor.confirmed_at.is_not(None)


def of_user(user_id: UUID) -> list[SecondFactor]:
    """The factors that are on, the oldest first."""
    own = select(SecondFactor).where(*confirmed(user_id)).order_by(SecondFactor.created_at, SecondFactor.id)
    return list(db.session.scalars(own))


def describe(factor: SecondFactor) -> dict[str, Any]:
    return {name: getattr(factor, name) for name in SHOWN}


def methods(user_id: UUID) -> list[str]:
    """The kinds of proof that the user can give; empty if no factor is on."""
    kinds = {factor.kind for factor in of_user(user_id)}
    found: list[str] = [kind for kind in (totp.KIND, passkeys.KIND) if kind in kinds]
    return [*found, recovery_codes.KIND] if found and recovery_codes.left(user_id) else found


def check_room(user_id: UUID) -> None:
    """Raises QuotaExceeded when the user has MOST factors; `added` checks again when one is switched on."""
    if len(of_user(user_id)) >= MOST:
        raise QuotaExceeded(FULL)


def added(user: User, factor: SecondFactor) -> bool:
    """Tell the owner of a factor that was switched on; return whether it is the first. Raises QuotaExceeded.

    The caller holds the user's row.
    """
    tell(user, factor, "second_factor_added")
    db.session.flush()
    count = len(of_user(user.id))
    if count > MOST:
        raise QuotaExceeded(FULL)
    return count == 1


def rename(user_id: UUID, factor_id: UUID, name: str) -> SecondFactor:
    """Raises NotFound."""
    renamed = update(SecondFactor).where(*confirmed(user_id), SecondFactor.id == factor_id).values(name=name)
    factor = db.session.scalars(renamed.returning(SecondFactor)).one_or_none()
    if factor is None:
        raise NotFound()
    return factor


def remove(user: User, factor_id: UUID) -> None:
    """Switch a factor off and void login tokens, and after the last factor the recovery codes. Raises NotFound."""
    own = {factor.id: factor for factor in of_user(user.id)}
    if (factor := own.pop(factor_id, None)) is None:
        raise NotFound()
    db.session.delete(factor)
    challenges.void(user.id)
    if not own:
        recovery_codes.remove(user.id)
    tell(user, factor, "second_factor_removed")


def remove_all(user: User) -> int:
    """Switch all factors off, for an owner who has lost them; return how many there were."""
    factors = of_user(user.id)
    for factor in factors:
        tell(user, factor, "second_factor_removed")
    every = delete(SecondFactor).where(SecondFactor.user_id == user.id)
    db.session.execute(every, execution_options={"synchronize_session": False})
    recovery_codes.remove(user.id)
    challenges.void(user.id)
    return len(factors)


def tell(user: User, factor: SecondFactor, event: str) -> None:
    """Mail the owner, and log the event."""
    notify(user, event, name=factor.name, kind=factor.kind, at=now().isoformat())
    log.warning(event, user=str(user.id), factor=str(factor.id), kind=factor.kind)
