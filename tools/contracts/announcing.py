"""Which events each Lambda may announce: the classes its handler's code reaches and makes."""

import ast
from collections.abc import Iterator
from pathlib import Path

from contracts.events.catalogue import EVENTS
from tools.contracts.shelf import ROOT
from tools.contracts.source import Module, Place, modules

_CLASSES = {(cls.__module__, cls.__name__): cls for cls in EVENTS.values()}


def handlers(root: Path = ROOT) -> list[tuple[str, str]]:
    """Every Lambda: service and handler file."""
    return [(path.parts[-3], path.stem) for path in sorted((root / "services").glob("*/handlers/*.py"))]


def announced(service: str, handler: str, root: Path = ROOT) -> list[str]:
    """Detail-types of the service's own events that the handler's code can make."""
    known = modules(root, f"services/{service}")
    start = f"services.{service}.handlers.{handler}"
    waiting: list[Place] = [(start, name) for name in known[start].definitions]
    reached, made = set(waiting), set()
    while waiting:
        module, name = waiting.pop()
        if module in known and name in known[module].definitions:
            made |= set(_made(known[module], name))
            fresh = set(_referred(known[module], name)) - reached
            reached |= fresh
            waiting += fresh
    classes = [_CLASSES[place] for place in made if place in _CLASSES]
    return sorted(cls.detail_type for cls in classes if cls.source == f"tickertape.{service}")


def _referred(module: Module, name: str) -> Iterator[Place]:
    for node in ast.walk(module.definitions[name]):
        if isinstance(node, ast.Name | ast.Attribute) and (place := module.meaning(node)):
            yield place


def _made(module: Module, name: str) -> Iterator[Place]:
    """Events constructed by calling their class; one that is only read or named is not announced."""
    for node in ast.walk(module.definitions[name]):
        if isinstance(node, ast.Call) and (place := module.meaning(node.func)):
            yield place
