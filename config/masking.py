"""Hides secrets that stand in a configuration, wherever its lines are shown."""

import re

SECRET_NAME = re.compile(r"key$|secret|passw|passphrase|token", re.IGNORECASE)
"""What a name ends with or contains if its value is a secret."""

# A line is shown because something on it is wrong, so names and values are recognised
# even without quotes, with single ones, or with one missing.
_MEMBER = re.compile(
    r"""
    (?: "(?P<name> [^"\n]*)" | '(?P<single> [^'\n]*)' | (?<![\w-]) (?P<bare> [\w-]++) )
    \s*+ : \s*+
    (?P<value> "(?:[^"\\\n]|\\.)*"? | '[^'\n]*'? | \[[^\[\]{}]*\]? | [^\s"'{}\[\],]+ )
    """,
    re.VERBOSE,
)


def looks_secret(name: str) -> bool:
    """Say whether a value of this name should not be written into a file."""
    return SECRET_NAME.search(name) is not None


def masked(text: str) -> str:
    """Return JSON, right or wrong, with stars for secrets; every column stays."""
    return _MEMBER.sub(_mask, text)


def _mask(match: re.Match[str]) -> str:
    name = match["name"] or match["single"] or match["bare"] or ""
    if not looks_secret(name):
        return match[0]
    value = match["value"]
    opening = value[0] if value[0] in "\"'[" else ""
    closing = value[-1] if value[-1] in "\"']" and len(value) > 1 else ""
    inside = value[len(opening) : len(value) - len(closing)]
    before = match[0][: -len(value)]
    return before + opening + re.sub(r"[^\n]", "*", inside) + closing
