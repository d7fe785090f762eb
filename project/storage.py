"""Where pictures live: at Cloudinary, or on this server's disk. The only user of `cloudinary`.

A picture is known by a reference, `<place>:<owner>/<name>`, at Cloudinary with `@<version>` behind it. It names its
place, so pictures from before a server moved to Cloudinary keep their address and can be removed.

Who stores a picture takes a new reference and commits a note to remove it, puts the picture outside any transaction,
and commits what `put` returned together with the note's end. Whatever fails in between, the note removes.
"""

import hashlib
import os
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import structlog
import urllib3
from cloudinary import api, uploader, utils  # type: ignore[import-untyped]

from project.errors import NotFound, ServiceUnavailable

DEADLINE_SECONDS: Final = 6.0  # for one answer of Cloudinary; the client is promised one of ours within 10
MOST_BYTES: Final = 4 * 2**20  # of a picture that is read back; ours have a tenth of that
WEBP: Final = b"RIFF"  # what ours begin with
MOST_CALLS: Final = 3  # at the same time in one process, abandoned ones included: a thread is left for address books
TURN_SECONDS: Final = 0.2  # that a call waits for another to end
MOST_PAGES: Final = 100  # of 1,000 pictures each

log = structlog.get_logger()

_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/[0-9a-f]{48}(@[0-9]{1,16})?")
_calls = threading.BoundedSemaphore(MOST_CALLS)


@contextmanager
def _unavailable_on(kind: type[Exception]) -> Iterator[None]:
    try:
        yield
    except kind as error:
        log.warning("pictures_unavailable", error=type(error).__name__, cause=str(error)[:500])
        raise ServiceUnavailable("The place where pictures are kept does not answer at present.") from error


