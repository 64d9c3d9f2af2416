"""What the JSON may say: the shape of a configuration, with its limits as types."""

import enum
from typing import Annotated

from msgspec import Meta, Struct

from .nodes import FOLDER, NAME, Seconds, Supervisor


class Environment(enum.StrEnum):
    """What the system runs for; each has its own shipped settings."""

    DEVELOPMENT = "development"
    TESTING = "testing"
    PRODUCTION = "production"


class Journal(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is kept of what happened."""

    limit: Annotated[int, Meta(gt=0, description="How many events are kept.")] = 100_000


class Web(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The dashboard."""

    port: Annotated[
        Annotated[int, Meta(ge=0, le=65535)] | None,
        Meta(description="Its TCP port; 0 for any free one, null for none."),
    ] = 8080


class Shutdown(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the whole system stops."""

    total: Annotated[
        Seconds, Meta(description="Seconds until all must have stopped.")
    ] = 30.0
    drain: Annotated[
        float,
        Meta(
            ge=0,
            description="Seconds of these for the work in progress.",
        ),
    ] = 10.0


class Watchdog(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When the process gives up on itself, so that a new one can take its place."""

    leaked_threads: Annotated[
        int,
        Meta(
            ge=0,
            description="How many threads may be stuck in actors that were replaced;"
            " one more ends the process with exit code 70.",
        ),
    ] = 8
    frozen_after: Annotated[
        Seconds | None,
        Meta(
            description="Seconds for which nothing at all runs in the process, after"
            " which it prints where it stands and ends with exit code 1; null for"
            " never."
        ),
    ] = 30.0


class Budget(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many restarts a dependency bears."""

    restarts: Annotated[int, Meta(gt=0, description="How many restarts in any period.")]
    period: Annotated[Seconds, Meta(description="The period, in seconds.")] = 60.0


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole configuration."""

    tree: Annotated[
        Supervisor, Meta(description="The root supervisor and all below it.")
    ]
    environment: Annotated[
        Environment,
        Meta(description="What the system runs for; chooses the shipped settings."),
    ] = Environment.DEVELOPMENT
    seed: Annotated[
        Annotated[int, Meta(ge=0, le=2**63 - 1)] | None,
        Meta(description="Makes chance repeatable; null for a new seed at each start."),
    ] = None
    state_dir: Annotated[
        str,
        Meta(
            pattern=FOLDER,
            description="The folder of journals and of the control socket.",
        ),
    ] = ".holdfast"
    journal: Annotated[Journal, Meta(description="What is kept of what happened.")] = (
        Journal()
    )
    web: Annotated[Web, Meta(description="The dashboard.")] = Web()
    shutdown: Annotated[Shutdown, Meta(description="How the whole system stops.")] = (
        Shutdown()
    )
    budgets: Annotated[
        dict[Annotated[str, Meta(pattern=NAME)], Budget],
        Meta(
            description="How many restarts each dependency bears, all workers that name"
            " it together; one not named here bears 5 in a minute."
        ),
    ] = {}
    watchdog: Annotated[
        Watchdog, Meta(description="When the process gives up on itself.")
    ] = Watchdog()
