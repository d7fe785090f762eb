"""How often one may ask, counted in Redis for all workers together."""

import time

from fastapi import Depends, HTTPException, Response
from limits import parse
from redis.asyncio import Redis

from benchmarks.peer.callers import CallerId
from benchmarks.peer.settings import settings

redis = Redis.from_url(settings.redis_url)
ALLOWED = parse(settings.me_rate_limit)


async def count(user_id: CallerId, response: Response) -> None:
    """Count one request in a fixed window, by one round trip; says in headers how many are left."""
    key = f"peer:me:{user_id}"
    async with redis.pipeline() as pipeline:
        pipeline.incr(key)
        pipeline.expire(key, ALLOWED.get_expiry(), nx=True)
        pipeline.ttl(key)
        spent, _, left = await pipeline.execute()
    headers = {
        "X-RateLimit-Limit": str(ALLOWED.amount),
        "X-RateLimit-Remaining": str(max(ALLOWED.amount - spent, 0)),
        "X-RateLimit-Reset": str(int(time.time()) + left),
    }
    if spent > ALLOWED.amount:
        raise HTTPException(429, "rate-limited", {**headers, "Retry-After": str(left)})
    response.headers.update(headers)


Counted = Depends(count)
