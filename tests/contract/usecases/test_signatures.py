"""Every use case is called alike: `act(deps, actor, command)`, or a read's values by name."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any, get_type_hints

import pytest
from pingshan_values.actor import Actor

SERVICES = ("identity", "e_license", "workflow", "wifi_portal", "alerts")


def use_cases(service: str) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Name and function of each module of `usecases` that has a public async function named as itself."""
    room = importlib.import_module(f"pingshan_{service}.usecases")
    for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
        name = module.name.rpartition(".")[2]
        found = getattr(importlib.import_module(module.name), name, None)
        if inspect.iscoroutinefunction(found):
            yield name, found


ALL = [pytest.param(service, *each, id=f"{service}-{each[0]}") for service in SERVICES for each in use_cases(service)]


def test_there_are_use_cases() -> None:
    assert len(ALL) > 25


@pytest.mark.parametrize(("service", "name", "act"), ALL)
def test_signature(service: str, name: str, act: Callable[..., Any]) -> None:
    """What runs in the transaction of its event, or of what was heard, takes that and the event instead."""
    hints = get_type_hints(act)
    parameters = list(inspect.signature(act).parameters.values())
    if parameters[0].name == "tx":
        assert [each.name for each in parameters][1:] in (["event"], ["heard"])
        return
    bundle = importlib.import_module(f"pingshan_{service}.usecases.dependencies").Dependencies
    assert (parameters[0].name, hints["deps"]) == ("deps", bundle)
    rest = parameters[1:]
    if rest and rest[0].name == "actor":
        assert hints["actor"] is Actor
        assert "del actor" not in inspect.getsource(act)
        rest = rest[1:]
    if rest and rest[0].name == "command":
        command = hints["command"]
        assert command.__name__ == name.title().replace("_", "")
        assert command.__dataclass_params__.frozen
        rest = rest[1:]
        assert rest == []
    assert all(each.kind is inspect.Parameter.KEYWORD_ONLY for each in rest)
