"""Goes through a function's expressions, typed by annotations, and notes each attribute read of a thing."""

import ast
from collections.abc import Callable, Mapping

from tools.contracts.calls import BUILTINS, builtin, given_by, of_mapping
from tools.contracts.kinds import (
    NOTHING,
    Callable_,
    Kinds,
    Many,
    Reader,
    Row,
    Thing,
    elements,
    places,
    united,
)
from tools.contracts.source import Module

Note = Callable[[Thing, str], None]
Env = dict[str, Kinds]


class Body:
    """Goes through one function in the order it is written, with what is known of each name."""

    def __init__(self, note: Note, reader: Reader, module: Module, env: Mapping[str, Kinds]) -> None:
        self._note, self._reader, self._module, self._env = note, reader, module, dict(env)

    def function(self, node: ast.FunctionDef) -> None:
        given = node.args
        for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs):
            if argument.annotation:
                self._env[argument.arg] = self._reader.annotated(argument.annotation, self._module)
        for statement in node.body:
            self._statement(statement)

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.FunctionDef():
                Body(self._note, self._reader, self._module, self._env).function(node)
                gives = self._reader.annotated(node.returns, self._module)
                self._env[node.name] = frozenset({Callable_(gives)})
            case ast.Assign():
                kinds = self._of(node.value)
                for target in node.targets:
                    self._bind(target, kinds)
            case ast.AnnAssign():
                found = self._of(node.value) if node.value else NOTHING
                self._bind(node.target, self._reader.annotated(node.annotation, self._module) or found)
            case ast.For():
                self._bind(node.target, elements(self._of(node.iter)))
                self._statements([*node.body, *node.orelse])
            case _:
                for child in ast.iter_child_nodes(node):
                    self._child(child)

    def _child(self, node: ast.AST) -> None:
        if isinstance(node, ast.stmt):
            self._statement(node)
        elif isinstance(node, ast.expr):
            self._of(node)
        else:
            for child in ast.iter_child_nodes(node):
                self._child(child)

    def _statements(self, nodes: list[ast.stmt]) -> None:
        for node in nodes:
            self._statement(node)

    def _bind(self, target: ast.expr, kinds: Kinds) -> None:
        match target:
            case ast.Name(id=name):
                self._env[name] = kinds
            case ast.Tuple(elts=inner) | ast.List(elts=inner):
                for one, kind in zip(inner, places(kinds, len(inner)), strict=True):
                    self._bind(one, kind)
            case ast.Starred(value=inner_one):
                self._bind(inner_one, frozenset({Many(kinds)}))

    def _of(self, node: ast.expr) -> Kinds:
        """What an expression is; every field read on the way is noted."""
        match node:
            case ast.Name(id=name):
                return self._env[name] if name in self._env else self._global(node)
            case ast.Attribute():
                return self._attribute(node)
            case ast.Call():
                return self._call(node)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                self._clauses(node.generators)
                return frozenset({Many(self._of(node.elt))})
            case ast.DictComp():
                self._clauses(node.generators)
                return frozenset({Many(self._of(node.value), self._of(node.key))})
            case ast.Tuple() | ast.List() | ast.Set() if any(isinstance(e, ast.Starred) for e in node.elts):
                return frozenset({Many(united(self._starred(e) for e in node.elts))})
            case ast.Tuple():
                return frozenset({Row(tuple(self._of(item) for item in node.elts))})
            case ast.List() | ast.Set():
                return frozenset({Many(united([self._of(item) for item in node.elts]))})
            case ast.Subscript():
                return self._subscript(node)
            case ast.NamedExpr():
                self._bind(node.target, kinds := self._of(node.value))
                return kinds
        return united([self._of(child) for child in _expressions(node)])

    def _starred(self, node: ast.expr) -> Kinds:
        return elements(self._of(node.value)) if isinstance(node, ast.Starred) else self._of(node)

    def _global(self, node: ast.expr) -> Kinds:
        match self._reader.definition(self._module.meaning(node)):
            case (Module() as module, ast.FunctionDef() as found):
                return frozenset({Callable_(self._reader.annotated(found.returns, module))})
            case (Module() as module, ast.ClassDef() as found):
                return frozenset({Thing((module.name, found.name), itself=True)})
            case (Module() as module, ast.AnnAssign() as found):
                return self._reader.annotated(found.annotation, module)
        return NOTHING

    def _attribute(self, node: ast.Attribute) -> Kinds:
        if not (owners := self._of(node.value)):
            return self._global(node)
        for owner in owners:
            if isinstance(owner, Thing):
                self._note(owner, node.attr)
        return united(self._reader.member(o, node.attr) for o in owners if isinstance(o, Thing))

    def _subscript(self, node: ast.Subscript) -> Kinds:
        kinds = self._of(node.value)
        self._of(node.slice)
        if isinstance(node.slice, ast.Slice):
            return kinds
        if isinstance(node.slice, ast.Constant) and isinstance(at := node.slice.value, int) and at >= 0:
            return list(places(kinds, at + 1))[at]
        return united(k.of if isinstance(k, Many) else elements(frozenset({k})) for k in kinds)

    def _clauses(self, generators: list[ast.comprehension]) -> None:
        for clause in generators:
            self._bind(clause.target, elements(self._of(clause.iter)))
            for condition in clause.ifs:
                self._of(condition)

    def _call(self, node: ast.Call) -> Kinds:
        called = getattr(node.func, "attr", getattr(node.func, "id", ""))
        owner = self._of(node.func.value) if isinstance(node.func, ast.Attribute) else NOTHING
        given = [self._of(a) for a in node.args if not isinstance(a, ast.Lambda | ast.Starred)]
        first = given[0] if given else NOTHING
        for other in [*node.args, *(keyword.value for keyword in node.keywords)]:
            if isinstance(other, ast.Lambda):
                self._lambda(other, elements(first))
            elif other not in node.args or isinstance(other, ast.Starred):
                self._child(other)
        if called == "fromkeys" or (isinstance(node.func, ast.Name) and called in BUILTINS):
            return builtin(called, given)
        if mapped := of_mapping(called, owner):
            return mapped
        return united(given_by(kind) for kind in self._of(node.func))

    def _lambda(self, node: ast.Lambda, element: Kinds) -> None:
        for argument in node.args.args:
            self._env[argument.arg] = element
        self._of(node.body)


def _expressions(node: ast.AST) -> list[ast.expr]:
    found: list[ast.expr] = []
    for child in ast.iter_child_nodes(node):
        found += [child] if isinstance(child, ast.expr) else _expressions(child)
    return found
