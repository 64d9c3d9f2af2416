"""Puts references and secrets into the arguments of the actors.

`{"$ref": "/root/feed"}` is the reference to an actor, `{"$env": "NAME"}` what an
environment variable holds, `{"$file": "/run/secrets/key"}` what a file holds. The last
two are secrets: their values appear in no message.
"""

from collections.abc import Iterator, Mapping

import attrs

from ..supervision.secret import SHORTEST, Secret
from ..supervision.specs import RefTo
from .masking import looks_secret
from .members import Member
from .merge import MARKERS
from .place import JsonPath, Node, Place, Source, quoted
from .problem import Problem, Refused, nearest
from .secrets import from_environment, from_file


@attrs.frozen
class Arguments:
    """Reads the arguments of all workers; `found` is what stands for the markers."""

    environ: Mapping[str, str]
    nodes: Mapping[str, Member]
    found: dict[Place, RefTo | Secret] = attrs.field(
        factory=dict[Place, RefTo | Secret], repr=False
    )

    def read(self, member: Member) -> Iterator[Problem]:
        """Find what the markers of a worker stand for; yield what can't be had."""
        args = member.value("args")
        for name, node in args.items() if isinstance(args, dict) else ():
            path = (*member.path, "args", name)
            if name.startswith("$"):
                yield _malformed(node.key_at or node.at, path, name)
            else:
                yield from self._value(node, path, name)

    def _value(self, node: Node, path: JsonPath, name: str) -> Iterator[Problem]:
        match node.value:
            case dict() as inside if any(key.startswith("$") for key in inside):
                yield from self._marker(node, inside, path)
            case dict() as inside:
                for key, item in inside.items():
                    yield from self._value(item, (*path, key), key)
            case list() as items:
                for index, item in enumerate(items):
                    yield from self._value(item, (*path, index), name)
            case str() as text if text and looks_secret(name):
                yield _literal(node.at, path)
            case _:
                pass

    def _marker(
        self, node: Node, inside: dict[str, Node], path: JsonPath
    ) -> Iterator[Problem]:
        name, target = next(iter(inside.items()))
        if len(inside) > 1 or name not in MARKERS or not isinstance(target.value, str):
            yield _malformed(node.at, path, name)
            return
        try:
            value = self._resolved(name, target.value, node.at.source)
        except Refused as refused:
            yield refused.at(target.at, (*path, name))
            return
        self.found[node.at] = value
        if isinstance(value, Secret) and len(value.reveal()) < SHORTEST:
            yield _short(target.at, (*path, name))

    def _resolved(self, marker: str, target: str, source: Source) -> RefTo | Secret:
        match marker:
            case "$ref":
                return _reference(target, self.nodes)
            case "$env":
                return from_environment(target, self.environ)
            case _:
                return from_file(source.folder / target)


def _reference(address: str, nodes: Mapping[str, Member]) -> RefTo:
    """Return a reference to a node of the tree.

    Raises:
        Refused: there is none, or it comes and goes.

    """
    steps = address.split("/")
    above = ["/".join(steps[:count]) for count in range(2, len(steps))]
    on_demand = any(
        nodes[each].value("strategy") == "simple_one_for_one"
        for each in above
        if each in nodes
    )
    if on_demand:
        raise Refused(
            "args.reference",
            f"{quoted(address)} is started on demand, so nobody can refer to it.",
            "Refer to its supervisor.",
        )
    if address not in nodes:
        meant = nearest(address, nodes)
        raise Refused(
            "args.reference",
            f"there is no {quoted(address)} in the tree.",
            f"Did you mean {quoted(meant)}?" if meant else None,
        )
    return RefTo(path=address)


def _malformed(place: Place, path: JsonPath, name: str) -> Problem:
    meant = None if name in MARKERS else nearest(name, MARKERS)
    return Problem(
        code="args.marker",
        place=place,
        steps=path,
        message='a value with a `$` is {"$ref": "path"}, {"$env": "NAME"} or'
        ' {"$file": "path"}, and nothing else.',
        hint=f"Did you mean {quoted(meant)}?" if meant else None,
    )


def _literal(place: Place, path: JsonPath) -> Problem:
    return Problem(
        code="secret.literal",
        place=place,
        steps=path,
        message="this looks like a secret, and files are copied and shown.",
        hint='Write {"$env": "NAME"} or {"$file": "path"} instead.',
        severity="warning",
    )


def _short(place: Place, path: JsonPath) -> Problem:
    return Problem(
        code="secret.short",
        place=place,
        steps=path,
        message=f"the secret has fewer than {SHORTEST} characters and can't be kept"
        " out of logs.",
        severity="warning",
    )
