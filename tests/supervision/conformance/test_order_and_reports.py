"""OTP's cases on the order of children, and on what is told of them."""

from collections.abc import Callable

from holdfast.supervision import Actor, ActorSystem, ChildSpec, EventKind

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Settle = Callable[[ActorSystem], None]
History = Callable[[ActorSystem], list[str]]
End = Callable[[ActorSystem, str, str], None]

PATIENCE = 20.0


def test_order_of_children(
    grow: Grow, child: Specify, end: End, history: History
) -> None:
    ids = ("ch7", "ch3", "ch10", "ch2", "ch5")
    system = grow(*(child(name) for name in ids), strategy="rest_for_one")

    started = [line.split() for line in history(system)]
    end(system, "/root/ch10", "abnormal")
    after = history(system)[len(started) :]
    before_stop = len(history(system))
    system.stop().get(timeout=PATIENCE)
    stopped = history(system)[before_stop:]

    assert [path for path, what in started if what == "starting"] == [
        "/root",
        *(f"/root/{name}" for name in ids),
    ]
    assert after == [
        "/root/ch10 exited restart",
        "/root/ch5 stopping",
        "/root/ch5 exited restart_with_sibling",
        "/root/ch2 stopping",
        "/root/ch2 exited restart_with_sibling",
        *(f"/root/{name} {what}" for name in ids[2:] for what in ("starting", "ready")),
    ]
    assert stopped == [
        "/root stopping",
        *(
            f"/root/{name} {what}"
            for name in reversed(ids)
            for what in ("stopping", "exited shut_down")
        ),
        "/root exited shut_down",
    ]


def test_format_log_1(grow: Grow, child: Specify, end: End) -> None:
    """Adapted: a report is an event: who, the how manieth, what, why, and what now."""
    system = grow(child("a"), intensity=0)

    end(system, "/root/a", "abnormal")

    told = [
        (each.path, each.incarnation, each.kind, each.reason, each.decision)
        for each in system.events.since(0)
        if each.kind is not EventKind.ADDED
    ]
    crash = "crashed: ValueError: died"
    gave_up = f"more than 0 restarts in 60 s, last /root/a: {crash}"
    assert told == [
        ("/root", 1, "starting", "", ""),
        ("/root/a", 1, "starting", "", ""),
        ("/root/a", 1, "ready", "", ""),
        ("/root", 1, "ready", "", ""),
        ("/root/a", 1, "exited", crash, "escalate"),
        ("/root", 1, "escalated", gave_up, ""),
        ("/root", 1, "exited", f"escalated: {gave_up}", "escalate"),
    ]


def test_format_log_2(grow: Grow, child: Specify, settle: Settle) -> None:
    """Adapted: whatever an exception says, its report is one line that can be shown."""

    def die(_: Actor) -> None:
        raise ValueError("first\nsecond \x1b[31m red")

    system = grow(child("a"))

    system.ref("/root/a").tell(die)
    settle(system)

    [reason] = [
        event.reason
        for event in system.events.since(0)
        if event.kind is EventKind.EXITED
    ]
    assert reason == r"crashed: ValueError: first\nsecond \x1b[31m red"
