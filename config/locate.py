"""Reads JSON and remembers where each value stands; names what breaks the grammar."""

import json
import math
import re
from collections.abc import Iterator
from typing import NoReturn

import attrs

from .place import JsonPath, Node, Place, Source, Value
from .problem import Problem, Unusable

DEEPEST = 100
"""How many brackets may stand within each other."""

_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_WORD = re.compile(r"\w*")
_PLAIN = re.compile(r'(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*')
_WORDS: dict[str, Value] = {"true": True, "false": False, "null": None}
_FOREIGN = {
    "True": "Write true.",
    "False": "Write false.",
    "None": "Write null.",
    "undefined": "Write null.",
    "NaN": "JSON knows no such number.",
    "Infinity": "JSON knows no such number.",
}
_STRAY = {
    "'": 'Write text in double quotes (").',
    "\u201c": 'Write text in straight double quotes (").',
    "\u201d": 'Write text in straight double quotes (").',
    "/": "JSON has no comments: remove it.",
    "#": "JSON has no comments: remove it.",
    "=": "Write a colon between key and value.",
    "+": "Write the number without +.",
    ".": "Write a digit before the point.",
}
_CLOSING = {"{": "}", "[": "]"}


@attrs.frozen
class Duplicate:
    """A key that an object has twice; the second value counts."""

    path: JsonPath
    first: Place
    second: Place


def locate(source: Source) -> tuple[Node, list[Duplicate]]:
    """Return the value with its places, and the keys that are given twice.

    Raises:
        Unusable: the text is not JSON, as RFC 8259 has it. Nesting deeper than 100,
            numbers beyond a float and halves of a surrogate pair are refused as well.

    """
    reader = _Reader(source=source, text=source.text or "")
    node = reader.value(())
    if reader.peek():
        reader.refuse("the end of the file", "Is there a bracket too many before?")
    return node, reader.duplicates


@attrs.define(kw_only=True)
class _Reader:
    source: Source
    text: str
    offset: int = 0
    open: list[int] = attrs.field(factory=list[int])
    duplicates: list[Duplicate] = attrs.field(factory=list[Duplicate])

    def peek(self) -> str:
        """Skip white space and return the next character, or nothing at the end."""
        self.offset = self._end_of(_SPACE)
        return self._char()

    def value(self, path: JsonPath) -> Node:
        """Read the value that begins here."""
        char = self.peek()
        at = self._place(self.offset)
        if char == "{":
            return Node(self._object(path), at)
        if char == "[":
            return Node(self._list(path), at)
        if char == '"':
            return Node(self._string(), at)
        if char and char in "-0123456789":
            return Node(self._number(), at)
        return Node(self._word(), at)

    def refuse(self, expected: str, hint: str | None = None) -> NoReturn:
        """Say what should stand here and what does."""
        char = self._char()
        # A word is not shown: it may be a secret that lacks its quotes.
        found = f"`{char}`"
        at = self.offset
        if not char:
            found = "the end of the file"
            at = len(self.text.rstrip())
            hint = self._unclosed()
        elif not char.isprintable():
            found = f"U+{ord(char):04X}"
            hint = hint or "Write a plain space."
        self._fail(at, f"expected {expected}, was {found}.", hint or _STRAY.get(char))

    def _object(self, path: JsonPath) -> dict[str, Node]:
        members: dict[str, Node] = {}
        for _ in self._items():
            key_at = self._place(self.offset)
            if self.peek() != '"':
                self.refuse("a key in double quotes")
            key = self._string()
            if self.peek() != ":":
                self.refuse("`:` after the key")
            self.offset += 1
            earlier = members.get(key)
            if earlier and earlier.key_at:
                self.duplicates.append(Duplicate((*path, key), earlier.key_at, key_at))
            members[key] = attrs.evolve(self.value((*path, key)), key_at=key_at)
        return members

    def _list(self, path: JsonPath) -> list[Node]:
        items: list[Node] = []
        for _ in self._items():
            items.append(self.value((*path, len(items))))
        return items

    def _items(self) -> Iterator[None]:
        """Yield where each item begins of the bracket that opens here."""
        closing = _CLOSING[self._char()]
        if len(self.open) == DEEPEST:
            self._fail(self.offset, f"brackets stand more than {DEEPEST} deep.")
        self.open.append(self.offset)
        self.offset += 1
        while self.peek() != closing:
            yield
            char = self.peek()
            if char == ",":
                self._comma(closing)
            elif char != closing:
                self.refuse(f"`,` or `{closing}`", self._unseparated(char))
        self.offset += 1
        self.open.pop()

    def _comma(self, closing: str) -> None:
        comma = self.offset
        self.offset += 1
        if self.peek() == closing:
            self._fail(comma, f"a comma stands before `{closing}`.", "Remove it.")

    def _string(self) -> str:
        start = self.offset
        self.offset += 1
        self.offset = self._end_of(_PLAIN)
        match self._char():
            case '"':
                self.offset += 1
            case "\\":
                self.refuse("an escape such as `\\n`", "Write \\\\ for a backslash.")
            case "" | "\n" | "\r":
                self._fail(start, "text has no closing quote on its line.", 'Add a ".')
            case _:
                self.refuse("text without control characters", "Write \\t for a tab.")
        text: str = json.loads(self.text[start : self.offset])
        if any("\ud800" <= char <= "\udfff" for char in text):
            self._fail(start, "text contains one half of a surrogate pair.")
        return text

    def _number(self) -> int | float:
        start = self.offset
        end = self._end_of(_NUMBER)
        self.offset = max(end, start + 1)
        if end == start:
            self.refuse("a digit after the minus sign")
        if re.match(r"[\w.+-]", self._char()):
            self.refuse(
                "the end of the number", "Numbers have no unit and no leading zero."
            )
        digits = self.text[start:end]
        if not math.isfinite(float(digits)):
            self._fail(start, "the number is too large.")
        number: int | float = json.loads(digits)
        return number

    def _word(self) -> Value:
        end = self._end_of(_WORD)
        word = self.text[self.offset : end]
        if word not in _WORDS:
            hint = "Write text in double quotes." if word else None
            self.refuse("a value", _FOREIGN.get(word, hint))
        self.offset = end
        return _WORDS[word]

    def _char(self) -> str:
        return self.text[self.offset : self.offset + 1]

    def _end_of(self, pattern: re.Pattern[str]) -> int:
        match = pattern.match(self.text, self.offset)
        return match.end() if match else self.offset

    def _place(self, offset: int) -> Place:
        return Place(self.source, offset)

    def _unseparated(self, char: str) -> str | None:
        if char in _CLOSING.values():
            return self._unclosed()
        begins = char in ('"', "{", "[", "-") or char.isalnum()
        return "A comma is missing before it." if begins else None

    def _unclosed(self) -> str | None:
        if not self.open:
            return None
        bracket = self.text[self.open[-1]]
        line, column = self.source.position(self.open[-1])
        return f"The `{bracket}` at line {line}, column {column} is not closed."

    def _fail(self, at: int, message: str, hint: str | None = None) -> NoReturn:
        place = self._place(at)
        raise Unusable(
            Problem(
                code="config.syntax", place=place, steps=(), message=message, hint=hint
            )
        )
