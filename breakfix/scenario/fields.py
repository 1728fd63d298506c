"""Which keys the format knows at a place: for unknown keys and their corrections."""

from __future__ import annotations

import types
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from breakfix.scenario.positions import Place
from breakfix.scenario.spec import Scenario


def known_keys(place: Place) -> tuple[str, ...]:
    """The YAML names of the fields at a place of a scenario; none for free-form data."""
    model = model_at(place)
    if model is None:
        return ()
    return tuple(field.alias or name for name, field in model.model_fields.items())


def model_at(place: Place) -> type[BaseModel] | None:
    """The model of the value at a place: `("spec", "checks", 0)` is a Check."""
    kinds: list[Any] = [Scenario]
    for part in place:
        kinds = [inner for kind in kinds for inner in _inside(kind, part)]
    return next((kind for kind in kinds if _is_model(kind)), None)


def _inside(kind: Any, part: str | int) -> list[Any]:
    if _is_model(kind):
        fields = ((f.alias or name, f.annotation) for name, f in kind.model_fields.items())
        return [inner for name, type_ in fields if name == part for inner in _plain(type_)]
    if isinstance(part, int) and get_origin(kind) is tuple:
        return _plain(get_args(kind)[0])
    if isinstance(part, str) and get_origin(kind) is dict:
        return _plain(get_args(kind)[1])
    return []


def _plain(annotation: Any) -> list[Any]:
    """The members of a union, Annotated taken off."""
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return [kind for member in get_args(annotation) for kind in _plain(member)]
    return [annotation]


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
