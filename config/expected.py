"""Says what a type takes: whether a value fits, in words, and with a hint."""

import re
from collections.abc import Iterator, Sequence

from msgspec import inspect as types

from .merge import MARKERS
from .nodes import FORMS
from .place import Value, quoted
from .problem import nearest

_LIMITS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_QUOTED_NUMBER = re.compile(r"(-?[0-9]{1,9}(?:\.[0-9]{1,9})?) ?(ms|s|m|h)?")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
_NUMBERS = (types.IntType, types.FloatType)
_JSON: dict[type[types.Type], type | tuple[type, ...]] = {
    types.StructType: dict,
    types.DictType: dict,
    types.VarTupleType: list,
    types.FrozenSetType: list,
    types.StrType: str,
    types.EnumType: str,
    types.LiteralType: str,
    types.IntType: int,
    types.FloatType: (int, float),
    types.BoolType: bool,
    types.NoneType: type(None),
}
_WORDS: dict[type[types.Type], list[str]] = {
    types.StructType: ["an object"],
    types.DictType: ["an object"],
    types.VarTupleType: ["a list"],
    types.FrozenSetType: ["a list"],
    types.StrType: ["a text"],
    types.IntType: ["a whole number"],
    types.FloatType: ["a number"],
    types.BoolType: ["true", "false"],
    types.NoneType: ["null"],
}


def kinds_of(kind: types.Type) -> Iterator[types.Type]:
    """Yield the types that a value may have, out of unions and annotations."""
    match kind:
        case types.Metadata():
            yield from kinds_of(kind.type)
        case types.UnionType():
            for each in kind.types:
                yield from kinds_of(each)
        case _:
            yield kind


def takes(kind: types.Type, value: Value) -> bool:
    """Say whether JSON of this sort may be meant for the type."""
    if isinstance(kind, types.AnyType):
        return True
    if isinstance(value, bool):
        return isinstance(kind, types.BoolType)
    return isinstance(value, _JSON[type(kind)])


def broken_limit(kind: types.Type, value: Value) -> str | None:
    """Return the code of the limit that a value of the right sort breaks."""
    match kind, value:
        case types.StrType(pattern=str() as pattern), str():
            return None if re.fullmatch(pattern, value) else "config.form"
        case types.EnumType() | types.LiteralType(), str():
            return None if quoted(value) in terms(kind) else "config.choice"
        case types.IntType() | types.FloatType() as number, int() | float():
            within = (
                (number.gt is None or value > number.gt)
                and (number.ge is None or value >= number.ge)
                and (number.lt is None or value < number.lt)
                and (number.le is None or value <= number.le)
            )
            return None if within else "config.range"
        case _:
            return None


def terms(kind: types.Type) -> list[str]:
    """Name what the type takes, each of its values on its own."""
    match kind:
        case types.EnumType():
            return [quoted(each.value) for each in kind.cls]
        case types.LiteralType():
            return [quoted(str(each)) for each in kind.values]
        case types.StrType(pattern=str() as pattern):
            return [FORMS[pattern]]
        case types.IntType() | types.FloatType():
            return [_WORDS[type(kind)][0] + _limits(kind)]
        case _:
            return _WORDS[type(kind)]


def either(terms: Sequence[str]) -> str:
    """Write alternatives as `a, b or c`."""
    *others, last = terms
    return f"{', '.join(others)} or {last}" if others else last


def hint(value: Value, kinds: Sequence[types.Type]) -> str | None:
    """Return what to write instead, where that can be guessed."""
    if isinstance(value, dict) and any(name in value for name in MARKERS):
        return f"{either(MARKERS)} is understood inside `args` only."
    if not isinstance(value, str):
        return None
    if value in ("true", "false", "null") and any(value in terms(k) for k in kinds):
        return f"Write {value} without quotes."
    number = _QUOTED_NUMBER.fullmatch(value)
    if number and any(isinstance(each, _NUMBERS) for each in kinds):
        amount = float(number[1]) * _SECONDS[number[2] or "s"]
        unit = ": durations are numbers of seconds" if number[2] else ""
        return f"Write {amount:.12g} without quotes{unit}."
    choices = [
        term[1:-1]
        for each in kinds
        if isinstance(each, types.EnumType | types.LiteralType)
        for term in terms(each)
    ]
    meant = nearest(value, choices)
    return f"Did you mean {quoted(meant)}?" if meant else None


def _limits(number: types.IntType | types.FloatType) -> str:
    limits = {sign: getattr(number, name) for name, sign in _LIMITS.items()}
    given = [f"{sign} {limit}" for sign, limit in limits.items() if limit is not None]
    return f" {' and '.join(given)}" if given else ""