class Disk:
    """Files in one folder for each owner, served by this application under `/pictures/`."""

    def __init__(self, folder: Path, public_url: str) -> None:
        self._folder = folder
        self._public_url = public_url.rstrip("/")

    def put(self, key: str, data: bytes) -> str:
        """All of it or nothing, also when the power fails in between."""
        path, unfinished = self._paths(key)
        with _unavailable_on(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            with unfinished.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        return key

    def url(self, key: str) -> str:
        return f"{self._public_url}/pictures/{key}.webp"

    def delete(self, key: str, *, seconds: float) -> None:
        """What a broken `put` has left goes too."""
        with _unavailable_on(OSError):
            for path in self._paths(key):
                path.unlink(missing_ok=True)

    def delete_owner(self, owner_id: UUID, *, seconds: float) -> None:
        folder = self._folder / str(owner_id)
        with _unavailable_on(OSError):
            if folder.exists():
                for path in folder.iterdir():
                    path.unlink(missing_ok=True)
                folder.rmdir()

    def read(self, key: str) -> bytes:
        with _unavailable_on(OSError):
            return self.find(key).read_bytes()

    def find(self, key: str) -> Path:
        """Raises NotFound, also for what is no key of ours: no path leads out of the folder."""
        path, _ = self._paths(key)
        if not _KEY.fullmatch(key) or not path.is_file():
            raise NotFound
        return path

    def _paths(self, key: str) -> tuple[Path, Path]:
        return self._folder / f"{key}.webp", self._folder / f"{key}.part"


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
        with _unavailable_on(Exception):
            upload = partial(uploader.upload, data, public_id=public_id, overwrite=True, invalidate=True)
            answer = self._answer(upload, self._deadline)
            if answer["public_id"] != public_id:
                raise ValueError("Cloudinary keeps the picture under another id.")
            return _checked(f"{key}@{answer['version']}")

    def url(self, key: str) -> str:
        path, _, version = key.partition("@")
        return f"{self._delivery}/v{version or 1}/pictures/{path}.webp"

    def delete(self, key: str, *, seconds: float) -> None:
        path, _, _ = key.partition("@")
        with _unavailable_on(Exception):
            destroy = partial(uploader.destroy, f"pictures/{path}", invalidate=True)
            answer = self._answer(destroy, min(seconds, self._deadline))
            if answer["result"] not in ("ok", "not found"):
                raise ValueError(f"Cloudinary answers {answer['result']!r}.")

    def read(self, key: str) -> bytes:
        """From the API, which has what was put, and not from the public address, where caches may have what was."""
        path, _, _ = key.partition("@")
        with _unavailable_on(Exception):
            url = utils.private_download_url(f"pictures/{path}", "webp", type="upload", **self._account)
            picture: bytes | None = _answer_within(self._deadline, partial(_fetch, url, self._deadline))
        if picture is None:
            raise NotFound
        return picture

    def delete_owner(self, owner_id: UUID, *, seconds: float) -> None:
        delete = partial(api.delete_resources_by_prefix, f"pictures/{owner_id}/", invalidate=True)
        end = time.monotonic() + min(seconds, self._deadline)
        page: dict[str, str] = {}
        with _unavailable_on(Exception):
            for _ in range(MOST_PAGES):
                answer = self._answer(partial(delete, **page), end - time.monotonic())
                if not isinstance(answer["deleted"], dict):
                    raise TypeError("Cloudinary does not say what it deleted.")
                if not answer.get("next_cursor"):
                    return
                page = {"next_cursor": answer["next_cursor"]}
            raise RuntimeError("Cloudinary finds ever more pictures to delete.")

    def _answer(self, call: Callable[..., Any], seconds: float) -> Any:
        return _answer_within(seconds, partial(call, **self._account, timeout=max(seconds, 0.01)))


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


def _digest(picture: bytes) -> str:
    return hashlib.sha256(picture).hexdigest()[:16]


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise ValueError(f"Not the key of a picture: {key!r}")
    return key


def _answer_within(seconds: float, call: Callable[[], Any]) -> Any:
    """What the call returns or raises. The SDK knows no such limit, only one between two bytes: so a thread waits."""
    if not _calls.acquire(timeout=min(TURN_SECONDS, max(seconds, 0))):
        raise TimeoutError("Too many calls of Cloudinary have no answer yet.")
    answer: Future[Any] = Future()
    threading.Thread(target=_answer, args=(answer, call), daemon=True).start()
    return answer.result(seconds)


def _answer(answer: Future[Any], call: Callable[[], Any]) -> None:
    try:
        answer.set_result(_ending_turn(call))
    except Exception as error:  # it is raised where the answer is awaited
        answer.set_exception(error)


def _ending_turn(call: Callable[[], Any]) -> Any:
    try:
        return call()
    finally:
        _calls.release()


class Store:
    """New pictures go to Cloudinary where there is an account, else to the disk; older ones stay where they are."""

    def __init__(self, disk: Disk, cloudinary: Cloudinary | None = None) -> None:
        self._disk = disk
        self._places: dict[str, Disk | Cloudinary] = {"disk": disk}
        if cloudinary is not None:
            self._places["cloudinary"] = cloudinary
        self._newest = list(self._places)[-1]

    def new_reference(self, owner_id: UUID, picture: bytes = b"", *, source: bytes = b"") -> str:
        """For a picture yet to be put: 64 random bits, for whoever knows it sees the picture; and two digests.

        They tell the picture, and the file that it was made of, from any other without a look at them.
        """
        return f"{self._newest}:{owner_id}/{secrets.token_hex(8)}{_digest(picture)}{_digest(source or picture)}"

    def is_of(self, reference: str | None, file: bytes) -> bool:
        """Whether a reference is that of this very picture, or of one that was made of this file."""
        name = (reference or "").rpartition("/")[2].partition("@")[0]
        return _digest(file) in (name[16:32], name[32:])

    def read(self, reference: str) -> bytes:
        """The picture itself. Raises NotFound or ServiceUnavailable."""
        place, _, key = reference.partition(":")
        return self._place(place).read(_checked(key))

    def put(self, reference: str, data: bytes) -> str:
        """The reference to keep, of at most 200 characters. Raises ServiceUnavailable, within 6 seconds."""
        place, _, key = reference.partition(":")
        return f"{place}:{self._place(place).put(_checked(key), data)}"

    def url(self, reference: str) -> str | None:
        """Where everybody may get the picture, the same for ever; None where the account for it was taken away."""
        place, _, key = reference.partition(":")
        return self._places[place].url(key) if place in self._places else None

    def delete(self, reference: str, *, seconds: float = DEADLINE_SECONDS) -> None:
        """Takes what `new_reference` or `put` returned, whether anything is there or not. Raises ServiceUnavailable."""
        place, _, key = reference.partition(":")
        self._place(place).delete(_checked(key), seconds=seconds)

    def delete_owner(self, owner_id: UUID, *, seconds: float = DEADLINE_SECONDS) -> None:
        """Every picture of a user, in every place. Raises ServiceUnavailable; may be repeated."""
        for place in self._places.values():
            place.delete_owner(owner_id, seconds=seconds)

    def find(self, owner_id: UUID, name: str) -> Path:
        """The file to serve at `/pictures/<owner_id>/<name>.webp`. Raises NotFound."""
        return self._disk.find(f"{owner_id}/{name}")

    def _place(self, name: str) -> Disk | Cloudinary:
        if name not in self._places:
            raise ServiceUnavailable("The place where this picture is kept is not configured.")
        return self._places[name]


def open_store(folder: Path, *, public_url: str, cloudinary_url: str | None) -> Store:
    """The pictures of one application; the folder comes into being with the first picture on disk."""
    return Store(Disk(folder, public_url), Cloudinary(cloudinary_url) if cloudinary_url else None)
