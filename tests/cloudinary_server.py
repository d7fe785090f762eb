"""An HTTP server that plays Cloudinary: its upload API, the part of its admin API that deletes, and its delivery.

It checks the signature of every upload and download as Cloudinary's documentation describes it, not with the SDK's own
code.

    with CloudinaryServer() as cloudinary:
        app = create_app(CLOUDINARY_URL=cloudinary.url)
        with cloudinary.failing(hang):
            ...
"""

import base64
import hashlib
import io
import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, unquote

from PIL import Image
from werkzeug.datastructures import FileStorage
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

CLOUD, KEY, SECRET = "analytical-engine", "815100918721852", "an-invented-secret_of-27-chars"


@dataclass
class Stored:
    """A picture as it was uploaded."""

    data: bytes
    version: int


class CloudinaryServer:
    """`pictures` are those it keeps, by public id; `calls` all that it was asked, as action and parameters.

    A `fault` happens instead of an answer, what happens `meanwhile` before one.
    """

    def __init__(self, *, cloud: str = CLOUD, secret: str = SECRET, page: int = 1000) -> None:
        self.cloud, self.secret, self.page = cloud, secret, page
        self.pictures: dict[str, Stored] = {}
        self.invalidated: set[str] = set()
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.fault: Fault | None = None
        self.meanwhile: Fault | None = None
        self.recovered = threading.Event()
        self.versions = itertools.count(1_767_225_600)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"cloudinary": self}))
        self._server.daemon_threads = True

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.recovered.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def url(self) -> str:
        """For the setting CLOUDINARY_URL."""
        return f"cloudinary://{KEY}:{self.secret}@{self.cloud}?upload_prefix={self.address}"

    @contextmanager
    def failing(self, fault: "Fault") -> Iterator[None]:
        """What hangs does so until the end of the block."""
        self.fault, self.recovered = fault, threading.Event()
        try:
            yield
        finally:
            self.fault = None
            self.recovered.set()

    def sign(self, parameters: dict[str, Any]) -> str:
        """SHA-1 over the parameters in the order of their names, `&` within a value escaped, and the secret."""
        text = "&".join(f"{name}={value}".replace("&", "%26") for name, value in sorted(parameters.items()))
        return hashlib.sha1((text + self.secret).encode(), usedforsecurity=False).hexdigest()


