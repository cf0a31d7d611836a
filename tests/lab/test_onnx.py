"""The ONNX model of a network: another program gets the same outputs from it."""

from typing import Any

import numpy as np
import pytest

from gdexplorer.arrays import Array
from gdexplorer.data.features import FEATURES
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.onnx import SINGLE, model, require
from gdexplorer.lab.run import Run
from gdexplorer.nn.activations import ACTIVATIONS
from tests.builders import begin
from tests.lab.test_pytorch import CNN, NORMED, SHAPES, sequences
from tests.over_rows import over_rows

TOLERANCE = {"float32": 1e-5, "float64": 1e-10}


def outputs_of(content: bytes, x: Array) -> dict[str, Array]:
    """Run a model with ONNX Runtime, or where that is not installed with ONNX's reference implementation."""
    onnx = pytest.importorskip("onnx")
    loaded = onnx.load_model_from_string(content)
    given = onnx.helper.tensor_dtype_to_np_dtype(loaded.graph.input[0].type.tensor_type.elem_type)
    shape = [dimension.dim_value for dimension in loaded.graph.input[0].type.tensor_type.shape.dim][1:]
    fed = {"inputs": x.reshape(-1, *shape).astype(given)}
    try:
        import onnxruntime
    except ImportError:
        from onnx.reference import ReferenceEvaluator

        found = ReferenceEvaluator(loaded).run(None, fed)
    else:
        found = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"]).run(None, fed)
    return dict(zip([output.name for output in loaded.graph.output], found, strict=True))


def facts_of(content: bytes) -> dict[str, str]:
    onnx = pytest.importorskip("onnx")
    return {entry.key: entry.value for entry in onnx.load_model_from_string(content).metadata_props}


def inner(name: str) -> dict[str, Any]:
    """A network of every kind of place where an activation stands."""
    layers = [
        {"kind": "rnn", "id": "r1", "units": 5, "returns": "all", "activation": name},
        {"kind": "layer_norm", "id": "n1", "activation": name},
        {"id": "h1", "units": 8, "activation": name},
    ]
    slow = {"kind": "sgd", "learning_rate": 0.001}
    return {"data.kind": "delayed_sum", "loss": {"kind": "mse"}, "network.layers": layers, "optimizer": slow}


NORMS: dict[str, Any] = {"network.layers": [
    {"kind": "batch_norm", "id": "n1"}, {"id": "h1", "units": 8, "activation": "tanh"},
    {"kind": "layer_norm", "id": "n2"}]}  # fmt: skip
CASES: dict[str, dict[str, Any]] = {
    "dense": {}, "float32": {"network.precision": "float32"}, "cnn": CNN, "shapes": SHAPES,
    "dropout": NORMED, "norms": NORMS, "rnn": sequences("rnn"), "gru": sequences("gru"),
    "features": {"data.features": [feature.name for feature in FEATURES], "data.scaling": "standardize"},
    "scaled": {"data.scaling": "minmax"}, "scaled images": {**CNN, "data.scaling": "standardize"},
    "softmax": {"loss": {"kind": "softmax_cross_entropy"}},
    **{record.name: inner(record.name) for record in ACTIVATIONS},
}  # fmt: skip
EXACT = {"dense": "float64", "rnn": "float64", "norms": "float64", "float32": "float32", "cnn": "float32",
         "gru": "float32"}  # fmt: skip


def trained(changes: dict[str, Any]) -> Run:
    run = begin(changes)
    run.advance(5)
    return run


@over_rows("case", CASES)
def test_another_program_gets_the_same_outputs(case: str) -> None:
    pytest.importorskip("onnx")
    run = trained(CASES[case])
    objective: Any = run.objective
    x = np.concatenate([objective.data.train.x, objective.data.test.x])[:30]
    content = model(run)
    found, facts = outputs_of(content, x), facts_of(content)
    exact = objective.in_precision(np.float64)
    expected = exact.program(exact.full()).predict(
        run.state.theta.astype(np.float64), run.state.buffers.astype(np.float64), x)  # fmt: skip
    assert found["outputs"].dtype == np.dtype(facts["precision"])
    worst = np.abs(found["outputs"].reshape(len(x), -1) - expected).max()
    assert worst <= TOLERANCE[facts["precision"]] * max(1, np.abs(expected).max())
    if objective.loss.logits:
        assert np.abs(found["probabilities"].sum(axis=1) - 1).max() < 1e-6
        chosen = objective.loss.decide(expected.T)
        assert np.array_equal(found["probabilities"].argmax(axis=1), chosen)
    else:
        assert "probabilities" not in found


@pytest.mark.parametrize(("case", "precision"), EXACT.items())
def test_it_is_as_exact_as_the_run_where_onnx_runtime_can(case: str, precision: str) -> None:
    onnx = pytest.importorskip("onnx")
    content = model(trained(CASES[case]))
    assert facts_of(content)["precision"] == precision
    operators = {node.op_type for node in onnx.load_model_from_string(content).graph.node}
    assert bool(operators & SINGLE) == (case in ("cnn", "gru"))


def test_it_says_what_it_is() -> None:
    pytest.importorskip("onnx")
    facts = facts_of(model(trained(CASES["features"])))
    assert (facts["update"], facts["scaling"]) == ("5", "standardize")
    assert facts["features"].startswith("x, y, x2")


def test_only_networks_that_learn_from_examples() -> None:
    with pytest.raises(Complaint, match="network that learns from examples"):
        model(begin({"problem": {"kind": "himmelblau"}, "training.batch_size": 1}))


def test_without_the_package_a_sentence_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gdexplorer.lab.onnx.find_spec", lambda name: None)
    with pytest.raises(Complaint, match="pip install 'gdexplorer\\[onnx\\]'"):
        require()
    with pytest.raises(Complaint, match="pip install"):
        model(begin({}))
