"""The networks that accounts have signed in from, where strangers' guesses from elsewhere do not lock them out."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT DO UPDATE is SQLite's too

from project.auth.models import KnownNetwork
from project.database.base import now
from project.extensions import db

MOST = 50  # of a user
KNOWN_FOR = timedelta(days=90)


def remember(user_id: UUID, network: str) -> None:
    """Note that the user signed in from this network. The caller holds the user's row."""
    seen = insert(KnownNetwork).values(user_id=user_id, network=network, seen_at=now())
    again = {"seen_at": seen.excluded.seen_at}
    db.session.execute(seen.on_conflict_do_update(index_elements=["user_id", "network"], set_=again))
    mine = KnownNetwork.user_id == user_id
    surplus = select(KnownNetwork.network).where(mine).order_by(KnownNetwork.seen_at.desc()).offset(MOST)
    forgotten = delete(KnownNetwork).where(mine, KnownNetwork.network.in_(surplus))
    db.session.execute(forgotten, execution_options={"synchronize_session": False})


def knows(user_id: UUID, network: str) -> bool:
    """Whether the user has signed in from this network in the last 90 days, even if no session from there is left."""
    seen = select(KnownNetwork.user_id).where(
        KnownNetwork.user_id == user_id,
        KnownNetwork.network == network,
        KnownNetwork.seen_at > now() - KNOWN_FOR,
    )
    return db.session.execute(seen).first() is not None


def forget(user_id: UUID, *, but: str = "") -> None:
    """Forget the networks of a user, but for one."""
    forgotten = delete(KnownNetwork).where(KnownNetwork.user_id == user_id, KnownNetwork.network != but)
    db.session.execute(forgotten, execution_options={"synchronize_session": False})


def is_outdated() -> ColumnElement[bool]:
    return KnownNetwork.seen_at <= now() - KNOWN_FOR
