"""What a request sent, as an object; and events as lines."""

from __future__ import annotations

import json
from typing import Any

import orjson


def parsed(body: bytes) -> Any:
    """JSON or YAML; None for what is neither."""
    try:
        return orjson.loads(body)
    except ValueError:
        return _yaml(body)


def _yaml(body: bytes) -> Any:
    import yaml

    class Loader(yaml.SafeLoader):
        """Without aliases: a few lines of them can stand for gigabytes."""

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                raise yaml.YAMLError("aliases are not shown")
            return super().compose_node(parent, index)

    try:
        found = yaml.load(body, Loader)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict | list) else None


def line(event: dict[str, Any]) -> bytes:
    """An event as one line of JSON, whatever bytes a client put into it."""
    try:
        return orjson.dumps(event, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:  # broken UTF-8 in a header, or an object too deep to be written
        plain = {key: value for key, value in event.items() if key != "requestObject"}
        return json.dumps(plain).encode()
