"""Holds a configuration against its types and finds everything that does not fit.

msgspec's own check stops at the first error and knows no places.
"""

from collections.abc import Iterator, Sequence

from msgspec import inspect as types

from .expected import broken_limit, either, hint, kinds_of, takes, terms
from .place import JsonPath, Node, quoted
from .problem import Problem, did_you_mean


def misfits(node: Node, kind: types.Type, path: JsonPath) -> Iterator[Problem]:
    """Yield a problem for each value that is not what its type says."""
    kinds = list(kinds_of(kind))
    fitting = [each for each in kinds if takes(each, node.value)]
    structs = [each for each in fitting if isinstance(each, types.StructType)]
    if not fitting:
        yield _mismatch("config.type", node, path, kinds)
    elif structs:
        yield from _struct(node, structs, path)
    elif isinstance(node.value, list):
        yield from _items(node.value, fitting[0], path)
    elif isinstance(node.value, dict):
        yield from _entries(node.value, fitting[0], path)
    elif code := broken_limit(fitting[0], node.value):
        yield _mismatch(code, node, path, kinds)


def shown(node: Node) -> str:
    """Return what a message says about a value that is not what was expected."""
    match node.value:
        case dict():
            return "an object"
        case list():
            return "a list"
        case str() as text:
            return quoted(text if len(text) <= 40 else text[:40] + "...")
        case None:
            return "null"
        case bool() as truth:
            return str(truth).lower()
        case number:
            return f"{number:.12g}"


def _items(items: list[Node], kind: types.Type, path: JsonPath) -> Iterator[Problem]:
    if isinstance(kind, types.VarTupleType | types.FrozenSetType):
        for index, item in enumerate(items):
            yield from misfits(item, kind.item_type, (*path, index))


def _entries(
    entries: dict[str, Node], kind: types.Type, path: JsonPath
) -> Iterator[Problem]:
    if not isinstance(kind, types.DictType):
        return
    for name, item in entries.items():
        if isinstance(kind.key_type, types.IntType) and not name.isdecimal():
            yield Problem(
                code="config.form",
                place=item.key_at or item.at,
                steps=(*path, name),
                message=f"expected a whole number as the name, was {quoted(name)}.",
            )
        yield from misfits(item, kind.value_type, (*path, name))


def _struct(
    node: Node, structs: Sequence[types.StructType], path: JsonPath
) -> Iterator[Problem]:
    tag_field = structs[0].tag_field
    if not tag_field:
        yield from _fields(node, structs[0], path)
        return
    tags = {str(each.tag): each for each in structs}
    tag = node.get(tag_field)
    if not tag:
        yield _missing(node, tag_field, path, f"Known here: {', '.join(tags)}.")
    elif isinstance(tag.value, str) and tag.value in tags:
        yield from _fields(node, tags[tag.value], path)
    else:
        yield Problem(
            code="tree.type",
            place=tag.at,
            steps=(*path, tag_field),
            message=f"expected {either([*map(quoted, tags)])}, was {shown(tag)}.",
            hint=did_you_mean(tag.value if isinstance(tag.value, str) else "", tags),
        )


def _fields(node: Node, struct: types.StructType, path: JsonPath) -> Iterator[Problem]:
    members = node.value if isinstance(node.value, dict) else {}
    fields = {field.encode_name: field for field in struct.fields}
    known = [struct.tag_field, *fields] if struct.tag_field else [*fields]
    for name, item in members.items():
        if name in fields:
            yield from misfits(item, fields[name].type, (*path, name))
        elif name not in known:
            yield Problem(
                code="config.unknown",
                place=item.key_at or item.at,
                steps=(*path, name),
                message=f"there is no setting {quoted(name)} here.",
                hint=did_you_mean(name, known),
            )
    for name, field in fields.items():
        if field.required and name not in members:
            yield _missing(node, name, path)


def _mismatch(
    code: str, node: Node, path: JsonPath, kinds: Sequence[types.Type]
) -> Problem:
    expected = either(
        list(dict.fromkeys(term for kind in kinds for term in terms(kind)))
    )
    return Problem(
        code=code,
        place=node.at,
        steps=path,
        message=f"expected {expected}, was {shown(node)}.",
        hint=hint(node.value, kinds),
    )


def _missing(
    node: Node, name: str, path: JsonPath, advice: str | None = None
) -> Problem:
    return Problem(
        code="config.missing",
        place=node.at,
        steps=path,
        message=f"the setting {quoted(name)} is missing.",
        hint=advice,
    )
