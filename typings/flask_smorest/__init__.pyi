"""What we use of flask-smorest, which has no types of its own."""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import apispec
import flask

P = ParamSpec("P")
R = TypeVar("R")

class Blueprint(flask.Blueprint):
    ARGUMENTS_PARSER: Any
    DEFAULT_LOCATION_CONTENT_TYPE_MAPPING: dict[str, str]
    _prepare_doc_cbks: list[Callable[..., dict[str, Any]]]

    description: str

    def __init__(self, name: str, import_name: str, **kwargs: Any) -> None: ...
    def arguments(
        self, schema: Any, *, location: str = "json", **kwargs: Any
    ) -> Callable[[Callable[..., R]], Callable[..., R]]: ...
    def response(self, status_code: int, schema: Any = None, **kwargs: Any) -> Callable[[Callable[P, Any]], Any]: ...
    def alt_response(self, status_code: int, response: str | None = None, **kwargs: Any) -> Callable[..., Any]: ...
    @staticmethod
    def doc(**kwargs: Any) -> Callable[[Callable[P, R]], Callable[P, R]]: ...
    def register_views_in_doc(
        self, api: Api, app: flask.Flask, spec: apispec.APISpec, *, name: str, parameters: list[Any] | None
    ) -> None: ...

class Api:
    @property
    def spec(self) -> apispec.APISpec: ...
    @spec.setter
    def spec(self, made: apispec.APISpec) -> None: ...
    def __init__(self, app: flask.Flask) -> None: ...
    def register_blueprint(self, blueprint: Blueprint, **kwargs: Any) -> None: ...
