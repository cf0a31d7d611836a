"""The script of a run: what it says, what is in it, and, where PyTorch is, what it prints."""

import ast
import base64
import io
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gdexplorer.arrays import Array
from gdexplorer.lab.commands import Change
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.history import joined
from gdexplorer.lab.pytorch import Script, script
from gdexplorer.lab.retrace import retrace
from gdexplorer.lab.session import Session
from tests.builders import CATALOGUE, experiment

GOLDEN = Path(__file__).parents[1] / "fixtures" / "script.py.txt"
PYTHON = "GDEXPLORER_PYTORCH"  # names the python of an environment that has PyTorch
AGREEMENT = 1e-10
CNN: dict[str, Any] = {
    "data.kind": "digits", "data.amount": 200, "loss": {"kind": "softmax_cross_entropy"},
    "training.batch_size": 16, "network.layers": [
        {"kind": "convolution", "id": "c1", "filters": 6, "padding": 1}, {"kind": "max_pool", "id": "p1"},
        {"kind": "convolution", "id": "c2", "filters": 8}, {"kind": "average_pool", "id": "p2"}],
}  # fmt: skip
NORMED = {"network.layers": [
    {"id": "h1", "units": 8, "activation": "linear"}, {"kind": "batch_norm", "id": "n1", "activation": "relu"},
    {"kind": "dropout", "id": "d1", "rate": 0.3}, {"id": "h2", "units": 6, "activation": "softplus"},
    {"kind": "layer_norm", "id": "n2"}, {"kind": "dropout", "id": "d2", "rate": 0.5}]}  # fmt: skip
SHAPES: dict[str, Any] = {**CNN, "network.layers": [
    {"kind": "convolution", "id": "c1", "filters": 4, "activation": "linear"},
    {"kind": "batch_norm", "id": "n1", "activation": "elu"}, {"kind": "layer_norm", "id": "n2"},
    {"kind": "upsample", "id": "u"}, {"kind": "reshape", "id": "r", "channels": 2, "height": 12, "width": 24},
    {"kind": "max_pool", "id": "p", "size": 3, "stride": 2, "padding": 1}]}  # fmt: skip


def sequences(kind: str, **own: Any) -> dict[str, Any]:
    layers = [{"kind": kind, "id": "r1", "units": 5, "returns": "all", **own}, {"kind": kind, "id": "r2", "units": 4}]
    return {"data.kind": "delayed_sum", "loss": {"kind": "mse"}, "network.layers": layers}


def session(changes: dict[str, Any], updates: int) -> Session:
    made = Session(experiment(changes), CATALOGUE)
    made.advance(updates)
    return made


def written(run: Session) -> Script:
    return script(retrace(run.start, run.log, run.updates, CATALOGUE, 10_000), CATALOGUE)


def arrays_of(made: Script) -> dict[str, Array]:
    """Read the arrays out of a script without running it."""
    content = made.arrays
    if content is None:
        text = next(node.value for node in ast.parse(made.text).body
                    if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "ARRAYS")  # fmt: skip
        content = base64.b64decode(ast.literal_eval(text))
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        return dict(file)


def without_arrays(text: str) -> str:
    head, _, rest = text.partition('ARRAYS = """\n')
    return f'{head}ARRAYS = """\n…\n"""{rest.partition(chr(34) * 3)[2]}'


def test_the_script_is_the_one_that_was_read_and_approved() -> None:
    changes = {"title": 'Odd "title" \\ of """ a run', "optimizer": {"kind": "adamw"}, "penalty.l2": 0.01,
               "training.clip": "norm"}  # fmt: skip
    made = written(session(changes, 12))
    compile(made.text, "script.py", "exec")
    assert without_arrays(made.text) == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "changes", [{}, CNN, NORMED, SHAPES, sequences("rnn"), sequences("gru"), {"penalty.l1": 0.1},
                {"penalty.l1": 0.1, "penalty.l1_form": "proximal"}, {"training.zero_gradient": False}],
)  # fmt: skip
def test_every_script_compiles_and_holds_what_the_run_saw(changes: dict[str, Any]) -> None:
    run = session(changes, 9)
    made = written(run)
    compile(made.text, "script.py", "exec")
    assert max(map(len, made.text.splitlines())) <= 140
    found, losses = arrays_of(made), joined(run.run.recorder.batch.parts())[:, 1]
    assert np.array_equal(found["losses"], losses)
    fresh = Session(run.start, CATALOGUE).run
    numbers = np.concatenate([a.ravel() for name, a in found.items()
                              if name.startswith("network.") and "running" not in name])  # fmt: skip
    assert np.array_equal(np.sort(numbers), np.sort(fresh.state.theta))
    full = fresh.objective.full()
    known = {row.tobytes() for row in np.ascontiguousarray(full.xt[:, :-1])}
    assert all(np.ascontiguousarray(row).ravel().tobytes() in known for row in found["inputs"])
    assert found["sizes"].sum() == len(found["order"])
    assert (made.arrays is None) == ("import base64" in made.text)


