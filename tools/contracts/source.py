"""The services' code as text: what each module defines, and what a name in it stands for. Nothing is run."""

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

Place = tuple[str, str]
"""A definition: module and name."""


@dataclass
class Module:
    """What a module defines at its top, and what its names mean that came from elsewhere."""

    name: str
    definitions: dict[str, ast.stmt] = field(default_factory=dict)
    imported: dict[str, Place] = field(default_factory=dict)

    def meaning(self, node: ast.expr) -> Place | None:
        """The definition a name stands for, also through a module: `tracking.follow_ticker`."""
        if isinstance(node, ast.Name):
            return (self.name, node.id) if node.id in self.definitions else self.imported.get(node.id)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module, name = self.imported.get(node.value.id, ("", ""))
            return (f"{module}.{name}", node.attr) if module else None
        return None


@cache
def modules(root: Path, *folders: str) -> dict[str, Module]:
    """Every module below these folders of *root*, by its dotted name."""
    paths = sorted(path for folder in folders for path in (root / folder).rglob("*.py"))
    named = {".".join(path.relative_to(root).with_suffix("").parts): path for path in paths}
    return {name: _module(name, ast.parse(path.read_text("utf-8")).body) for name, path in named.items()}


def _module(name: str, body: Iterable[ast.stmt]) -> Module:
    module = Module(name)
    for node in body:
        match node:
            case ast.ImportFrom(module=str(origin)):
                module.imported |= {alias.asname or alias.name: (origin, alias.name) for alias in node.names}
            case ast.FunctionDef() | ast.ClassDef():
                module.definitions[node.name] = node
            case ast.Assign(targets=[ast.Name(id=target)]) | ast.AnnAssign(target=ast.Name(id=target)):
                module.definitions[target] = node
            case ast.Expr():
                module.definitions[f"line {node.lineno}"] = node
    return module
