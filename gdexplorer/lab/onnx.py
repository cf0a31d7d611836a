"""The trained network as an ONNX model: raw inputs to outputs, in evaluation, for any program that runs such models."""

from importlib.util import find_spec
from math import prod
from typing import Any

import numpy as np

from gdexplorer import __version__
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.named import of_layer
from gdexplorer.lab.operators import Graph, function, layer_of
from gdexplorer.lab.run import Run
from gdexplorer.nn.layers.layer import Shape
from gdexplorer.objectives.supervised import SupervisedObjective

SUFFIX = ".onnx"
OPSET, FORMAT = 20, 9  # versions of the operators and of the file
# what ONNX Runtime computes in float32 alone
SINGLE = frozenset({"AveragePool", "Conv", "Elu", "GRU", "Gelu", "Resize", "Softplus"})


def require() -> None:
    """Look whether models can be written here.

    Raises
    ------
    Complaint
        If the package that writes them is not installed.
    """
    if find_spec("onnx") is None:
        raise Complaint("An ONNX model needs the package onnx; install it with: pip install 'gdexplorer[onnx]'.")


def model(run: Run) -> bytes:
    """Return the network with the weights and running statistics of now.

    It takes ``inputs`` (batch, …), raw, for features and scaling are nodes of it, and gives ``outputs`` (batch, …) and,
    where they are logits, ``probabilities`` (batch, C). It computes in the run's floating type, or in float32 if an
    operator that it needs is there in float32 alone; its metadata say which.

    Raises
    ------
    Complaint
        If it is no network that learns from examples, or the package that writes models is not installed.
    """
    if not isinstance(objective := run.objective, SupervisedObjective):
        raise Complaint("An ONNX model is made of a network that learns from examples, not of a function or a game; "
                        "choose such an experiment.")  # fmt: skip
    require()
    from onnx import checker, helper

    graph = _graph(run, objective, objective.dtype)
    if graph.operators & SINGLE:
        graph = _graph(run, objective, np.dtype(np.float32))
    given = helper.np_dtype_to_tensor_dtype(np.dtype(np.float64)) if _prepared(objective) else graph.type
    inputs = [helper.make_tensor_value_info("inputs", given, ["batch", *_raw(objective)])]
    shape = objective.network.shapes[-1]
    outputs = [helper.make_tensor_value_info("outputs", graph.type, ["batch", *shape])]
    if _decides(objective):
        outputs += [helper.make_tensor_value_info("probabilities", graph.type, ["batch", max(2, prod(shape))])]
    whole = helper.make_graph(graph.nodes, "network", inputs, outputs, graph.constants)
    made = helper.make_model(whole, producer_name="gdexplorer", producer_version=__version__, ir_version=FORMAT,
                             opset_imports=[helper.make_opsetid("", OPSET)])  # fmt: skip
    helper.set_model_props(made, _facts(run, objective, graph.dtype))
    checker.check_model(made, full_check=True)
    return bytes(made.SerializeToString())


def _facts(run: Run, objective: SupervisedObjective, dtype: np.dtype[Any]) -> dict[str, str]:
    """Return what the file says of itself."""
    experiment, data = run.state.experiment, objective.data
    return {
        "title": experiment.title, "update": str(run.state.step), "seed": str(experiment.seed),
        "precision": dtype.name, "inputs": ", ".join(data.inputs), "features": ", ".join(objective.features),
        "scaling": objective.scaling, "classes": ", ".join(data.labels),
    }  # fmt: skip


def _prepared(objective: SupervisedObjective) -> bool:
    """Whether the network sees something else than the raw inputs."""
    return bool(objective.features) or objective.scaling != "none"


def _raw(objective: SupervisedObjective) -> Shape:
    """Return the shape of a raw input."""
    return (len(objective.data.inputs),) if objective.features else objective.network.shape


def _decides(objective: SupervisedObjective) -> bool:
    """Whether outputs are logits of classes."""
    return objective.loss.logits and not objective.reconstruct


def _graph(run: Run, objective: SupervisedObjective, dtype: np.dtype[Any]) -> Graph:
    graph, state, network = Graph(dtype), run.state, objective.network
    x = _encoded(graph, objective)
    for layer, shape in zip(network.layers, network.shapes, strict=False):
        arrays = of_layer(layer, shape, objective, state.theta, state.buffers)
        x = function(graph, layer.activation.name, layer.knobs, layer_of(graph, layer, shape, arrays, x))
    graph.rename(x, "outputs")
    if _decides(objective):
        if prod(network.shapes[-1]) > 1:
            x = graph.add("Softmax", x, axis=1)
        else:
            second = graph.add("Sigmoid", x)
            x = graph.add("Concat", graph.add("Sub", graph.number("one", 1.0), second), second, axis=1)
        graph.rename(x, "probabilities")
    return graph


def _encoded(graph: Graph, objective: SupervisedObjective) -> str:
    """Add features, scaled as the training split is; in float64, as the run computes them."""
    x, shape = "inputs", objective.network.shape
    if objective.features:
        raw = [graph.add("Gather", x, graph.exact(f"column.{k}", [k]), axis=1) for k in range(2)]
        x = graph.add("Concat", *(_feature(graph, name, *raw) for name in objective.features), axis=1)
    if objective.scaling != "none":
        offset, scale = objective.scaler.offset.reshape(shape), objective.scaler.scale.reshape(shape)
        x = graph.add("Sub", x, graph.exact("scaling.offset", offset))
        x = graph.add("Div", x, graph.exact("scaling.scale", scale))
    return graph.add("Cast", x, to=graph.type) if _prepared(objective) else x


def _feature(graph: Graph, name: str, x: str, y: str) -> str:
    match name:
        case "x" | "y":
            return x if name == "x" else y
        case "x2" | "y2" | "xy":
            return graph.add("Mul", y if name == "y2" else x, x if name == "x2" else y)
        case "sin_x" | "sin_y":
            return graph.add("Sin", x if name == "sin_x" else y)
    raise Complaint(f"ONNX has no operator for the input feature '{name}'; choose other features.")
