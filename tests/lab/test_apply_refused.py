import numpy as np
import pytest

from gdexplorer.lab.apply import apply
from gdexplorer.lab.commands import Change, MoveTo, Nudge, Reinitialize, Solve
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.history import joined
from tests.builders import begin, digest, experiment
from tests.over_rows import over_rows

LAYERS = experiment().model_dump()["network"]["layers"]

REFUSED = [
    Change("optimizer.rate", 1), Change("optimizer.learning_rate", -1), Change("optimizer.learning_rate", float("nan")),
    Change("optimizer.kind", "adm"), Change("network.activation", "rel"), Change("network.output.kind", "tanh"),
    Change("data.kind", "moon"), Change("data.noise", 5.0), Change("data.train_share", 0.001), Change("loss.kind", "x"),
    Change("network.layers", [LAYERS[0], LAYERS[0]]), Change("network.layers", 4),
    Change("network.layers", [LAYERS[0] | {"id": f"h{k}", "units": 4096} for k in range(3)]),
    Change("data.features", ()), Change("training.batch_size", 0), Change("seed", -1), Change("", None),
    Reinitialize("h9", 1), MoveTo(np.zeros(3)), MoveTo(np.zeros((44, 1))), MoveTo(np.full(44, np.nan)),
    MoveTo(np.full(44, 1e200)), Nudge(float("nan"), 1), Nudge(1e300, 1), Solve(),
]  # fmt: skip


@over_rows("precision", ["float64", "float32"])
@over_rows("command", REFUSED, ids=repr)
def test_a_refused_command_leaves_every_bit_as_it_was(command, precision):
    run = begin({"optimizer": "momentum", "network.precision": precision})
    run.advance(10)
    before, objective, slots, path = digest(run.state), run.objective, run.state.slots, run.recorder.path
    view = run.recorder.view()
    with pytest.raises(Complaint) as found:
        apply(run, command)
    assert "\n" not in str(found.value)
    assert digest(run.state) == before
    assert (run.objective, run.state.slots, run.recorder.path) == (objective, slots, path)
    assert run.recorder.markers == view.markers
    assert len(joined(run.recorder.curves.parts())) == len(joined(view.curves))
    twin = begin({"optimizer": "momentum", "network.precision": precision})
    twin.advance(20)
    run.advance(10)
    assert digest(run.state) == digest(twin.state)


def test_what_has_no_formula_is_not_solved_and_says_what_has():
    line = {"data": {"kind": "line", "amount": 40}, "loss": "half_mse", "network.layers": []}
    for changes in ({}, line | {"penalty.l1": 0.1}, line | {"loss": "huber"}, {"network.layers": []},
                    {"problem": {"kind": "bowl"}}):  # fmt: skip
        with pytest.raises(Complaint) as found:
            apply(begin(changes), Solve())
        assert str(found.value) == (
            "There is no formula for the minimizer here, only for a line or plane that is fitted by squared error "
            "without L1; let an optimizer descend instead."
        )


def test_a_refused_precision_leaves_the_run():
    run = begin()
    run.advance(2)
    run.state.theta[0] = 1e100
    with pytest.raises(Complaint, match="float32"):
        apply(run, Change("network.precision", "float32"))
    assert run.state.theta.dtype == np.float64
