"""A step taken apart: it is the update that training makes, and until then nothing of the run moves."""

import numpy as np
import pytest

from gdexplorer.lab.apply import apply
from gdexplorer.lab.archive import digest
from gdexplorer.lab.arithmetic import arithmetic
from gdexplorer.lab.commands import Change, UpdateOn
from gdexplorer.lab.errands import Inline
from gdexplorer.lab.measure import Measurer
from gdexplorer.lab.replay import replay
from gdexplorer.lab.session import Session
from gdexplorer.lab.state import Health
from gdexplorer.lab.walks import Walks
from gdexplorer.optim import RULES
from gdexplorer.probes.stepwise import NO_STEPS, Phase, Stage, StepByStep
from tests.builders import CATALOGUE, begin, experiment, suited
from tests.builders import digest as state_digest
from tests.over_rows import over_rows

IMAGES = {"data.kind": "digits", "data.amount": 60, "loss": "softmax_cross_entropy"}
BATCH_NORM = {"network.layers": [{"id": "h1", "units": 5, "activation": "linear"},
                                 {"id": "n1", "kind": "batch_norm", "activation": "tanh"}]}  # fmt: skip
DROPOUT = {"network.layers": [{"id": "h1", "units": 5, "activation": "tanh"}, {"id": "d1", "kind": "dropout"}]}
SETTINGS = {
    "plain": {},
    "penalty": {"penalty.l2": 0.1, "penalty.l1": 0.01},
    "proximal": {"penalty.l1": 0.05, "penalty.l1_form": "proximal"},
    "norm": {"training.clip": "norm", "training.clip_threshold": 0.05},
    "value": {"training.clip": "value", "training.clip_threshold": 0.01},
    "schedule": {"training.schedule": {"kind": "step", "every": 2, "gamma": 0.5}},
    "uncleared": {"training.zero_gradient": False},
    "wrong sign": {"bugs.lab": True, "bugs.wrong_sign": True},
    "no correction": {"bugs.lab": True, "bugs.no_bias_correction": True},
    "in order": {"bugs.lab": True, "bugs.no_shuffling": True},
    "batch norm": BATCH_NORM,
    "dropout": DROPOUT,
    "float32": {"network.precision": "float32"},
}  # fmt: skip


def stepped(run, example=None, number=1, walks=None):
    """Go through all four steps; return the stage of each."""
    walks, found = walks or Walks(), []
    for phase in (Phase.FORWARD, Phase.LOSS, Phase.BACKWARD, Phase.UPDATE):
        if phase is Phase.UPDATE:
            if example is None:
                run.advance(1)
            else:
                apply(run, UpdateOn(example))
        found.append(walks.measure(run, StepByStep(number, phase, example)))
    return found


@over_rows("name", SETTINGS)
def test_nothing_moves_before_the_update_which_is_that_of_training(name):
    run, alone = begin(SETTINGS[name]), begin(SETTINGS[name])
    run.advance(5)
    alone.advance(5)
    walks, before = Walks(), state_digest(run.state)
    for phase in (Phase.READY, Phase.FORWARD, Phase.LOSS, Phase.BACKWARD):
        stage = walks.measure(run, StepByStep(1, phase))
        assert isinstance(stage, Stage)
        assert stage.phase is phase
        assert stage.unmoved
        assert state_digest(run.state) == before
    batch = stage.batch
    run.advance(1)
    alone.advance(1)
    assert state_digest(run.state) == state_digest(alone.state)
    done = walks.measure(run, StepByStep(1, Phase.UPDATE))
    assert not done.unmoved
    assert (done.step, done.batch) == (5, batch)
    assert done.update.theta.tobytes() == run.state.theta.tobytes()
    if run.state.experiment.training.clip == "none" and run.state.experiment.training.zero_gradient:
        assert done.backward.gradient.tobytes() == run.state.slots[0].gradient.tobytes()
    rows = run.objective.data.train.x[list(batch.examples)]
    assert np.array_equal(run.objective.encode(rows)[:, :-1].T, batch.x)


@over_rows("name", SETTINGS)
@over_rows("rule", [rule.name for rule in RULES])
def test_the_arithmetic_of_every_rule_ends_where_the_parameter_is(rule, name):
    run = begin({**suited(rule, learning_rate=0.02), **SETTINGS[name]})
    run.advance(3)
    *_, done = stepped(run)
    for index in range(0, run.state.theta.size, 5):
        told = arithmetic(done, index, run.state.experiment)
        assert told[0].value == done.backward.gradient[index]
        assert [one.symbol for one in told[-2:]] == ["θ before", "θ after"]
        assert told[-1].value == run.state.theta[index]
        values = {one.symbol: one.value for one in told}
        reached = values["θ before"] + values["Δθ"]
        if name == "proximal" and done.layout.weights[index]:
            reach = run.state.experiment.optimizer.learning_rate * 0.05
            reached = np.sign(reached) * max(abs(reached) - reach, 0)
        tolerance = 1e-5 if name == "float32" else 1e-12
        assert reached == pytest.approx(values["θ after"], rel=tolerance, abs=tolerance)


