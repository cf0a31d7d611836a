"""A network's layers as ONNX operators, each constant with the name that PyTorch gives it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.fields import Settings
from gdexplorer.lab.complaints import Complaint
from gdexplorer.nn.layers.convolution import Convolution
from gdexplorer.nn.layers.dense import Dense
from gdexplorer.nn.layers.dropout import Dropout
from gdexplorer.nn.layers.gru import Gru
from gdexplorer.nn.layers.layer import Layer, Shape
from gdexplorer.nn.layers.normalization import EPSILON, BatchNorm, LayerNorm
from gdexplorer.nn.layers.pooling import MaxPooling, Pooling
from gdexplorer.nn.layers.reshape import Reshape, Upsampling
from gdexplorer.nn.layers.rnn import Rnn

FUNCTIONS = {"tanh": "Tanh", "relu": "Relu", "sigmoid": "Sigmoid", "gelu": "Gelu", "softplus": "Softplus"}


class Graph:
    """Nodes in a row, and the constants that they read.

    Parameters
    ----------
    dtype
        Floating type in which the network computes.
    prefix
        Of the names of nodes, for a graph within another.
    """

    def __init__(self, dtype: np.dtype[Any], prefix: str = "") -> None:
        from onnx import helper, numpy_helper

        self._helper, self._from_array = helper, numpy_helper.from_array
        self.dtype, self._prefix = dtype, prefix
        self.type = int(helper.np_dtype_to_tensor_dtype(dtype))
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.operators: set[str] = set()

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add a node with one result; return its name."""
        return self.several(operator, *inputs, results=1, **attributes)[0]

    def several(self, operator: str, *inputs: str, results: int, **attributes: Any) -> tuple[str, ...]:
        """Add a node with several results; return their names."""
        name = f"{self._prefix}{operator.lower()}.{len(self.nodes)}"
        names = (name,) if results == 1 else tuple(f"{name}.{k}" for k in range(results))
        self.nodes.append(self._helper.make_node(operator, list(inputs), list(names), name=name, **attributes))
        self.operators.add(operator)
        return names

    def rename(self, made: str, name: str) -> None:
        """Let a result have another name too, one that programs ask for."""
        self.nodes.append(self._helper.make_node("Identity", [made], [name], name=name))

    def number(self, name: str, array: Any) -> str:
        """Add a constant in the graph's floating type; return its name."""
        return self.exact(name, np.asarray(array, self.dtype))

    def exact(self, name: str, array: Any) -> str:
        """Add a constant as it is; return its name."""
        self.constants.append(self._from_array(np.array(array, order="C"), name))
        return name


def function(graph: Graph, name: str, knobs: Settings, x: str) -> str:
    """Add an activation."""
    match name:
        case "linear":
            return x
        case "leaky_relu":
            slope = graph.number(f"slope.{len(graph.nodes)}", dict(knobs)["slope"])  # an attribute has 24 bits
            return graph.add("Max", x, graph.add("Mul", x, slope))
        case "elu":
            return graph.add("Elu", x, alpha=dict(knobs)["alpha"])
        case "silu":
            return graph.add("Mul", x, graph.add("Sigmoid", x))
    if name not in FUNCTIONS:
        raise Complaint(f"ONNX has no activation '{name}'; choose another activation.")
    return graph.add(FUNCTIONS[name], x)


def layer_of(graph: Graph, layer: Layer, inputs: Shape, arrays: Mapping[str, Array], x: str) -> str:
    """Add a layer without its activation; its numbers have PyTorch's names."""
    if isinstance(layer, Rnn):
        return _rnn(graph, layer, arrays, x)
    if isinstance(layer, Gru):
        return _gru(graph, layer, arrays, x)
    if isinstance(layer, BatchNorm):  # ε is an attribute of 24 bits: the rest of it goes to the variances
        arrays = {**arrays, "running_var": arrays["running_var"] + (EPSILON - float(np.float32(EPSILON)))}
    own = [graph.number(f"{layer.id}.{name}", array) for name, array in arrays.items()]
    match layer:
        case Dense():
            flat = x if len(inputs) == 1 else graph.add("Flatten", x)
            return graph.add("Gemm", flat, *own, transB=1)
        case Convolution(stride=stride, padding=padding):
            return graph.add("Conv", x, *own, strides=[stride] * 2, pads=[padding] * 4)
        case Pooling(size=size, stride=stride, padding=padding):
            windows = {"kernel_shape": [size] * 2, "strides": [stride] * 2, "pads": [padding] * 4}
            if isinstance(layer, MaxPooling):
                return graph.add("MaxPool", x, **windows)
            return graph.add("AveragePool", x, count_include_pad=1, **windows)
        case BatchNorm():
            return graph.add("BatchNormalization", x, *own, epsilon=EPSILON)
        case LayerNorm():
            return _layer_norm(graph, layer, len(inputs), own, x)
        case Reshape(shape=shape):
            return graph.add("Reshape", x, graph.exact(f"{layer.id}.shape", [-1, *shape]))
        case Upsampling(factor=factor):
            scales = graph.exact(f"{layer.id}.scales", np.array([1, 1, factor, factor], np.float32))
            return graph.add("Resize", x, "", scales, mode="nearest", nearest_mode="floor",
                             coordinate_transformation_mode="asymmetric")  # fmt: skip
        case Dropout():  # passes on what it is given, in evaluation
            return x
    raise Complaint(f"There is no ONNX operator for '{layer.id}'; take it out of the network.")


