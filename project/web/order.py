"""Check the order of a view's decorators when it is defined: a wrong one would work, and let strangers in."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

View = TypeVar("View", bound=Callable[..., Any])

STEPS: Final = ("response", "token in the body", "arguments", "costly", "token", "slow")
"""From the view outwards: callers are authenticated before they get a place and before their body is parsed."""


def step(name: str, view: Callable[..., Any], decorated: View) -> View:
    """Note that `decorated` is the view with this step around it; raises TypeError if a later step is inside."""
    inside: tuple[str, ...] = getattr(view, "steps", ())
    if wrong := [other for other in inside if STEPS.index(other) > STEPS.index(name)]:
        raise TypeError(f"{view.__qualname__}: put `{name}` below `{wrong[-1]}`.")
    decorated.steps = (*inside, name)  # type: ignore[attr-defined]
    return decorated


def check(view: Callable[..., Any]) -> None:
    """Raise TypeError for a view that needs a caller and asks for no token."""
    steps: tuple[str, ...] = getattr(view, "steps", ())
    if "costly" in steps and "token" not in steps:
        raise TypeError(f"{view.__qualname__}: `costly` is for signed-in users.")
