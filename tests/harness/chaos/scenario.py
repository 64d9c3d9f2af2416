"""A scenario as data: what is run, what goes wrong, and what has to hold."""

import enum
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import attrs
import msgspec

from holdfast.testing.chaos.checkers import CHECKERS
from holdfast.testing.venue.faults.fault import Fault

SHIPPED = Path(__file__).parent / "scenarios"
"""Where the scenarios are that come with the package, by name."""

SCHEMA = 1


class ScenarioInvalid(Exception):
    """The scenario can't be run; the message says what is wrong, and where."""

    exit_code: ClassVar[int] = 78


class ScenarioMissing(Exception):
    """There is no such scenario."""

    exit_code: ClassVar[int] = 66


class Back(enum.StrEnum):
    """Where a scenario is run: in a simulated world, or on real sockets."""

    SIM = "sim"
    REAL = "real"


@attrs.frozen(kw_only=True)
class Scenario:
    """What a scenario file says. Times are seconds.

    `config` is a configuration beside the file, whose tree has an exchange and a
    workload. `faults` strike the venue. After `heal_at` nothing goes wrong any more,
    and `recover_within` is how long it may then take until all is well. `invariants`
    are names of checkers.
    """

    title: str
    config: str
    duration: float
    heal_at: float
    recover_within: float
    faults: tuple[Fault, ...]
    invariants: tuple[str, ...]
    seed: int = 1
    directory: Path = attrs.field(default=SHIPPED, eq=False)

    @property
    def configuration(self) -> Path:
        """Where the configuration is."""
        return self.directory / self.config


def shipped() -> dict[str, Path]:
    """Return the scenarios that come with the package, by name."""
    return {
        path.name.removesuffix(".scenario.json"): path
        for path in sorted(SHIPPED.glob("*.scenario.json"))
    }


def find(name: str) -> Path:
    """Return the file of a scenario: one that is shipped, or a path.

    Raises:
        ScenarioMissing: there is none.

    """
    known = shipped()
    if name in known:
        return known[name]
    path = Path(name)
    if path.is_file():
        return path
    raise ScenarioMissing(
        f"there is no scenario {name}: name a file, or one of {', '.join(known)}"
    )


def read(path: Path) -> Scenario:
    """Read a scenario file.

    Raises:
        ScenarioInvalid: it says something that makes no sense.

    """
    try:
        told: Any = msgspec.json.decode(path.read_bytes())
        return _scenario(told, path.parent)
    except OSError as error:
        raise ScenarioInvalid(f"{path} can't be read: {error.strerror}") from error
    except (msgspec.DecodeError, ValueError, TypeError, KeyError) as error:
        raise ScenarioInvalid(f"{path}: {_plain(error)}") from error


def _scenario(told: Any, directory: Path) -> Scenario:
    if not isinstance(told, dict):
        raise TypeError("a scenario is a JSON object")
    fields: dict[str, Any] = dict(told)  # pyright: ignore[reportUnknownArgumentType] - of any JSON
    schema = fields.pop("schema", None)
    if schema != SCHEMA:
        raise ValueError(f'"schema" must be {SCHEMA}, was {schema!r}')
    faults = tuple(map(Fault.from_json, fields.pop("faults", ())))
    invariants = tuple(fields.pop("invariants", ()))
    _check_names(invariants)
    _check_ids(faults)
    scenario = Scenario(
        **fields, faults=faults, invariants=invariants, directory=directory
    )
    _check_times(scenario)
    return scenario


def _check_names(invariants: tuple[str, ...]) -> None:
    unknown = sorted(set(invariants) - set(CHECKERS))
    if unknown or not invariants:
        known = ", ".join(CHECKERS)
        raise ValueError(f'"invariants" has {unknown or "nothing"}; there are {known}')


def _check_ids(faults: tuple[Fault, ...]) -> None:
    ids = [fault.id for fault in faults]
    twice = sorted({each for each in ids if ids.count(each) > 1})
    if twice:
        raise ValueError(f"faults are counted by their ids: {twice} came twice")


def _check_times(scenario: Scenario) -> None:
    ends = scenario.heal_at + scenario.recover_within
    if not 0 < scenario.heal_at < ends <= scenario.duration:
        raise ValueError(
            f'"duration" ({scenario.duration:g} s) must hold "heal_at" and'
            f' "recover_within" ({ends:g} s)'
        )


def _plain(error: Exception) -> str:
    text = str(error)
    return text.replace("Scenario.__init__() ", "a scenario ")


def as_json(scenario: Scenario) -> Mapping[str, Any]:
    """Write it down as a file has it."""
    return {
        "schema": SCHEMA,
        "title": scenario.title,
        "config": scenario.config,
        "seed": scenario.seed,
        "duration": scenario.duration,
        "heal_at": scenario.heal_at,
        "recover_within": scenario.recover_within,
        "faults": [fault.to_json() for fault in scenario.faults],
        "invariants": list(scenario.invariants),
    }
