"""/carddav/: an address book as CardDAV clients see it. A table says what each method does at each kind of place."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple, cast

from flask import Blueprint, Flask, Response, redirect, request
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.routing import BaseConverter
from werkzeug.wrappers import Response as AnyResponse

from project.contacts import books
from project.contacts.carddav import (
    answers,
    basic,
    card_routes,
    hrefs,
    preconditions,
    properties,
    reports,
    requests,
    xml,
)
from project.contacts.carddav.devices import Device
from project.contacts.carddav.hrefs import BadName, Kind, Place
from project.contacts.carddav.preconditions import Unmet
from project.contacts.carddav.properties import Resource, Wanted
from project.contacts.carddav.reading import Item, kept_names
from project.contacts.carddav.reports import Viewer
from project.contacts.carddav.requests import Data, Report
from project.errors import Forbidden, MalformedRequest, NotFound, Unauthorized
from project.web import shares

LARGEST_XML: Final = 8 * 2**20
METHODS: Final = (
    "OPTIONS", "GET", "HEAD", "PUT", "DELETE", "PROPFIND", "PROPPATCH", "REPORT", "MKCOL", "MKCALENDAR", "POST",
    "PATCH", "COPY", "MOVE", "LOCK", "UNLOCK", "ACL", "SEARCH",
)  # fmt: skip
COMPLIANCE: Final = "1, 3, addressbook"
ON_COLLECTIONS: Final = "OPTIONS, PROPFIND, PROPPATCH, REPORT"
ALLOWED: Final[Mapping[Kind, str]] = {
    Kind.ROOT: ON_COLLECTIONS,
    Kind.PRINCIPAL: ON_COLLECTIONS,
    Kind.HOME: ON_COLLECTIONS,
    Kind.BOOK: f"{ON_COLLECTIONS}, PUT, DELETE",  # of its cards: without them Evolution only reads
    Kind.CARD: "OPTIONS, GET, HEAD, PUT, DELETE, PROPFIND, PROPPATCH, REPORT",
}
INSIDE: Final[Mapping[Kind, Kind]] = {Kind.ROOT: Kind.PRINCIPAL, Kind.PRINCIPAL: Kind.HOME, Kind.HOME: Kind.BOOK}
NO_STATE: Final = books.State(0, 0, 0, 0, 0)

blueprint = Blueprint("carddav", __name__)
blueprint.after_request(answers.restrict)
blueprint.register_error_handler(Unmet, answers.unmet)
blueprint.register_error_handler(Unauthorized, answers.unauthorized)


class AnyPath(BaseConverter):
    """The rest of a path, line breaks included."""

    regex = r"[\s\S]*"
    part_isolating = False


class Call(NamedTuple):
    """A request: who sends it, and what it is about."""

    device: Device
    place: Place

    def resource(self, kind: Kind, card: Item | None = None) -> Resource:
        owner_id = self.device.user_id
        state = books.state(owner_id) if kind in (Kind.HOME, Kind.BOOK) else NO_STATE
        username = basic.username(self.device) if kind is Kind.PRINCIPAL else ""
        return Resource(kind, owner_id, state, card, username=username)

    def card(self, *, has_text: bool = False) -> Item:
        """Raises NotFound."""
        return card_routes.one(self.device.user_id, self.place.name, has_text=has_text)


@blueprint.route("/.well-known/carddav/", methods=METHODS, provide_automatic_options=False)
@blueprint.route("/.well-known/carddav", methods=METHODS, provide_automatic_options=False)
def find_service() -> AnyResponse:
    """Where CardDAV begins (RFC 6764 §5), told to everybody."""
    return redirect(hrefs.ROOT, 301)


@blueprint.route("/", methods=["OPTIONS", "PROPFIND"], provide_automatic_options=False)
@blueprint.route("/principals/", methods=["OPTIONS", "PROPFIND"], provide_automatic_options=False)
@blueprint.route("/carddav", methods=METHODS, provide_automatic_options=False)
@blueprint.route("/carddav/", methods=METHODS, provide_automatic_options=False)
@blueprint.route("/carddav/<anything:path>", methods=METHODS, provide_automatic_options=False)
def answer(path: str = "") -> Response:  # noqa: ARG001  # read as it was sent, by `place_of`
    """Find out who calls and what about, and do what the table says. Others' addresses are not found, whatever else."""
    call = Call(device := basic.authenticate(), place_of(device))
    if device.is_seldom_seen:
        basic.note_use(device)
    handler = HANDLERS[call.place.kind].get(request.method)
    if handler is None:
        raise MethodNotAllowed(ALLOWED[call.place.kind].split(", "))
    if not is_costly(call):
        return handler(call)
    return cast(Response, shares.of_process.take(device.id).held(lambda: handler(call)))


