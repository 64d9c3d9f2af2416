"""A canary: what holdfast takes from Pykka's inside must still be as it was.

When one of these fails after an update, read Pykka's change first; then adapt the file
that the sentence names, and this test with it.
"""

import ast
import importlib.metadata
import inspect
from collections.abc import Callable
from pathlib import Path

import pykka
import pytest
from pykka import messages

from holdfast.supervision import Actor, ActorSystem, ChildSpec, Future, Ref

ACTOR = "supervision/runtime/actor.py overrides or calls it"
REF = "supervision/runtime/reference.py stands in for it"
FUTURE = "supervision/runtime/future.py stands in for it"

HOOKS = {
    "_create_actor_inbox": "()",
    "_create_future": "()",
    "_start_actor_loop": "(self)",
    "_handle_receive": "(self, message)",
    "on_start": "(self)",
    "on_stop": "(self)",
    "on_failure": "(self, exception_type, exception_value, traceback)",
    "on_receive": "(self, message)",
    "stop": "(self)",
    "__init__": "(self, *_args, **_kwargs)",
}
PROXY_MESSAGES = {
    "ProxyCall": ("attr_path", "args", "kwargs"),
    "ProxyGetAttr": ("attr_path",),
    "ProxySetAttr": ("attr_path", "value"),
}


def shape(function: object) -> str:
    """Write down the parameters of a function, without their types."""
    assert callable(function)
    signature = inspect.signature(function)
    plain = [
        each.replace(annotation=inspect.Parameter.empty)
        for each in signature.parameters.values()
    ]
    return str(inspect.Signature(plain))


def own(kind: type) -> set[str]:
    """Name what a class defines itself for everybody."""
    return {name for name in vars(kind) if not name.startswith("_")}


def source_of(*classes: type) -> ast.AST:
    return ast.parse("\n".join(inspect.getsource(each) for each in classes))


def test_pykka_is_of_the_version_that_was_tried() -> None:
    version = importlib.metadata.version("pykka")

    assert version.startswith("4.5."), (
        f"Pykka {version} has not been tried: run the tests of supervision/runtime with"
        " it, read what changed in its private parts, then move the pin in"
        " pyproject.toml"
    )


@pytest.mark.parametrize(("name", "parameters"), HOOKS.items())
def test_the_hooks_of_a_pykka_actor_are_where_they_were(
    name: str, parameters: str
) -> None:
    hook = vars(pykka.Actor).get(name)

    assert hook is not None, f"Pykka's Actor has no {name} any more: {ACTOR}"
    assert shape(getattr(pykka.Actor, name)) == parameters, (
        f"Pykka's Actor.{name} takes other parameters: {ACTOR}"
    )


@pytest.mark.parametrize(
    "name", ["_create_actor_inbox", "_create_future", "_start_actor_loop"]
)
def test_what_pykka_wants_from_a_kind_of_actor_is_given(name: str) -> None:
    wanted: frozenset[str] = getattr(pykka.Actor, "__abstractmethods__", frozenset())

    assert name in wanted, f"Pykka does not ask for {name} any more: {ACTOR}"
    assert wanted == {"_create_actor_inbox", "_create_future", "_start_actor_loop"}
    assert not inspect.isabstract(Actor)


def test_an_actor_finds_its_reference_where_pykka_looks_for_it() -> None:
    names = {node.attr for node in attributes(source_of(pykka.Actor), of="self")}

    assert "_actor_ref" in names, (
        f"Pykka's Actor.actor_ref does not read _actor_ref any more: {ACTOR}"
    )


@pytest.mark.parametrize(("name", "fields"), PROXY_MESSAGES.items())
def test_proxies_say_what_they_said(name: str, fields: tuple[str, ...]) -> None:
    message = getattr(messages, name, None)

    assert message is not None, f"Pykka's messages have no {name} any more: {ACTOR}"
    assert tuple(message.__match_args__) == fields, (
        f"Pykka's {name} has other fields: {ACTOR}"
    )


def test_there_are_no_other_messages_of_pykka_to_answer() -> None:
    named = {
        name
        for name, value in vars(messages).items()
        if isinstance(value, type) and value.__module__ == messages.__name__
    }

    assert named == {*PROXY_MESSAGES, "_ActorStop"}, (
        f"Pykka's actors understand other messages now: {ACTOR}"
    )


def attributes(tree: ast.AST, *, of: str) -> list[ast.Attribute]:
    """Find every `<of>.name`, also where it is `self.<of>.name`."""
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and ast.unparse(node.value) in {of, f"self.{of}"}
    ]


def test_a_proxy_uses_of_a_reference_only_what_ours_has() -> None:
    proxies = source_of(pykka.ActorProxy, pykka.CallableProxy)
    used = {node.attr for node in attributes(proxies, of="actor_ref")}

    assert used == {"is_alive", "_actor_weakref", "ask", "tell"}, (
        f"Pykka's proxies use a reference differently: {REF}"
    )


@pytest.mark.parametrize(
    ("theirs", "ours", "kept", "told"),
    [
        (pykka.ActorRef, Ref, {"proxy"}, REF),
        (pykka.Future, Future, set[str](), FUTURE),
    ],
)
def test_nothing_that_pykka_offers_falls_through_to_what_does_not_fit(
    theirs: type, ours: type, kept: set[str], told: str
) -> None:
    assert own(theirs) - own(ours) == kept, (
        f"Pykka's {theirs.__name__} offers something else now: {told}"
    )


@pytest.mark.parametrize("name", ["ask", "tell", "stop", "is_alive"])
def test_a_reference_takes_what_pykkas_takes(name: str) -> None:
    assert shape(getattr(Ref, name)) == shape(getattr(pykka.ActorRef, name)), (
        f"Pykka's ActorRef.{name} takes other parameters: {REF}"
    )


def test_a_future_takes_what_pykkas_takes() -> None:
    methods = own(pykka.Future)

    assert {name: shape(getattr(Future, name)) for name in methods} == {
        name: shape(getattr(pykka.Future, name)) for name in methods
    }, f"Pykka's Future takes other parameters: {FUTURE}"


def test_no_actor_enters_pykkas_global_registry(
    grow: Callable[..., ActorSystem], child: Callable[..., ChildSpec]
) -> None:
    grow(child("a"), child("b", dispatcher="pinned"))

    assert pykka.ActorRegistry.get_all() == []


def test_the_pin_says_what_was_tried() -> None:
    project = Path(__file__).parents[3] / "pyproject.toml"

    assert '"pykka>=4.5,<4.6"' in project.read_text()