def test_many_arrays_stand_beside_the_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gdexplorer.lab.pytorch.EMBEDDED", 100)
    made = written(session({}, 5))
    assert len(arrays_of(made)["losses"]) == 5
    assert {path.name for path in made.files(tmp_path / "run.py")} == {"run.py", "run.npz"}
    assert 'pathlib.Path(__file__).with_suffix(".npz")' in made.text


def test_plain_numpy_gets_the_same_losses_from_the_arrays() -> None:
    """SGD on 2-5-4-1 tanh with cross-entropy, written out by hand."""
    run = session({}, 60)
    run.send(Change("optimizer.learning_rate", 0.5))
    run.advance(20)
    run.send(Change("training.batch_size", 10))
    run.advance(20)
    found = arrays_of(written(run))
    layers = [(found[f"network.{k}.weight"].copy(), found[f"network.{k}.bias"].copy()) for k in (0, 2, 4)]
    start, losses = 0, []
    for size, rate in zip(found["sizes"], found["rates"], strict=True):
        rows = found["order"][start : start + size]
        start += size
        outputs, target = [found["inputs"][rows]], found["targets"][rows]
        for k, (weight, bias) in enumerate(layers):
            z = outputs[-1] @ weight.T + bias
            outputs.append(np.tanh(z) if k < 2 else z)
        z = outputs[-1]
        losses.append(float(np.mean(np.logaddexp(0, z) - z * target)))
        delta = (1 / (1 + np.exp(-z)) - target) / size
        for k in (2, 1, 0):
            weight, bias = layers[k]
            behind = (delta @ weight) * (1 - outputs[k] ** 2)
            weight -= rate * delta.T @ outputs[k]
            bias -= rate * delta.sum(axis=0)
            delta = behind
    assert len(losses) == 100
    assert np.abs(np.array(losses) - found["losses"]).max() < 1e-12


REFUSED: list[tuple[dict[str, Any], int, str]] = [
    ({"optimizer": {"kind": "lbfgs"}, "training.batch_size": 100}, 3, "goes its own ways"),
    ({"bugs": {"lab": True, "wrong_sign": True}}, 3, "wrong on purpose"),
    ({"training.accumulate": 2}, 3, "adds up several mini-batches"),
    ({"optimizer": {"kind": "momentum", "momentum": 0, "dampening": 0.5}}, 3, "ignores dampening"),
    ({}, 0, "there is no update; let the run go on"),
]


@pytest.mark.parametrize(("changes", "updates", "why"), REFUSED, ids=[why for *_, why in REFUSED])
def test_what_a_script_cannot_do_is_refused_in_words(changes: dict[str, Any], updates: int, why: str) -> None:
    with pytest.raises(Complaint, match=why):
        written(session(changes, updates))


def test_a_memory_in_mid_run_is_refused_but_plain_descent_goes_on() -> None:
    for optimizer in ("adam", "sgd"):
        run = session({"optimizer": {"kind": optimizer}}, 5)
        run.send(Change("network.activation", "relu"))
        with pytest.raises(Complaint, match=r"since 'tanh → ReLU' at update 5|there is no update since"):
            written(run)
        run.advance(5)
        if optimizer == "adam":
            with pytest.raises(Complaint, match="goes on with what it remembers"):
                written(run)
        else:
            assert "Updates 6 to 10 of the run, from where" in written(run).text


RULES = ("sgd", "ascent", "momentum", "nesterov", "adam", "adamw", "nadam", "adagrad", "adadelta", "rmsprop")
RUNS: dict[str, dict[str, Any]] = {
    **{rule: {"optimizer": {"kind": rule}} for rule in RULES}, "cnn": CNN, "norms and dropout": NORMED,
    "shapes": SHAPES, "rnn": sequences("rnn", activation="gelu"), "gru": sequences("gru"),
    "float32": {"network.precision": "float32"}, "huber": {"data.kind": "sine", "loss": {"kind": "huber"}},
    "penalties": {"penalty.l1": 0.01, "penalty.l2": 0.1, "training.clip": "value", "training.clip_threshold": 0.02},
    "proximal": {"penalty.l1": 0.01, "penalty.l1_form": "proximal", "penalty.biases": True},
    "uncleared": {"training.zero_gradient": False, "training.schedule": {"kind": "cosine", "length": 50}},
}  # fmt: skip


@pytest.mark.long
@pytest.mark.skipif(PYTHON not in os.environ, reason=f"{PYTHON} names no python that has PyTorch")
@pytest.mark.parametrize("name", RUNS)
def test_pytorch_prints_the_losses_of_the_run(name: str, tmp_path: Path) -> None:
    run = session(RUNS[name], 100)
    for path, content in written(run).files(tmp_path / "run.py").items():
        path.write_bytes(content)
    told = subprocess.run([os.environ[PYTHON], str(tmp_path / "run.py")], capture_output=True, text=True, check=True)
    printed = [float(line.split()[3].rstrip(",")) for line in told.stdout.splitlines() if line.startswith("update")]
    losses = joined(run.run.recorder.batch.parts())[:, 1]
    assert len(printed) == 100
    scale = np.maximum(1, np.abs(losses))
    assert (np.abs(printed - losses) / scale).max() <= (1e-4 if name == "float32" else AGREEMENT)