def is_costly(call: Call) -> bool:
    """Whether the answer may list all cards, for which each device has one place."""
    lists = request.method == "PROPFIND" and request.headers.get("Depth", "").strip() != "0"
    return call.place.kind is Kind.BOOK and (lists or request.method == "REPORT")


def place_of(device: Device) -> Place:
    """Where the request goes; raises NotFound, or Forbidden for a name that no card can have."""
    try:
        place = hrefs.find(request.environ.get("RAW_URI") or request.full_path)
    except BadName as error:
        if error.owner_id != device.user_id:
            raise NotFound() from None
        raise Forbidden(str(error)) from None
    if place is None or place.owner_id not in (None, device.user_id):
        raise NotFound()
    kept = kept_names(device.user_id, [place.name])
    return place._replace(name=kept.get(place.name, place.name))


def options(call: Call) -> Response:
    return Response(status=200, headers={"DAV": COMPLIANCE, "Allow": ALLOWED[call.place.kind]})


def xml_body() -> bytes:
    """Raises RequestEntityTooLarge."""
    request.max_content_length = LARGEST_XML
    return bytes(request.get_data(cache=False))


def propfind(call: Call) -> Response:
    """The properties of a place, and with Depth 1 of what is in it."""
    depth = depth_of_request()
    wanted = requests.propfind(xml_body(), is_brief=answers.is_brief())
    return answers.multistatus(found(call, wanted, depth))


def depth_of_request() -> str:
    """Raises MalformedRequest, or Unmet for infinity, which is meant where none is sent (RFC 4918 §9.1)."""
    depth = request.headers.get("Depth", "infinity").strip().lower()
    if depth == "infinity":
        raise preconditions.finite_depth()
    if depth not in ("0", "1"):
        raise MalformedRequest("Depth is neither 0 nor 1.")
    return depth


def found(call: Call, wanted: Wanted, depth: str) -> Iterator[str]:
    kind = call.place.kind
    card = call.card(has_text=wanted.needs_text) if kind is Kind.CARD else None
    yield properties.response(call.resource(kind, card), wanted)
    if depth == "0" or kind is Kind.CARD:
        return
    if kind in INSIDE:
        yield properties.response(call.resource(INSIDE[kind]), wanted)
    else:
        listed = Report("", wanted, Data(), [])
        yield from reports.listing(call.device.user_id, listed)


def proppatch(call: Call) -> Response:
    """Every property is protected, `me-card` and `displayname` too."""
    names = requests.proppatch(xml_body())
    resource = call.resource(call.place.kind, call.card() if call.place.kind is Kind.CARD else None)
    error = f"<D:error>{preconditions.protected_property().element}</D:error>"
    refused = xml.propstat(403, "".join(map(xml.element, names)), error)
    return answers.multistatus([xml.response(resource.href, refused)])


def report(call: Call) -> Response:
    """The reports of the book, or multiget of a card. Depth is ignored: clients send either."""
    supported = tuple(properties.REPORTS[call.place.kind])
    asked = requests.report(xml_body(), supported, is_brief=answers.is_brief())
    viewer = Viewer(call.device.user_id, asked)
    return answers.multistatus(reports.REPORTS[asked.name](viewer))


def no_report(_: Call) -> Response:
    raise preconditions.supported_report()


def forbidden(_: Call) -> Response:
    raise Forbidden()


Handler = Callable[[Call], Response]
COMMON: Final[Mapping[str, Handler]] = {"OPTIONS": options, "PROPFIND": propfind, "PROPPATCH": proppatch}
COLLECTION: Final[Mapping[str, Handler]] = {
    **COMMON,
    "REPORT": no_report,
    "PUT": forbidden,
    "DELETE": forbidden,
    "MKCOL": forbidden,
}
HANDLERS: Final[Mapping[Kind, Mapping[str, Handler]]] = {
    Kind.ROOT: COLLECTION,
    Kind.PRINCIPAL: COLLECTION,
    Kind.HOME: COLLECTION,
    Kind.BOOK: {**COMMON, "REPORT": report, "PUT": forbidden, "DELETE": forbidden},
    Kind.CARD: {
        **COMMON,
        "REPORT": report,
        "GET": lambda call: card_routes.show(call.device, call.place.name),
        "HEAD": lambda call: card_routes.show(call.device, call.place.name),
        "PUT": lambda call: card_routes.put(call.device, call.place.name),
        "DELETE": lambda call: card_routes.delete(call.device, call.place.name),
        "MKCOL": forbidden,
    },
}


def init_app(app: Flask, registry: basic.Registry) -> None:
    basic.init_app(app, registry)
    app.url_map.converters["anything"] = AnyPath
    app.register_blueprint(blueprint)
