"""The peer's application: `uvicorn benchmarks.peer.main:app`."""

from typing import Any

from fastapi import APIRouter, FastAPI

from benchmarks.peer import reading, schemas, writing
from benchmarks.peer.callers import CallerId
from benchmarks.peer.database import AddressBook, Database, User
from benchmarks.peer.headers import CommonHeaders
from benchmarks.peer.limits import Counted
from benchmarks.peer.settings import settings
from project.pictures.avatars import default_avatar_path

users = APIRouter(prefix="/api/v1/users")


@users.get("/me", response_model=schemas.User, dependencies=[Counted])
async def show(user_id: CallerId, database: Database) -> Any:
    user = await database.get_one(User, user_id)
    book = await database.get(AddressBook, user_id)
    return {
        "id": user.id,
        "username": user.username,
        "email": user.email,
        "email_verified": user.email_verified_at is not None,
        "avatar_url": user.avatar or settings.public_url + default_avatar_path(user.username),
        "contacts_count": book.living if book else 0,
        "created_at": user.created_at,
        "updated_at": user.updated_at,
    }


app = FastAPI(title="Peer")


@app.get("/healthz")
async def is_alive() -> dict[str, str]:
    return {"status": "ok"}


for router in (users, reading.router, writing.router):
    app.include_router(router)
app.add_middleware(CommonHeaders)
