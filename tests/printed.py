"""The schema of what frontier, gaps and replay print, which takes the shape of a plan from that of answer.json."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from chumbak.answer.document import schema


def printed() -> dict[str, Any]:
    """Return the schema."""
    found: dict[str, Any] = json.loads((resources.files("chumbak.answer") / "printed.schema.json").read_text("utf-8"))
    return found


def validate(document: Any, shape: str) -> None:
    """Raise ``jsonschema.ValidationError`` if what was printed has not this shape: frontier, finding or replay."""
    registry: Registry[Any] = Registry().with_resource("answer.schema.json", Resource.from_contents(schema()))
    whole = printed() | {"anyOf": [{"$ref": f"#/$defs/{shape}"}]}
    Draft202012Validator(whole, registry=registry).validate(document)
