"""Pictures at Cloudinary. The only user of `cloudinary`."""

import time
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import urllib3
from cloudinary import api, uploader, utils  # type: ignore[import-untyped]

from project.errors import NotFound
from project.pictures.outages import unavailable_on
from project.pictures.references import KEY, checked
from project.pictures.turns import answer_within

DEADLINE_SECONDS: Final = 6.0  # for one answer of Cloudinary; the client is promised one of ours within 10
MOST_BYTES: Final = 4 * 2**20  # of a picture that is read back; ours have a tenth of that
WEBP: Final = b"RIFF"  # what ours begin with
MOST_PAGES: Final = 100  # of 1,000 pictures each


class Cloudinary:
    """
    An account at Cloudinary, by the URL that its console shows; `upload_prefix` and `signature_algorithm` may follow.

    Every call says all that the SDK would else take from its global configuration, so that two applications in one
    process may have two accounts. It gets bytes only: the SDK opens a text as a local file, or fetches it as a URL.
    """

    def __init__(self, url: str, *, deadline: float = DEADLINE_SECONDS) -> None:
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query))
        self._deadline = deadline
        self._delivery = _delivery(parts.hostname, domain=parts.path.strip("/"))
        self._account = {
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
        with unavailable_on(Exception):
            upload = partial(uploader.upload, data, public_id=public_id, overwrite=True, invalidate=True)
            answer = self._answer(upload, self._deadline)
            if answer["public_id"] != public_id:
                raise ValueError("Cloudinary keeps the picture under another id.")
            return checked(f"{key}@{answer['version']}")

    def url(self, key: str) -> str:
        path, _, version = key.partition("@")
        return f"{self._delivery}/v{version or 1}/pictures/{path}.webp"

    def key_at(self, url: str) -> str | None:
        """The key of the picture at a URL of ours."""
        version, _, path = url.removeprefix(f"{self._delivery}/v").removesuffix(".webp").partition("/pictures/")
        key = f"{path}@{version}"
        return key if KEY.fullmatch(key) and url == self.url(key) else None

    def delete(self, key: str, *, seconds: float) -> None:
        path, _, _ = key.partition("@")
        with unavailable_on(Exception):
            destroy = partial(uploader.destroy, f"pictures/{path}", invalidate=True)
            answer = self._answer(destroy, min(seconds, self._deadline))
            if answer["result"] not in ("ok", "not found"):
                raise ValueError(f"Cloudinary answers {answer['result']!r}.")

    def read(self, key: str) -> bytes:
        """From the API, which has what was put, and not from the public address, where caches may have what was."""
        path, _, _ = key.partition("@")
        with unavailable_on(Exception):
            url = utils.private_download_url(f"pictures/{path}", "webp", type="upload", **self._account)
            picture: bytes | None = answer_within(self._deadline, partial(_fetch, url, self._deadline))
        if picture is None:
            raise NotFound
        return picture

    def delete_owner(self, owner_id: UUID, *, seconds: float) -> None:
        delete = partial(api.delete_resources_by_prefix, f"pictures/{owner_id}/", invalidate=True)
        end = time.monotonic() + min(seconds, self._deadline)
        page: dict[str, str] = {}
        with unavailable_on(Exception):
            for _ in range(MOST_PAGES):
                answer = self._answer(partial(delete, **page), end - time.monotonic())
                if not isinstance(answer["deleted"], dict):
                    raise TypeError("Cloudinary does not say what it deleted.")
                if not answer.get("next_cursor"):
                    return
                page = {"next_cursor": answer["next_cursor"]}
            raise RuntimeError("Cloudinary finds ever more pictures to delete.")

    def _answer(self, call: Callable[..., Any], seconds: float) -> Any:
        return answer_within(seconds, partial(call, **self._account, timeout=max(seconds, 0.01)))


def _delivery(cloud: str | None, *, domain: str) -> str:
    """What the address of every picture begins with, as the SDK makes it; only a private CDN has a domain."""
    url, _ = utils.cloudinary_url(
        "picture", secure=True, cloud_name=cloud, private_cdn=bool(domain), secure_distribution=domain or None
    )
    return str(url).removesuffix("/picture")


def _fetch(url: str, seconds: float) -> bytes | None:
    answer = urllib3.request("GET", url, timeout=seconds, retries=False, redirect=False, preload_content=False)
    try:
        picture = answer.read(MOST_BYTES + 1)
    finally:
        answer.close()
    if answer.status == HTTPStatus.NOT_FOUND:
        return None
    if answer.status != HTTPStatus.OK or len(picture) > MOST_BYTES or not picture.startswith(WEBP):
        raise ValueError(f"Cloudinary answers {answer.status} and {len(picture)} bytes that are no picture of ours.")
    return picture
