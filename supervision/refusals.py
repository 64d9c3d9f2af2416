"""What a supervisor refuses of what it is told about a child; the codes are OTP's."""

from collections.abc import Mapping

from .children import Child
from .commands import ChildError, ChildState, Refusal
from .specs import AutoShutdown, Spec, SupervisorSpec


def named(children: Mapping[str, Child], path: str, name: str) -> Child:
    """Return the child with this name below the supervisor at `path`.

    Raises:
        ChildError: there is none.

    """
    try:
        return children[name]
    except KeyError:
        raise ChildError(Refusal.NOT_FOUND, f"{path}/{name}") from None


def check_unwanted(child: Child) -> Child:
    """Return a child that was stopped, or is being stopped.

    Raises:
        ChildError: it runs, or its supervisor is about to start it.

    """
    if child.wanted:
        runs = child.state is ChildState.UP
        code = Refusal.RUNNING if runs else Refusal.RESTARTING
        raise ChildError(code, child.cell.path)
    return child


def check_new(
    spec: Spec | None, children: Mapping[str, Child], parent: SupervisorSpec, path: str
) -> Spec:
    """Return a specification that may be added below the supervisor at `path`.

    Raises:
        ChildError: there is none, its name is taken, or it does not fit.

    """
    if spec is None:
        raise ChildError(Refusal.NOT_FOUND, path, "StartChild without a spec")
    present = children.get(spec.id)
    if present is not None:
        started = present.wanted and not present.is_down
        code = Refusal.ALREADY_STARTED if started else Refusal.ALREADY_PRESENT
        raise ChildError(code, present.cell.path)
    if spec.significant and parent.auto_shutdown is AutoShutdown.NEVER:
        detail = f"{spec.id!r} is significant, but auto_shutdown is never"
        raise ChildError(Refusal.BAD_COMBINATION, path, detail)
    return spec