def _layer_norm(graph: Graph, layer: LayerNorm, dimensions: int, own: Sequence[str], x: str) -> str:
    """Add (x − m) / √(v + ε) · γ + β part by part, for the ε of ONNX's own has 24 bits."""
    axes = graph.exact(f"{layer.id}.axes", [1, 2, 3] if dimensions == 3 else [-1])
    centered = graph.add("Sub", x, graph.add("ReduceMean", x, axes))
    variance = graph.add("ReduceMean", graph.add("Mul", centered, centered), axes)
    spread = graph.add("Sqrt", graph.add("Add", variance, graph.number(f"{layer.id}.epsilon", EPSILON)))
    return graph.add("Add", graph.add("Mul", graph.add("Div", centered, spread), own[0]), own[1])


def _rnn(graph: Graph, layer: Rnn, arrays: Mapping[str, Array], x: str) -> str:
    """Add h_t = f(W x_t + b + V h_{t−1}) as a Scan, steps first: ONNX's own RNN knows fewer functions f."""
    from onnx import helper

    used = ("weight_ih_l0", "bias_ih_l0", "weight_hh_l0")
    weight, bias, recurrent = (graph.number(f"{layer.id}.{name}", arrays[name].T) for name in used)
    own = graph.add("Transpose", graph.add("Add", graph.add("MatMul", x, weight), bias), perm=[1, 0, 2])
    size = graph.add("Concat", graph.add("Shape", x, start=0, end=1), graph.exact(f"{layer.id}.units", [layer.units]),
                     axis=0)  # fmt: skip
    zero = graph.add("ConstantOfShape", size, value=helper.make_tensor("zero", graph.type, [1], [0.0]))
    step = Graph(graph.dtype, f"{layer.id}.")
    before, given = f"{layer.id}.before", f"{layer.id}.given"
    z = step.add("Add", given, step.add("MatMul", before, recurrent))
    step.rename(function(step, layer.inner.name, layer.inner_knobs, z), after := f"{layer.id}.after")
    step.rename(after, returned := f"{layer.id}.returned")
    values = [[helper.make_tensor_value_info(name, graph.type, ["batch", layer.units]) for name in pair]
              for pair in ((before, given), (after, returned))]  # fmt: skip
    body = helper.make_graph(step.nodes, f"{layer.id}.step", *values, step.constants)
    graph.operators |= step.operators
    last, states = graph.several("Scan", zero, own, results=2, body=body, num_scan_inputs=1)
    return last if layer.returns == "last" else graph.add("Transpose", states, perm=[1, 0, 2])


def _gru(graph: Graph, layer: Gru, arrays: Mapping[str, Array], x: str) -> str:
    """Add a GRU, the gates of which are z, r, n to ONNX, and which takes steps first."""

    def turned(name: str) -> Array:
        r, z, n = np.split(arrays[name], 3)
        return np.concatenate([z, r, n])[None]

    weights = [graph.number(f"{layer.id}.{name}", turned(name)) for name in ("weight_ih_l0", "weight_hh_l0")]
    both = np.concatenate([turned("bias_ih_l0"), turned("bias_hh_l0")], axis=1)
    inputs = graph.add("Transpose", x, perm=[1, 0, 2])
    states, last = graph.several("GRU", inputs, *weights, graph.number(f"{layer.id}.bias_l0", both), results=2,
                                 hidden_size=layer.units, linear_before_reset=1)  # fmt: skip
    if layer.returns == "last":
        return graph.add("Squeeze", last, graph.exact(f"{layer.id}.direction", [0]))
    states = graph.add("Squeeze", states, graph.exact(f"{layer.id}.direction", [1]))
    return graph.add("Transpose", states, perm=[1, 0, 2])
