"""What the JSON may say about the tree: supervisors, workers, waits and mailboxes.

Durations are seconds; limits and defaults are those of `supervision.specs`.
"""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from ..supervision.failures import FailureClass
from ..supervision.runtime.mailbox import OnRestart, Overflow
from ..supervision.specs import NAME_PATTERN, AutoShutdown, InFlight, Restart, Strategy

HIGHEST_INTENSITY = 10_000
NAME = f"^{NAME_PATTERN}$"
IMPORT_PATH = r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*$"
ATTRIBUTE = r"^[A-Za-z_]\w*$"
FOLDER = r"^[^\u0000]+$"

FORMS = {
    NAME: "a name of letters, digits, `_`, `.` and `-`",
    IMPORT_PATH: 'a class as "module:Class"',
    ATTRIBUTE: "the name of an attribute",
    FOLDER: "the path of a folder",
}
"""What people call a text of each pattern."""

Seconds = Annotated[float, Meta(gt=0)]
ShutdownTime = Annotated[float, Meta(ge=0)] | Literal["brutal", "infinity"]


class Backoff(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long to wait before a restart: longer after each failure in a row."""

    minimum: Annotated[
        Seconds, Meta(description="Seconds before the first restart.")
    ] = 0.2
    maximum: Annotated[
        Seconds, Meta(description="The longest wait before a restart, in seconds.")
    ] = 30.0
    factor: Annotated[
        float,
        Meta(
            ge=1,
            le=1000,
            description="By how much each wait exceeds the one before.",
        ),
    ] = 2.0
    jitter: Annotated[
        float,
        Meta(
            ge=0,
            lt=1,
            description="The share by which a wait is spread at random, both ways.",
        ),
    ] = 0.2
    stable_for: Annotated[
        Seconds,
        Meta(description="After so many seconds without failure, waits start anew."),
    ] = 60.0


class Mailbox(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many messages may wait for an actor, and what gives way."""

    capacity: Annotated[int, Meta(gt=0, description="How many messages may wait.")] = (
        10_000
    )
    overflow: Annotated[
        Overflow,
        Meta(
            description="What happens to a message when the mailbox is full: fail tells"
            " the sender, drop_old and drop_new give up a message, conflate replaces"
            " the waiting message with the same key."
        ),
    ] = Overflow.FAIL
    on_restart: Annotated[
        OnRestart,
        Meta(
            description="What happens to waiting messages when the actor restarts:"
            " keep them (orders), purge them, or conflate them by key (quotes)."
        ),
    ] = OnRestart.KEEP
    key: Annotated[
        Annotated[str, Meta(pattern=ATTRIBUTE)] | None,
        Meta(
            description="The attribute of a message by which a newer one replaces an"
            " older one; needed to conflate."
        ),
    ] = None


class Worker(
    Struct,
    tag="worker",
    tag_field="type",
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
):
    """An actor that does the work, and what to do when it ends."""

    id: Annotated[
        str, Meta(pattern=NAME, description="Its name, unlike that of any sibling.")
    ]
    start: Annotated[
        str,
        Meta(
            pattern=IMPORT_PATH,
            description="The actor class, as module:Class; modules in the working"
            " directory are found too.",
        ),
    ]
    args: Annotated[
        dict[str, Any],
        Meta(
            description='What its __init__ takes, by name. {"$ref": "/root/feed"} is'
            ' the reference to an actor, {"$env": "NAME"} and {"$file": "path"} are'
            " secrets."
        ),
    ] = {}
    restart: Annotated[
        Restart,
        Meta(
            description="When it is restarted: permanent always, transient unless it"
            " ended normally, temporary never."
        ),
    ] = Restart.PERMANENT
    shutdown: Annotated[
        ShutdownTime,
        Meta(
            description="Seconds it has to clean up; brutal for none, infinity for as"
            " many as the whole shutdown allows."
        ),
    ] = 5.0
    start_timeout: Annotated[
        Seconds, Meta(description="Seconds until it must be ready.")
    ] = 10.0
    hang_after: Annotated[
        Seconds | None,
        Meta(
            description="Seconds that it may be at one message; after that it counts as"
            " hung and is replaced. Null for any time."
        ),
    ] = 10.0
    dispatcher: Annotated[
        Literal["shared", "pinned", "loop"],
        Meta(
            description="What it runs on: shared with others (must not block), pinned"
            " to a thread of its own (may block), or an asyncio loop of its own (for"
            " coroutines)."
        ),
    ] = "shared"
    concurrency: Annotated[
        int,
        Meta(
            ge=1,
            description="How many messages it handles side by side; more than one"
            " needs the dispatcher loop.",
        ),
    ] = 1
    mailbox: Annotated[
        Mailbox, Meta(description="How many messages may wait, and what gives way.")
    ] = Mailbox()
    in_flight: Annotated[
        InFlight,
        Meta(
            description="What becomes of the message at hand when it crashes: a dead"
            " letter, or redelivered to its successor."
        ),
    ] = InFlight.DEAD_LETTER
    backoff: Annotated[
        Backoff | None,
        Meta(description="Waits before its restarts; null for its supervisor's."),
    ] = None
    failures: Annotated[
        dict[Annotated[str, Meta(pattern=IMPORT_PATH)], FailureClass],
        Meta(
            description="What exceptions of libraries mean, by module:Class: bug"
            " (counts), network (tried again without limit), rate_limit (waits as long"
            " as it says), authentication (stays stopped)."
        ),
    ] = {}
    dependency: Annotated[
        Annotated[str, Meta(pattern=NAME)] | None,
        Meta(
            description="What its restarts burden, such as a venue's login: see"
            " budgets. Null for nothing."
        ),
    ] = None
    significant: Annotated[
        bool,
        Meta(description="Whether its end may end its supervisor: see auto_shutdown."),
    ] = False
    intake: Annotated[
        bool,
        Meta(description="Whether it brings in work from outside and so stops first."),
    ] = False


class Supervisor(
    Struct,
    tag="supervisor",
    tag_field="type",
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
):
    """A node that starts its children in order and restarts those that fail."""

    id: Annotated[
        str, Meta(pattern=NAME, description="Its name, unlike that of any sibling.")
    ]
    children: Annotated[
        tuple["Worker | Supervisor", ...],
        Meta(description="Its children, in start order."),
    ] = ()
    strategy: Annotated[
        Strategy,
        Meta(
            description="Who is restarted with a child that failed: one_for_one only"
            " the child, rest_for_one also those after it, one_for_all everybody;"
            " simple_one_for_one starts copies of its only child on demand."
        ),
    ] = Strategy.ONE_FOR_ONE
    intensity: Annotated[
        int,
        Meta(
            ge=0,
            le=HIGHEST_INTENSITY,
            description="How many restarts within `period` it bears; one more ends it.",
        ),
    ] = 3
    period: Annotated[
        Seconds, Meta(description="The seconds over which restarts are counted.")
    ] = 60.0
    backoff: Annotated[
        Backoff | None,
        Meta(description="Waits before restarts of its children; null for none."),
    ] = Backoff()
    auto_shutdown: Annotated[
        AutoShutdown,
        Meta(
            description="Whether the end of any or of all significant children ends"
            " this supervisor."
        ),
    ] = AutoShutdown.NEVER
    restart: Annotated[
        Restart,
        Meta(
            description="When it is restarted: permanent always, transient unless it"
            " ended normally, temporary never."
        ),
    ] = Restart.PERMANENT
    shutdown: Annotated[
        ShutdownTime,
        Meta(
            description="Seconds it has to stop its children; infinity for as many as"
            " the whole shutdown allows."
        ),
    ] = "infinity"
    significant: Annotated[
        bool,
        Meta(description="Whether its end may end its supervisor: see auto_shutdown."),
    ] = False
