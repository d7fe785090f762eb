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

DEADLINE_SECONDS: Final = 8.0  # for one answer of Cloudinary; the client is promised one of ours within 10
MOST_CALLS: Final = 8  # at the same time in one process, those included that nobody waits for any longer
MOST_PAGES: Final = 100  # of 1,000 pictures each

log = structlog.get_logger()

_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/[0-9a-f]{32}(@[0-9]{1,16})?")
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

    def delete(self, key: str) -> None:
        """What a broken `put` has left goes too."""
        with _unavailable_on(OSError):
            for path in self._paths(key):
                path.unlink(missing_ok=True)

    def delete_owner(self, owner_id: UUID) -> None:
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
            "timeout": deadline,
        }

    def put(self, key: str, data: bytes) -> str:
        public_id = f"pictures/{key}"
        with _unavailable_on(Exception):
            answer = self._call(uploader.upload, data, public_id=public_id, overwrite=True, invalidate=True)
            if answer["public_id"] != public_id:
                raise ValueError("Cloudinary keeps the picture under another id.")
            return _checked(f"{key}@{answer['version']}")

    def url(self, key: str) -> str:
        path, _, version = key.partition("@")
        return f"{self._delivery}/v{version or 1}/pictures/{path}.webp"

    def delete(self, key: str) -> None:
        path, _, _ = key.partition("@")
        with _unavailable_on(Exception):
            answer = self._call(uploader.destroy, f"pictures/{path}", invalidate=True)
            if answer["result"] not in ("ok", "not found"):
                raise ValueError(f"Cloudinary answers {answer['result']!r}.")

    def read(self, key: str) -> bytes:
        with _unavailable_on(Exception):
            picture: bytes = _answer_within(self._deadline, partial(_fetch, self.url(key), self._deadline))
            return picture

    def delete_owner(self, owner_id: UUID) -> None:
        page: dict[str, str] = {}
        with _unavailable_on(Exception):
            for _ in range(MOST_PAGES):
                answer = self._call(api.delete_resources_by_prefix, f"pictures/{owner_id}/", invalidate=True, **page)
                if not isinstance(answer["deleted"], dict):
                    raise TypeError("Cloudinary does not say what it deleted.")
                if not answer.get("next_cursor"):
                    return
                page = {"next_cursor": answer["next_cursor"]}
            raise RuntimeError("Cloudinary finds ever more pictures to delete.")

    def _call(self, function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        return _answer_within(self._deadline, partial(function, *arguments, **options, **self._account))


def _delivery(cloud: str | None, *, domain: str) -> str:
    """What the address of every picture begins with, as the SDK makes it; only a private CDN has a domain."""
    url, _ = utils.cloudinary_url(
        "picture", secure=True, cloud_name=cloud, private_cdn=bool(domain), secure_distribution=domain or None
    )
    return str(url).removesuffix("/picture")


def _fetch(url: str, seconds: float) -> bytes:
    answer = urllib3.request("GET", url, timeout=seconds, retries=False, redirect=False)
    if answer.status != HTTPStatus.OK:
        raise ValueError(f"The picture's address answers {answer.status}.")
    return answer.data


def _digest(picture: bytes) -> str:
    return hashlib.sha256(picture).hexdigest()[:16]


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise ValueError(f"Not the key of a picture: {key!r}")
    return key


def _answer_within(seconds: float, call: Callable[[], Any]) -> Any:
    """What the call returns or raises. The SDK knows no such limit, only one between two bytes: so a thread waits."""
    answer: Future[Any] = Future()
    threading.Thread(target=_answer, args=(answer, call), daemon=True).start()
    return answer.result(seconds)


def _answer(answer: Future[Any], call: Callable[[], Any]) -> None:
    if not _calls.acquire(blocking=False):
        answer.set_exception(TimeoutError("Too many calls of Cloudinary have no answer yet."))
        return
    try:
        answer.set_result(call())
    except Exception as error:  # it is raised where the answer is awaited
        answer.set_exception(error)
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

    def new_reference(self, owner_id: UUID, picture: bytes = b"") -> str:
        """For a picture yet to be put: 64 random bits, for whoever knows it sees the picture, and a digest."""
        return f"{self._newest}:{owner_id}/{secrets.token_hex(8)}{_digest(picture)}"

    def is_of(self, reference: str | None, picture: bytes) -> bool:
        """Whether a reference is that of this very picture."""
        return reference is not None and reference.partition("@")[0].endswith(_digest(picture))

    def read(self, reference: str) -> bytes | None:
        """The picture itself; None when it is gone, or its place does not answer."""
        place, _, key = reference.partition(":")
        try:
            return self._place(place).read(key)
        except (NotFound, ServiceUnavailable):
            return None

    def put(self, reference: str, data: bytes) -> str:
        """The reference to keep, of at most 200 characters. Raises ServiceUnavailable, within 8 seconds."""
        place, _, key = reference.partition(":")
        return f"{place}:{self._place(place).put(_checked(key), data)}"

    def url(self, reference: str) -> str | None:
        """Where everybody may get the picture, the same for ever; None where the account for it was taken away."""
        place, _, key = reference.partition(":")
        return self._places[place].url(key) if place in self._places else None

    def delete(self, reference: str) -> None:
        """Takes what `new_reference` or `put` returned, whether anything is there or not. Raises ServiceUnavailable."""
        place, _, key = reference.partition(":")
        self._place(place).delete(_checked(key))

    def delete_owner(self, owner_id: UUID) -> None:
        """Every picture of a user, in every place. Raises ServiceUnavailable; may be repeated."""
        for place in self._places.values():
            place.delete_owner(owner_id)

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
