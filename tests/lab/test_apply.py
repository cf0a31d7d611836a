from dataclasses import dataclass

import numpy as np
import pytest

from gdexplorer.lab.apply import apply
from gdexplorer.lab.commands import Change, MoveTo, Nudge, Reinitialize, SetParameter, Solve
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.history import joined
from gdexplorer.lab.race import carry_out
from gdexplorer.lab.run import Run
from gdexplorer.lab.state import Health
from tests.builders import CATALOGUE, begin, digest, experiment

LAYERS = experiment().model_dump()["network"]["layers"]


def _moments(run):
    return {name: array.copy() for name, array in run.state.slots[0].arrays.items()}


@dataclass(frozen=True)
class Case:
    """A command, and what it leaves as it was."""

    command: object
    label: str
    theta: bool = True
    slots: bool = True
    path: bool = True
    breaks: bool = False

    def __str__(self):
        return self.label


CASES = [
    Case(Change("optimizer.learning_rate", 0.02), "η 0.01 → 0.02"),
    Case(Change("optimizer.momentum", 0.5), "μ 0.9 → 0.5"),
    Case(Change("optimizer.kind", "adam"), "optimizer → Adam", slots=False),
    Case(Change("optimizer.kind", "sgd"), f"optimizer → {CATALOGUE.optimizers['sgd'].label}", slots=False),
    Case(Change("training.batch_size", 3), "B 7 → 3"),
    Case(Change("penalty.l1", 0.01), "λ₁ 0 → 0.01"),
    Case(Change("penalty.l2", 0.01), "λ₂ 0 → 0.01"),
    Case(Change("penalty.biases", True), "penalize biases on"),
    Case(Change("network.activation", "relu"), "activation → ReLU"),
    Case(Change("network.layers.h2.activation", "gelu"), "h2 → GELU"),
    Case(Change("network.initializer.kind", "zeros"), "initializer → zeros"),
    Case(Change("data.noise", 0.4), "σ 0.05 → 0.4", breaks=True),
    Case(Change("data.amount", 60), "examples 40 → 60", breaks=True),
    Case(Change("data.train_share", 0.5), "training share 0.6 → 0.5", breaks=True),
    Case(Change("data.scaling", "standardize"), "scaling → standardize", breaks=True),
    Case(Change("data.scaling", "minmax"), "scaling → minmax", breaks=True),
    Case(Change("data.kind", "xor"), f"data → {CATALOGUE.sources['xor'].label}", breaks=True),
    Case(Change("loss.kind", "mse"), "loss → MSE", breaks=True),
    Case(Change("data.features", ("x", "y", "xy")), "input features → x, y, xy", False, False, False),
    Case(Change("network.precision", "float32"), "precision → float32", False, False, False),
    Case(Change("network.layers", LAYERS[:1]), "layers 5", False, False, False),
    Case(Change("network.layers.h1.units", 8), "units 5 → 8", False, False, False),
    Case(Change("loss.kind", "softmax_cross_entropy"), "loss → softmax cross-entropy", False, False, False, True),
    Case(Reinitialize("network", 3), "new weights", False, False, False),
    Case(Reinitialize("h2", 3), "new weights in h2", False, False, False),
    Case(MoveTo(np.linspace(-1, 1, 44)), "moved", False, False),
    Case(Nudge(0.1, 4), "nudge σ 0.1", False, False),
    Case(SetParameter(16, 0.75), "h2 w[1,2] ", theta=False),
]
each = pytest.mark.parametrize("case", CASES, ids=str)


def _moving():
    """A run of momentum in mid-epoch."""
    run = begin({"optimizer": "momentum"})
    run.advance(10)
    return run


@each
def test_a_change_keeps_weights_slots_and_path_where_it_can(case):
    run = _moving()
    theta, moments, path = run.state.theta.copy(), _moments(run), run.recorder.path
    permutation, cursor = run.state.streams.permutation.copy(), run.state.streams.cursor
    label = apply(run, case.command)
    assert label.startswith(case.label)
    assert (run.recorder.path is path) == case.path
    if case.theta:
        assert run.state.theta.tobytes() == theta.tobytes()
    if case.slots:
        for name, array in moments.items():
            np.testing.assert_array_equal(run.state.slots[0].arrays[name], array)
    else:
        assert not any(array.any() for array in _moments(run).values())
    assert run.state.step == 10
    np.testing.assert_array_equal(run.state.streams.permutation, permutation)
    assert run.state.streams.cursor == cursor
    marker = run.recorder.markers[-1]
    assert (marker.step, marker.label, marker.breaks) == (10, label, case.breaks)
    rows = joined(run.recorder.curves.parts())
    assert rows[-2:, 0].tolist() == [10, 10]  # before and after
    run.advance(30)
    assert run.state.status.health is Health.FINE
    assert run.state.step == 40