def test_adams_averages_are_those_of_its_paper():
    run = begin({"optimizer": {"kind": "adam", "learning_rate": 0.01}})
    m = v = 0.0
    index = 7
    for t in range(1, 5):
        *_, done = stepped(run, number=t)
        g = float(done.backward.gradient[index])
        told = {one.symbol: one.value for one in arithmetic(done, index, run.state.experiment)}
        assert told["m before"] == pytest.approx(m, rel=1e-12, abs=1e-18)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        wanted = {"m": m, "v": v, "m̂": m / (1 - 0.9**t), "v̂": v / (1 - 0.999**t)}
        wanted["Δθ"] = -0.01 * wanted["m̂"] / (wanted["v̂"] ** 0.5 + 1e-8)
        for symbol, value in wanted.items():
            assert told[symbol] == pytest.approx(value, rel=1e-9), symbol


@pytest.mark.parametrize("name", ["plain", "norm", "dropout"])
def test_an_update_on_one_example_is_shown_logged_and_replayed(name):
    session = Session(experiment(SETTINGS[name]), CATALOGUE)
    session.advance(3)
    run = session.run
    place = run.state.streams.epoch, run.state.streams.cursor
    request = StepByStep(1, Phase.BACKWARD, 11)
    stage = session.frame(frozenset({request})).lane.views[request]
    assert stage.batch.examples == (11,)
    assert not stage.batch.drawn
    assert session.send(UpdateOn(11)).accepted
    assert (run.state.streams.epoch, run.state.streams.cursor) == place
    assert run.state.step == 4
    request = StepByStep(1, Phase.UPDATE, 11)
    done = session.frame(frozenset({request})).lane.views[request]
    assert done.update.theta.tobytes() == run.state.theta.tobytes()
    session.advance(4)
    assert digest(replay(session, CATALOGUE).run.state.theta) == digest(run.state.theta)


def test_plain_descent_on_an_example_is_its_own_gradient_times_eta():
    run = begin({"optimizer": {"kind": "sgd", "learning_rate": 0.1}})
    before = run.state.theta.copy()
    own = run.program.sample_gradients(before, run.state.buffers, run.objective.full())[4]
    stepped(run, example=4)
    assert run.state.theta == pytest.approx(before - 0.1 * own, rel=1e-12, abs=1e-15)


def test_a_step_that_the_run_leaves_behind_begins_anew():
    run, walks = begin(), Walks()
    assert walks.measure(run, StepByStep(1, Phase.BACKWARD)).phase is Phase.BACKWARD
    run.advance(3)
    left = walks.measure(run, StepByStep(1, Phase.BACKWARD))
    assert (left.phase, left.step) == (Phase.READY, 3)
    assert walks.measure(run, StepByStep(1, Phase.FORWARD)).phase is Phase.READY
    assert walks.measure(run, StepByStep(2, Phase.FORWARD)).phase is Phase.FORWARD
    assert Walks().measure(run, StepByStep(2, Phase.UPDATE)).phase is Phase.READY


def test_a_change_before_the_update_is_looked_at_with_the_same_batch():
    run, walks = begin(), Walks()
    first = walks.measure(run, StepByStep(1, Phase.BACKWARD))
    apply(run, Change("penalty.l2", 0.3))
    again = walks.measure(run, StepByStep(1, Phase.BACKWARD))
    assert again.batch.examples == first.batch.examples
    assert not np.array_equal(again.backward.gradient, first.backward.gradient)


def test_it_waits_for_whoever_looks_away():
    measurer, run = Measurer(Inline()), begin()
    request = StepByStep(1, Phase.BACKWARD)
    first = measurer.measure([run], frozenset({request}))[request]
    measurer.forget(frozenset())
    again = measurer.measure([run], frozenset({request}))[request]
    assert again.backward is first.backward
    run.advance(2)
    assert measurer.measure([run], frozenset({request}))[request].phase is Phase.READY
    assert measurer.measure([run], frozenset({request}))[request].phase is Phase.READY


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"problem": "saddle"}, NO_STEPS),
        (suited("lbfgs"), "as often as it likes"),
        ({"training.accumulate": 3}, "adds up 3 mini-batches"),
    ],
)
def test_why_there_are_no_steps_is_said(changes, words):
    run = begin(changes)
    for phase in (Phase.READY, Phase.FORWARD):
        assert words in Walks().measure(run, StepByStep(1, phase))


def test_an_example_that_is_not_there_or_not_enough_is_refused():
    session = Session(experiment(), CATALOGUE)
    reply = session.send(UpdateOn(24))
    assert not reply.accepted
    assert "from 1 to 24" in reply.text
    session = Session(experiment(BATCH_NORM), CATALOGUE)
    assert "at least two examples" in session.send(UpdateOn(0)).text
    assert "at least two examples" in Walks().measure(session.run, StepByStep(1, Phase.FORWARD, 0))
    assert session.run.state.step == 0


def test_an_update_that_is_not_finite_is_not_made():
    run, walks = begin({"optimizer": {"kind": "sgd", "learning_rate": 1e6}, "loss": "mse",
                        "network.layers": []}), Walks()  # fmt: skip
    with np.errstate(all="ignore"):
        run.state.theta[...] = 1e153
        walks.measure(run, StepByStep(1, Phase.BACKWARD))
        run.advance(1)
    assert run.state.status.health is Health.DIVERGED
    assert "not finite" in walks.measure(run, StepByStep(1, Phase.UPDATE))