class Refused(Exception):
    """An error as Cloudinary answers it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Handler(BaseHTTPRequestHandler):
    """One request to the stand-in."""

    cloudinary: CloudinaryServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """Tests are silent."""

    def do_POST(self) -> None:
        body = self.read_body()
        actions = {"upload": self.upload, "destroy": self.destroy}
        self.reply(lambda: actions[self.action("image")](*self.parse_form(body)))

    def do_DELETE(self) -> None:
        body = self.read_body()
        self.reply(lambda: self.delete_by_prefix(self.action("resources/image"), json.loads(body)))

    def do_GET(self) -> None:
        if self.path.startswith("/v1_1/"):
            self.reply(lambda: {"download": self.download}[self.action("image")]())
        else:
            self.deliver()

    def deliver(self) -> None:
        """To everybody. Any version names the same picture."""
        _, cloud, *kind, _version, path = unquote(self.path).split("/", 5)
        stored = self.cloudinary.pictures.get(path.removesuffix(".webp"))
        if (cloud, kind) != (self.cloudinary.cloud, ["image", "upload"]) or stored is None:
            self.send(404, b"", "text/plain")
        else:
            self.send(200, stored.data, "image/webp")

    def read_body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def reply(self, act: Callable[[], dict[str, Any] | bytes]) -> None:
        if self.cloudinary.fault is not None:
            self.cloudinary.fault(self)
            return
        if self.cloudinary.meanwhile is not None:
            self.cloudinary.meanwhile(self)
        try:
            said = act()
        except Refused as error:
            self.send(error.status, json.dumps({"error": {"message": str(error)}}).encode())
        else:
            if isinstance(said, bytes):
                self.send(200, said, "image/webp")
            else:
                self.send(200, json.dumps(said).encode())

    def send(self, status: int, body: bytes, media_type: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def action(self, resource: str) -> str:
        head, _, action = self.path.partition("?")[0].rpartition("/")
        if head != f"/v1_1/{self.cloudinary.cloud}/{resource}":
            raise Refused(404, f"Nothing at {self.path}")
        return action

    def parse_form(self, body: bytes) -> tuple[dict[str, str], bytes]:
        media_type, options = parse_options_header(self.headers["Content-Type"])
        _, form, files = FormDataParser().parse(io.BytesIO(body), media_type, len(body), options)
        with closing(files.get("file") or FileStorage()) as file:
            return form.to_dict(), file.read()

    def upload(self, form: dict[str, str], file: bytes) -> dict[str, Any]:
        self.check_signature("upload", form)
        size = picture_size(file)
        public_id, version = form["public_id"], next(self.cloudinary.versions)
        if public_id in self.cloudinary.pictures and form.get("overwrite") != "1":
            raise Refused(400, f"Public ID {public_id} exists")
        self.cloudinary.pictures[public_id] = Stored(file, version)
        address = f"//res.cloudinary.com/{self.cloudinary.cloud}/image/upload/v{version}/{public_id}.webp"
        return {
            "asset_id": hashlib.md5(public_id.encode(), usedforsecurity=False).hexdigest(),
            "public_id": public_id, "version": version,
            "signature": self.cloudinary.sign({"public_id": public_id, "version": version}),
            "width": size[0], "height": size[1], "format": "webp", "resource_type": "image", "type": "upload",
            "bytes": len(file), "created_at": "2026-01-01T00:00:00Z", "tags": [], "overwritten": False,
            "url": f"http:{address}", "secure_url": f"https:{address}", "api_key": KEY,
        }  # fmt: skip

    def destroy(self, form: dict[str, str], file: bytes) -> dict[str, Any]:
        self.check_signature("destroy", form)
        if form.get("invalidate") == "1":
            self.cloudinary.invalidated.add(form["public_id"])
        known = self.cloudinary.pictures.pop(form["public_id"], None)
        return {"result": "not found" if known is None else "ok"}

    def download(self) -> bytes:
        """The original, for whoever has signed the request for it."""
        query = dict(parse_qsl(self.path.partition("?")[2]))
        self.check_signature("download", query)
        stored = self.cloudinary.pictures.get(query["public_id"])
        if stored is None or (query["type"], query["format"]) != ("upload", "webp"):
            raise Refused(404, "Resource not found")
        return stored.data

    def delete_by_prefix(self, action: str, parameters: dict[str, Any]) -> dict[str, Any]:
        self.cloudinary.calls.append((f"delete {action}", parameters))
        credentials = base64.b64encode(f"{KEY}:{self.cloudinary.secret}".encode()).decode()
        if self.headers["Authorization"] != f"Basic {credentials}":
            raise Refused(401, "Invalid credentials")
        found = [public_id for public_id in self.cloudinary.pictures if public_id.startswith(parameters["prefix"])]
        for public_id in found[: self.cloudinary.page]:
            del self.cloudinary.pictures[public_id]
        rest = {"next_cursor": "5f0c6a2e"} if found[self.cloudinary.page :] else {}
        return {"deleted": dict.fromkeys(found[: self.cloudinary.page], "deleted"), "partial": bool(rest), **rest}

    def check_signature(self, action: str, form: dict[str, str]) -> None:
        self.cloudinary.calls.append((action, form))
        signed = {name: value for name, value in form.items() if name not in ("signature", "api_key")}
        if form.get("api_key") != KEY:
            raise Refused(401, f"Unknown API key {form.get('api_key')}")
        if form.get("signature") != self.cloudinary.sign(signed):
            raise Refused(401, f"Invalid Signature {form.get('signature')}.")
        if abs(time.time() - int(form["timestamp"])) > 3600:
            raise Refused(400, "Stale request")


def picture_size(file: bytes) -> tuple[int, int]:
    try:
        with Image.open(io.BytesIO(file)) as image:
            return image.size
    except OSError:
        raise Refused(400, "Invalid image file") from None


Fault = Callable[[Handler], None]


def hang(handler: Handler) -> None:
    """No answer at all."""
    handler.cloudinary.recovered.wait(60)
    handler.close_connection = True


def hang_after_headers(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    hang(handler)


def trickle(handler: Handler) -> None:
    """A byte now and then, which no timeout between two bytes notices."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    handler.close_connection = True
    recovered = handler.cloudinary.recovered
    try:
        while not recovered.wait(0.1):
            handler.wfile.write(b" ")
    except OSError:  # the other end has given up
        return


def hang_up(handler: Handler) -> None:
    """The connection ends where an answer should begin."""
    handler.close_connection = True


def answer(status: int, body: bytes) -> Fault:
    """Whatever a server in trouble, or a proxy before it, may say."""
    return lambda handler: handler.send(status, body)


def refuse(status: int, message: str) -> Fault:
    return answer(status, json.dumps({"error": {"message": message}}).encode())
