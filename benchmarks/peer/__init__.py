"""A peer: the same answers by FastAPI, async SQLAlchemy, asyncpg and pydantic, written as their documentations say."""