@each
def test_the_run_goes_on_the_same_way_each_time(case):
    digests = set()
    for chunk in (1, 5, 25):
        run = _moving()
        apply(run, case.command)
        for _ in range(25 // chunk):
            run.advance(chunk)
        digests.add(digest(run.state))
    assert len(digests) == 1


@each
def test_after_a_change_the_run_is_what_a_fresh_one_from_that_state_would_be(case):
    run = _moving()
    apply(run, case.command)
    twin = Run.of(run.state.copy(), CATALOGUE)
    run.advance(20)
    twin.advance(20)
    assert run.state.theta.tobytes() == twin.state.theta.tobytes()


def test_a_learning_rate_acts_at_the_next_update():
    run, twin = begin(), begin({"optimizer": {"kind": "sgd", "learning_rate": 0.5}})
    apply(run, Change("optimizer.learning_rate", 0.5))
    run.advance(1)
    twin.advance(1)
    assert run.state.theta.tobytes() == twin.state.theta.tobytes()


def test_another_decay_of_adam_rescales_what_it_remembers():
    run = begin({"optimizer": "adam"})
    run.advance(10)
    moments = _moments(run)
    apply(run, Change("optimizer.beta1", 0.99))
    np.testing.assert_allclose(run.state.slots[0].arrays["M"], moments["M"] * 10, rtol=1e-12)
    np.testing.assert_array_equal(run.state.slots[0].arrays["V"], moments["V"])


def test_a_scaling_acts_at_the_next_update():
    run, twin = begin(), begin({"data.scaling": "standardize"})
    np.testing.assert_array_equal(run.state.theta, twin.state.theta)
    apply(run, Change("data.scaling", "standardize"))
    run.advance(1)
    twin.advance(1)
    assert run.state.theta.tobytes() == twin.state.theta.tobytes()
    other = begin()
    other.advance(1)
    assert run.state.theta.tobytes() != other.state.theta.tobytes()


def test_another_data_set_keeps_the_scaling_and_learns_it_anew():
    run = begin({"data.scaling": "standardize"})
    apply(run, Change("data.kind", "rings"))
    assert run.state.experiment.data.scaling == "standardize"
    np.testing.assert_allclose(run.objective.full().x[:-1].std(axis=1), 1, rtol=1e-12)


def test_another_batch_size_goes_on_in_the_same_epoch():
    run = _moving()  # 10 updates: 2 epochs of 4, and 2 of the third
    assert (run.state.streams.epoch, run.state.streams.cursor) == (3, 14)
    apply(run, Change("training.batch_size", 5))
    run.advance(2)
    assert (run.state.streams.epoch, run.state.streams.cursor) == (3, 24)


def test_one_layer_is_drawn_anew_and_no_other():
    run = _moving()
    before, layout = run.state.theta.copy(), run.objective.layout
    apply(run, Reinitialize("h2", 3))
    for id in ("h1", "output"):
        np.testing.assert_array_equal(layout.block(run.state.theta, id), layout.block(before, id))
    assert (layout.view(run.state.theta, "h2", "weight") != layout.view(before, "h2", "weight")).all()
    first = run.state.theta.copy()
    apply(run, Reinitialize("h2", 3))
    np.testing.assert_array_equal(run.state.theta, first)
    apply(run, Reinitialize("h2", 4))
    assert not np.array_equal(run.state.theta, first)


def test_drawing_all_weights_with_the_seed_of_the_experiment_is_the_start():
    run = _moving()
    apply(run, Reinitialize("network", 7))
    np.testing.assert_array_equal(run.state.theta, begin().state.theta)


def test_an_initializer_takes_effect_when_weights_are_drawn():
    run = _moving()
    apply(run, Change("network.initializer.kind", "zeros"))
    assert run.state.theta.any()
    apply(run, Reinitialize("network", 1))
    assert not run.state.theta.any()


def test_added_and_removed_layers_keep_the_others():
    run = _moving()
    kept = run.objective.layout.block(run.state.theta, "h1").copy()
    apply(run, Change("network.layers", [*LAYERS, {"id": "h3", "units": 2, "activation": "relu"}]))
    np.testing.assert_array_equal(run.objective.layout.block(run.state.theta, "h1"), kept)
    apply(run, Change("network.layers", LAYERS[:1]))
    np.testing.assert_array_equal(run.objective.layout.block(run.state.theta, "h1"), kept)
    assert [block.id for block in run.objective.layout.blocks] == ["h1", "output"]


def test_another_precision_keeps_the_weights_as_far_as_it_holds_them():
    run = _moving()
    before = run.state.theta.copy()
    apply(run, Change("network.precision", "float32"))
    np.testing.assert_array_equal(run.state.theta, before.astype(np.float32))
    assert run.state.slots[0].gradient.dtype == np.float32


def test_a_move_and_a_nudge_go_where_they_say():
    run = _moving()
    apply(run, MoveTo(np.linspace(-1, 1, 44)))
    np.testing.assert_array_equal(run.state.theta, np.linspace(-1, 1, 44))
    noise = np.random.Generator(np.random.PCG64(5)).normal(size=44)
    apply(run, Nudge(0.2, 5))
    np.testing.assert_allclose(run.state.theta - np.linspace(-1, 1, 44), 0.2 * noise, atol=1e-15)
    assert run.recorder.path.steps[-2:] == (10, 10)
    np.testing.assert_array_equal(run.recorder.path.points[-1], run.state.theta.astype(np.float32))


@pytest.mark.parametrize("l2", [0.0, 0.2])
def test_a_regression_is_solved_in_one_step_and_descent_finds_nothing_lower(l2):
    run = begin({"data": {"kind": "standard_line", "amount": 40}, "loss": "mse", "network.layers": [],
                 "penalty.l2": l2, "training.batch_size": 24, "optimizer": "momentum"})  # fmt: skip
    run.advance(10)
    version, before = run.loss_version, run.total_loss()
    assert apply(run, Solve()) == "solved"
    x, y = run.objective.data.train.x, run.objective.data.train.y
    x = np.column_stack([x, np.ones(len(x))])
    solved = np.linalg.solve(x.T @ x + 0.5 * len(y) * l2 * np.diag([1, 0]), x.T @ y)
    np.testing.assert_allclose(run.state.theta, solved, rtol=1e-10)
    assert not any(moment.any() for moment in _moments(run).values())
    assert (run.state.step, run.loss_version) == (10, version)
    lowest = run.total_loss()
    assert lowest < before
    run.advance(20)
    assert run.total_loss() == pytest.approx(lowest, rel=1e-12)
    np.testing.assert_allclose(run.state.theta, solved, rtol=1e-9)


@pytest.mark.parametrize("change", [Change("seed", 8), Change("problem.kind", "himmelblau"), Change("rivals", [])])
def test_what_begins_a_run_of_its_own_is_not_done_to_this_one(change):
    with pytest.raises(Complaint, match="begins a run of its own"):
        carry_out([_moving()], change)


@pytest.mark.parametrize(
    "command", [Change("show.speed", 5.0), Change("title", "Moons"), Change("commentary", "Look.")]
)
def test_what_is_only_shown_leaves_no_marker(command):
    run = _moving()
    before, version = run.state.theta.copy(), run.version
    apply(run, command)
    assert run.recorder.markers == ()
    assert run.version == version
    np.testing.assert_array_equal(run.state.theta, before)


def test_what_points_at_the_loss_counts_its_versions():
    run = begin()
    counts = []
    for command in (Change("optimizer.learning_rate", 0.2), Change("training.batch_size", 4), Nudge(0.1, 1),
                    Change("penalty.l2", 0.1), Change("data.scaling", "minmax"), Reinitialize("h1", 2),
                    Change("network.layers", [])):  # fmt: skip
        before = run.version, run.loss_version, run.path_version
        apply(run, command)
        counts.append(
            tuple(b > a for a, b in zip(before, (run.version, run.loss_version, run.path_version), strict=True))
        )
    # version, loss, path
    assert counts == [(True, False, False)] * 3 + [(True, True, False)] * 2 + [(True, False, True), (True, True, True)]
