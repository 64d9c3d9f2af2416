"""Describes the JSON to editors: JSON Schema, draft 2020-12."""

import json
from typing import Any

import msgspec

from .settings import Settings

_MARKERS = {
    "$ref": "The path of an actor: /root/feed.",
    "$env": "The name of an environment variable that holds a secret.",
    "$file": "The path of a file that holds a secret; only its owner may read it.",
}


def schema() -> dict[str, Any]:
    """Return the schema; a file may be a layer, so nothing is required at its top."""
    described = json.loads(msgspec.json.encode(msgspec.json.schema(Settings)))
    definitions = described["$defs"]
    root = definitions["Settings"]
    root["properties"] = {
        "$schema": {"description": "This schema; ignored.", "type": "string"},
        "extends": {
            "description": 'The file below this one: "base" for the one that comes'
            " with holdfast, else a path relative to this file.",
            "type": "string",
        },
        **root["properties"],
    }
    root["required"] = []
    for name in ("Worker", "Supervisor"):
        definitions[name]["properties"]["type"]["description"] = "What the node is."
    definitions["Worker"]["properties"]["args"] |= _object_of_arguments()
    definitions["Argument"] = _argument()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "holdfast",
        **described,
    }


def _object_of_arguments() -> dict[str, Any]:
    return {
        "propertyNames": {"pattern": r"^[^$]"},
        "additionalProperties": {"$ref": "#/$defs/Argument"},
    }


def _argument() -> dict[str, Any]:
    markers = [
        {
            "type": "object",
            "properties": {name: {"description": description, "type": "string"}},
            "required": [name],
            "additionalProperties": False,
        }
        for name, description in _MARKERS.items()
    ]
    return {
        "title": "Argument",
        "description": "Any JSON; an object with a $ stands for a value.",
        "anyOf": [
            {"type": ["string", "number", "boolean", "null"]},
            {"type": "array", "items": {"$ref": "#/$defs/Argument"}},
            *markers,
            {"type": "object", **_object_of_arguments()},
        ],
    }
