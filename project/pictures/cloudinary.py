"""Pictures at Cloudinary. The only user of `cloudinary`."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from http import HTTPStatus
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import urllib3
from cloudinary import api, uploader, utils  # type: ignore[import-untyped]

from project.errors import NotFound
from project.pictures.references import KEY, checked

DEADLINE_SECONDS: Final = 5.0  # for Cloudinary to answer; our client is promised an answer within 10
MOST_BYTES: Final = 4 * 2**20  # of a picture that is read back; ours have a tenth
WEBP: Final = b"RIFF"  # the first bytes of our pictures
MOST_PAGES: Final = 100  # of 1,000 pictures each
MOST_CALLS: Final = 3  # at once in one process, including abandoned ones, so that a thread is left for other requests
TURN_SECONDS: Final = 0.2  # for which a call waits until another ends

Result = TypeVar("Result")

calls = threading.BoundedSemaphore(MOST_CALLS)


class Cloudinary:
    """
    An account at Cloudinary, by the URL that its console shows; `upload_prefix` and `signature_algorithm` may follow.

    Every call passes what the SDK would otherwise take from its global configuration, so that two applications in one
    process may have two accounts. It passes bytes only: the SDK would open a string as a file, or fetch it as a URL.
    """

    outages = Exception  # the SDK raises anything, and answers may lack anything

    def __init__(self, url: str, *, deadline: float = DEADLINE_SECONDS) -> None:
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query))
        self.deadline = deadline
        self.delivery = delivery_url(parts.hostname, domain=parts.path.strip("/"))
        self.account = {
            "cloud_name": parts.hostname,
            "api_key": parts.username,
            "api_secret": parts.password,
            "oauth_token": None,
            "upload_preset": None,
            "upload_prefix": options.get("upload_prefix"),
            "signature_algorithm": options.get("signature_algorithm", utils.SIGNATURE_SHA1),
        }

    def put(self, key: str, data: bytes) -> str:
        public_id = f"pictures/{key}"
        upload = partial(uploader.upload, data, public_id=public_id, overwrite=True, invalidate=True)
        answer = self.call(upload, self.deadline)
        if answer["public_id"] != public_id:
            raise ValueError("Cloudinary keeps the picture under another id.")
        return checked(f"{key}@{answer['version']}")

    def url(self, key: str) -> str:
        path, _, version = key.partition("@")
        return f"{self.delivery}/v{version or 1}/pictures/{path}.webp"

    def key_at(self, url: str) -> str | None:
        """The key of the picture at a URL of ours."""
        version, _, path = url.removeprefix(f"{self.delivery}/v").removesuffix(".webp").partition("/pictures/")
        key = f"{path}@{version}"
        return key if KEY.fullmatch(key) and url == self.url(key) else None

    def delete(self, key: str, *, seconds: float) -> None:
        path, _, _ = key.partition("@")
        destroy = partial(uploader.destroy, f"pictures/{path}", invalidate=True)
        answer = self.call(destroy, min(seconds, self.deadline))
        if answer["result"] not in ("ok", "not found"):
            raise ValueError(f"Cloudinary answers {answer['result']!r}.")

    def read(self, key: str) -> bytes:
        """Read from the API, which has the newest version; caches of the public URL may have an older one."""
        path, _, _ = key.partition("@")
        url = utils.private_download_url(f"pictures/{path}", "webp", type="upload", **self.account)
        return answer_within(self.deadline, partial(fetch, url, self.deadline))

    def delete_owner(self, owner_id: UUID, *, seconds: float) -> None:
        delete = partial(api.delete_resources_by_prefix, f"pictures/{owner_id}/", invalidate=True)
        end = time.monotonic() + min(seconds, self.deadline)
        page: dict[str, str] = {}
        for _ in range(MOST_PAGES):
            answer = self.call(partial(delete, **page), end - time.monotonic())
            if not isinstance(answer["deleted"], dict):
                raise TypeError("Cloudinary does not say what it deleted.")
            if not answer.get("next_cursor"):
                return
            page = {"next_cursor": answer["next_cursor"]}
        raise RuntimeError("Cloudinary finds ever more pictures to delete.")

    def call(self, function: Callable[..., Any], seconds: float) -> Any:
        return answer_within(seconds, partial(function, **self.account, timeout=max(seconds, 0.01)))


def delivery_url(cloud: str | None, *, domain: str) -> str:
    """The beginning of every picture's address, as the SDK makes it; only a private CDN has a domain."""
    url, _ = utils.cloudinary_url(
        "picture", secure=True, cloud_name=cloud, private_cdn=bool(domain), secure_distribution=domain or None
    )
    return str(url).removesuffix("/picture")


def fetch(url: str, seconds: float) -> bytes:
    """Read a picture of ours; raises NotFound, and ValueError for anything else."""
    answer = urllib3.request("GET", url, timeout=seconds, retries=False, redirect=False, preload_content=False)
    try:
        picture = answer.read(MOST_BYTES + 1)
    finally:
        answer.close()
    if answer.status == HTTPStatus.NOT_FOUND:
        raise NotFound()
    if answer.status != HTTPStatus.OK or len(picture) > MOST_BYTES or not picture.startswith(WEBP):
        raise ValueError(f"Cloudinary answers {answer.status} and {len(picture)} bytes that are no picture of ours.")
    return picture


def answer_within(seconds: float, call: Callable[[], Result]) -> Result:
    """What the call returns or raises; TimeoutError after so many seconds.

    The SDK has no such deadline, only one between two bytes, so a thread waits. It may go on after the deadline.
    """
    if not calls.acquire(timeout=min(TURN_SECONDS, max(seconds, 0))):
        raise TimeoutError("Too many calls of Cloudinary have no answer yet.")
    answer: Future[Result] = Future()
    threading.Thread(target=run, args=(call, answer), daemon=True).start()
    return answer.result(seconds)


def run(call: Callable[[], Result], answer: Future[Result]) -> None:
    try:
        result = call()
    except Exception as error:  # raised where the answer is awaited
        calls.release()
        answer.set_exception(error)
    else:
        calls.release()
        answer.set_result(result)
