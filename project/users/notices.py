"""Mails that tell an owner what was done with the account, at most MOST_A_DAY of each kind.

Each kind is counted separately, so that an intruder cannot use up the mails about one action by repeating another.
"""

from typing import Final

import structlog
from limits import RateLimitItemPerDay

from project.extensions import limiter
from project.limiter import Count
from project.mail import outbox
from project.users.models import User

MOST_A_DAY: Final = 20

log = structlog.get_logger()


def notify(user: User, event: str, **told: str) -> None:
    """Mail the owner at the current address. The last mail of a day says so; what happens afterwards is only logged."""
    count = Count(RateLimitItemPerDay(MOST_A_DAY), ("notices", event, str(user.id)))
    if not limiter.hit(count):
        log.warning("notice_left_out", user=str(user.id), template=event)
        return
    last = {} if limiter.has_room(count) else {outbox.LAST: "true"}
    outbox.add(event, user.email, user_id=user.id, **told, **last)
