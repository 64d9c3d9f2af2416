"""Lists the nodes of the tree with their addresses, whatever is wrong with them."""

from collections.abc import Iterator

import attrs

from .place import JsonPath, Node, Place, Value


@attrs.frozen
class Member:
    """A supervisor or worker as it stands in the JSON: any value may be wrong."""

    node: Node
    path: JsonPath
    parent: "Member | None" = None

    @property
    def id(self) -> str | None:
        """Its name, if it has one."""
        name = self.value("id")
        return name if isinstance(name, str) else None

    @property
    def address(self) -> str:
        """Where references find it; unnamed nodes appear as `?`."""
        above = self.parent.address if self.parent else ""
        return f"{above}/{self.id or '?'}"

    @property
    def is_template(self) -> bool:
        """Whether it is only started on demand."""
        return (
            self.parent is not None
            and self.parent.value("strategy") == "simple_one_for_one"
        )

    @property
    def children(self) -> list["Member"]:
        """The nodes right below it."""
        nodes = self.value("children")
        return [
            Member(node, (*self.path, "children", index), self)
            for index, node in enumerate(nodes if isinstance(nodes, list) else [])
            if isinstance(node.value, dict)
        ]

    def value(self, name: str, default: Value = None) -> Value:
        """Return what it says about this setting."""
        node = self.node.get(name)
        return node.value if node else default

    def place(self, name: str) -> Place:
        """Return where it says so, or where it could."""
        node = self.node.get(name)
        return node.at if node else self.node.at


def members(tree: Node | None) -> Iterator[Member]:
    """Yield every node of the tree, parents before children."""
    if tree and isinstance(tree.value, dict):
        yield from _with_children(Member(tree, ("tree",)))


def _with_children(member: Member) -> Iterator[Member]:
    yield member
    for child in member.children:
        yield from _with_children(child)
