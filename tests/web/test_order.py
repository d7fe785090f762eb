"""Decorators of a view in an order that would let in whom they keep out are refused when the view is defined."""

from collections.abc import Callable
from typing import Any

import pytest
from marshmallow import Schema

from project.web import shares
from project.web.blueprint import Blueprint

probe = Blueprint("probe", __name__)

View = Callable[..., Any]
DECORATORS: dict[str, Callable[[View], View]] = {
    "response": probe.response(204),
    "arguments": probe.arguments(Schema),
    "costly": probe.costly,
    "token": probe.signed_in,
    "token in the body": probe.token(in_body=True),
    "slow": shares.slow,
}


def define(*names: str) -> None:
    """Define a view with these decorators, from the view outwards."""

    def view() -> None: ...

    decorated: View = view
    for name in names:
        decorated = DECORATORS[name](decorated)
    probe.route("/")(decorated)


@pytest.mark.parametrize(
    "names",
    [
        [],
        ["response"],
        ["response", "arguments", "token"],
        ["response", "arguments", "costly", "token", "slow"],
        ["response", "token in the body", "arguments"],
    ],
)
def test_the_usual_order_is_accepted(names: list[str]) -> None:
    define(*names)


@pytest.mark.parametrize(
    ("names", "refusal"),
    [
        (["response", "token", "arguments"], "put `arguments` below `token`"),
        (["response", "token", "costly"], "put `costly` below `token`"),
        (["arguments", "response"], "put `response` below `arguments`"),
        (["response", "slow", "token"], "put `token` below `slow`"),
        (["response", "arguments", "token in the body"], "put `token in the body` below `arguments`"),
        (["response", "costly"], "`costly` is for signed-in users"),
    ],
)
def test_one_that_lets_in_too_much_is_refused(names: list[str], refusal: str) -> None:
    with pytest.raises(TypeError, match=refusal):
        define(*names)
