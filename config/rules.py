"""What must hold between several settings of the tree; the types can't say it."""

from collections.abc import Iterator

import attrs
import msgspec
from msgspec.inspect import type_info

from .members import Member
from .nodes import HIGHEST_INTENSITY, Backoff
from .place import Node, plain, quoted
from .problem import Problem
from .shape import misfits

OPERATIONS = "system"
"""What stands beside the root of the configuration, under the same top."""


def broken_rules(member: Member) -> Iterator[Problem]:
    """Yield an error for each rule of `supervision.specs` that this node breaks."""
    yield from _root(member)
    yield from _ids(member)
    yield from _significant(member)
    yield from _template(member)
    yield from _mailbox(member)
    yield from _concurrency(member)


def slow_restarts(member: Member) -> Iterator[Problem]:
    """Warn where waits are so long that the supervisor can never give up.

    With a wait before each restart, a child that crashes at once every time may never
    exceed the intensity; then nobody above learns of it.
    """
    intensity, period = member.value("intensity", 3), member.value("period", 60.0)
    if not isinstance(intensity, int) or not isinstance(period, int | float):
        return
    if intensity > HIGHEST_INTENSITY or period <= 0:
        return
    for waiting, backoff in _backoffs(member):
        count = most_restarts(backoff, period, intensity + 1)
        if count <= intensity:
            said = [each for each in ("backoff", "intensity") if waiting.node.get(each)]
            name = said[0] if said else "backoff"
            yield Problem(
                code="tree.backoff",
                place=waiting.place(name),
                steps=(*waiting.path, name),
                message=f"a child that keeps crashing restarts at most {count} times"
                f" in {period:g} seconds, so intensity {intensity} is never exceeded.",
                hint=f"Lower intensity to {count - 1}, lengthen period or shorten the"
                " waits.",
                severity="warning",
            )


def most_restarts(backoff: Backoff, period: float, enough: int) -> int:
    """Return how many restarts of one child fit into a period; stop at `enough`."""
    count, passed, wait = 1, 0.0, backoff.minimum
    while count < enough:
        passed += min(wait, backoff.maximum) * (1 - backoff.jitter)
        if passed > period:
            break
        wait *= backoff.factor
        count += 1
    return count


def _root(member: Member) -> Iterator[Problem]:
    if member.parent is None and member.id == OPERATIONS:
        yield Problem(
            code="tree.reserved",
            place=member.place("id"),
            steps=(*member.path, "id"),
            message=f"the root can't be named {quoted(OPERATIONS)}: that is the branch"
            " which serves the operator.",
            hint="Give it another id, such as root.",
        )


def _ids(member: Member) -> Iterator[Problem]:
    seen: dict[str, Member] = {}
    for child in member.children:
        if child.id is None:
            continue
        first = seen.setdefault(child.id, child)
        if first is not child:
            yield Problem(
                code="tree.duplicate",
                place=child.place("id"),
                steps=(*child.path, "id"),
                message=f"a sibling is named {quoted(child.id)} already,"
                f" at {first.place('id')}.",
                hint="Give one of them another id.",
            )


def _significant(member: Member) -> Iterator[Problem]:
    if member.value("significant") is not True:
        return
    problem = Problem(
        code="tree.significant",
        place=member.place("significant"),
        steps=(*member.path, "significant"),
        message="a permanent child is always restarted, so it can't be significant.",
        hint='Set "restart" to "transient" or "temporary", or leave this out.',
    )
    if member.value("restart", "permanent") == "permanent":
        yield problem
    if member.parent and member.parent.value("auto_shutdown", "never") == "never":
        yield attrs.evolve(
            problem,
            message="the child is significant, but its supervisor has auto_shutdown"
            " never.",
            hint='Set "auto_shutdown" of the supervisor, or leave this out.',
        )


def _template(member: Member) -> Iterator[Problem]:
    if member.value("strategy") != "simple_one_for_one":
        return
    types = [child.value("type") for child in member.children]
    if len(types) != 1 or types == ["supervisor"]:
        yield Problem(
            code="tree.template",
            place=member.place("children"),
            steps=(*member.path, "children"),
            message="a simple_one_for_one supervisor has exactly one child, a worker"
            " as template.",
        )
    if member.value("auto_shutdown", "never") != "never":
        yield Problem(
            code="tree.template",
            place=member.place("auto_shutdown"),
            steps=(*member.path, "auto_shutdown"),
            message="the children of a simple_one_for_one supervisor come and go, so"
            " their end can't end it.",
            hint="Leave this out.",
        )


def _mailbox(member: Member) -> Iterator[Problem]:
    mailbox = member.node.get("mailbox")
    key = mailbox.get("key") if mailbox else None
    if mailbox is None or (key and key.value is not None):
        return
    for name in ("overflow", "on_restart"):
        policy = mailbox.get(name)
        if policy and policy.value == "conflate":
            yield Problem(
                code="tree.mailbox",
                place=policy.at,
                steps=(*member.path, "mailbox", name),
                message="a mailbox that conflates needs a key.",
                hint='Set "key" to the attribute of a message by which a newer one'
                " replaces an older one.",
            )


def _concurrency(member: Member) -> Iterator[Problem]:
    side_by_side = member.value("concurrency", 1)
    if not isinstance(side_by_side, int) or side_by_side <= 1:
        return
    if member.value("dispatcher", "shared") in ("shared", "pinned"):
        yield Problem(
            code="tree.concurrency",
            place=member.place("concurrency"),
            steps=(*member.path, "concurrency"),
            message="only coroutines run side by side.",
            hint='Set "dispatcher" to "loop", or leave this out.',
        )


def _backoffs(supervisor: Member) -> Iterator[tuple[Member, Backoff]]:
    """Yield the waits of its children, each with the node that says so."""
    if supervisor.value("type") != "supervisor":
        return
    workers = [each for each in supervisor.children if each.value("type") == "worker"]
    own = [each for each in workers if each.value("backoff") is not None]
    sayers = own if len(own) == len(supervisor.children) else [supervisor, *own]
    for sayer in sayers:
        backoff = _backoff(sayer.node.get("backoff"))
        if backoff:
            yield sayer, backoff


def _backoff(node: Node | None) -> Backoff | None:
    if node is None:
        return Backoff()
    if node.value is None or any(misfits(node, type_info(Backoff), ())):
        return None
    return msgspec.convert(plain(node, {}), Backoff)
