"""Eight-bit weights, and activations scaled token by token, so that a text's score is its own in any batch.

onnxruntime's own dynamic quantisation takes one scale from the whole input: there a text's score depends on
its neighbours. Here each token's row has its scale, which costs no speed and agrees better with fp32.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, helper, numpy_helper

TOP = 63
"""Seven bits of range for weights: with eight, CPUs without VNNI saturate and score differently."""
_MIDDLE = 128
_TABLE = 500
"""Rows from which on a constant is a table of embeddings."""


def quantise(source: Path, target: Path) -> None:
    """Products with constant matrices and tables of embeddings to int8; everything else stays as it is."""
    model = onnx.load(source)
    graph = _Graph(model.graph)
    nodes = [new for node in model.graph.node for new in graph.replaced(node)]
    used = {name for node in nodes for name in node.input}
    kept = [constant for constant in graph.constants.values() if constant.name in used]
    for part, contents in ((model.graph.node, nodes), (model.graph.initializer, kept)):
        del part[:]
        part.extend(contents)
    del model.graph.value_info[:]
    for opset in model.opset_import:
        opset.version = max(opset.version, 21) if not opset.domain else opset.version
    if all(opset.domain != "com.microsoft" for opset in model.opset_import):
        model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    onnx.save(model, target)


class _Graph:
    def __init__(self, graph: onnx.GraphProto) -> None:
        self.constants = {constant.name: constant for constant in graph.initializer}
        self._rows: set[str] = set()
        given: dict[str, NDArray[Any]] = {
            "q.one": np.array(1, np.float32),
            "q.step": np.array(1 / 127, np.float32),
            "q.least": np.array(1e-12, np.float32),
            "q.middle": np.array(_MIDDLE, np.uint8),
            "q.zero": np.array([0], np.int64),
            "q.last": np.array([-1], np.int64),
        }
        for name, value in given.items():
            self._keep(name, value)

    def replaced(self, node: NodeProto) -> Iterator[NodeProto]:
        if node.op_type == "MatMul" and node.input[1] in self.constants:
            yield from self._product(node)
        elif node.op_type == "Gather" and self._is_table(node.input[0]):
            yield from self._lookup(node)
        else:
            yield node

    def _is_table(self, name: str) -> bool:
        dims = list(self.constants[name].dims) if name in self.constants else []
        return len(dims) == 2 and dims[0] > _TABLE

    def _product(self, node: NodeProto) -> Iterator[NodeProto]:
        given, weights, out = node.input[0], node.input[1], node.output[0]
        matrix = numpy_helper.to_array(self.constants[weights])
        self._kept_small(weights, matrix, axis=0)
        self._keep(f"{out}.width", np.array([matrix.shape[1]], np.int64))
        if given not in self._rows:
            self._rows.add(given)
            yield from self._scaled(given, matrix.shape[0])
        make = helper.make_node
        inputs = [f"{given}.int", f"{weights}.int", "q.one", f"{weights}.scale", "q.middle"]
        yield make("MatMulIntegerToFloat", inputs, [f"{out}.raw"], domain="com.microsoft")
        yield make("Mul", [f"{out}.raw", f"{given}.scale"], [f"{out}.flat"])
        yield make("Concat", [f"{given}.leading", f"{out}.width"], [f"{out}.shape"], axis=0)
        yield make("Reshape", [f"{out}.flat", f"{out}.shape"], [out])

    def _scaled(self, given: str, width: int) -> Iterator[NodeProto]:
        """The tokens as rows, each divided by its own largest value."""
        self._keep(f"{given}.as_rows", np.array([-1, width], np.int64))
        for kind, inputs, out in (
            ("Reshape", [given, f"{given}.as_rows"], f"{given}.rows"),
            ("Abs", [f"{given}.rows"], f"{given}.sizes"),
            ("ReduceMax", [f"{given}.sizes", "q.last"], f"{given}.largest"),
            ("Max", [f"{given}.largest", "q.least"], f"{given}.bound"),
            ("Mul", [f"{given}.bound", "q.step"], f"{given}.scale"),
            ("Reshape", [f"{given}.scale", "q.last"], f"{given}.scales"),
            ("Shape", [f"{given}.scales"], f"{given}.count"),
            ("Expand", ["q.middle", f"{given}.count"], f"{given}.middles"),
        ):
            yield helper.make_node(kind, inputs, [out])
        scales = [f"{given}.rows", f"{given}.scales", f"{given}.middles"]
        yield helper.make_node("QuantizeLinear", scales, [f"{given}.int"], axis=0)
        yield helper.make_node("Shape", [given], [f"{given}.dims"])
        yield helper.make_node("Slice", [f"{given}.dims", "q.zero", "q.last"], [f"{given}.leading"])

    def _lookup(self, node: NodeProto) -> Iterator[NodeProto]:
        table, index, out = node.input[0], node.input[1], node.output[0]
        self._kept_small(table, numpy_helper.to_array(self.constants[table]), axis=1, top=127)
        make = helper.make_node
        yield make("Gather", [f"{table}.int", index], [f"{out}.int"])
        yield make("Cast", [f"{out}.int"], [f"{out}.raw"], to=onnx.TensorProto.FLOAT)
        yield make("Gather", [f"{table}.scale", index], [f"{out}.scale"])
        yield make("Mul", [f"{out}.raw", f"{out}.scale"], [out])

    def _kept_small(self, name: str, values: NDArray[np.float32], axis: int, top: int = TOP) -> None:
        """Values to int8, one scale a column (axis 0) or a row (axis 1)."""
        scale = np.maximum(np.abs(values).max(axis=axis, keepdims=axis == 1), 1e-12) / top
        self._keep(f"{name}.int", np.clip(np.round(values / scale), -top, top).astype(np.int8))
        self._keep(f"{name}.scale", scale.astype(np.float32))

    def _keep(self, name: str, value: NDArray[Any]) -> None:
        self.constants[name] = numpy_helper.from_array(
            np.ascontiguousarray(value) if value.ndim else value, name
        )
