import numpy as np
import pytest

from gdexplorer.lab.apply import apply
from gdexplorer.lab.commands import Change, MoveTo, Nudge, Reinitialize, Restart, Solve
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.experiment import validated
from gdexplorer.lab.history import joined
from gdexplorer.lab.replay import replay
from gdexplorer.lab.session import Session
from gdexplorer.lab.state import Health
from gdexplorer.objectives.functions import FUNCTIONS
from gdexplorer.optim import Search
from tests.builders import BASE, CATALOGUE, begin, digest, suited
from tests.over_rows import over_rows

OTHERS = {"network", "autoencoder", "gan", "dirac"}
PLANAR = [name for name in CATALOGUE.problems if name not in OTHERS]
FUNCTION = {function.name: function for function in FUNCTIONS}
OPTIMIZERS = list(CATALOGUE.optimizers)


def _at(kind, optimizer="sgd", problem=None, **values):
    """A session on a function, with a learning rate that is well below what is too large there for plain descent."""
    rate = FUNCTION[kind].learning_rate / 10 if kind in FUNCTION else 0.01
    knobs = {} if isinstance(CATALOGUE.optimizers[optimizer], Search) else {"learning_rate": rate}
    settings = {"problem": {"kind": kind} | (problem or {}), "optimizer": suited(optimizer, **knobs)["optimizer"]}
    given = BASE | settings | values
    return Session(validated(given, CATALOGUE), CATALOGUE)


def test_every_function_is_a_problem():
    assert set(PLANAR) == {"formula", *FUNCTION}
    assert len(PLANAR) == 1 + len(FUNCTION)


@over_rows("kind", PLANAR)
def test_a_run_starts_at_the_start_with_the_value_there(kind):
    run = _at(kind).run
    x, y = FUNCTION[kind].start if kind in FUNCTION else (1.5, 0.1)
    assert run.state.theta.tolist() == [x, y]
    text = FUNCTION[kind].formula if kind in FUNCTION else "x**2 - y**2 + y**4/2"
    names = {name: getattr(np, name) for name in ("exp", "sin", "cos", "hypot", "pi")}
    row = run.recorder.curves.parts()[-1][0]
    assert row[0] == 0
    assert row[1] == pytest.approx(eval(text, names, {"x": x, "y": y}), rel=1e-12)
    assert np.isnan(row[2:5]).all()  # no test set, no accuracy
    assert row[5] == 0
    assert np.isnan(row[6])  # no epochs


@over_rows("optimizer", OPTIMIZERS)
@over_rows("kind", PLANAR)
def test_every_optimizer_moves_on_every_function_and_stays_finite(kind, optimizer):
    session = _at(kind, optimizer)
    run, start = session.run, session.run.state.theta.copy()
    made = session.advance(50)
    assert np.isfinite(run.state.theta).all()
    if run.state.status.health is Health.DIVERGED:
        assert made < 50
        assert optimizer == "ascent" or kind == "monkey_saddle"  # only these know no bottom
        assert run.state.status.layer == "point"
        return
    assert made == 50
    assert (run.state.theta != start).any()
    if optimizer in ("sgd", "conjugate_gradient", "lbfgs", "newton", "random_search", "ascent"):
        assert (run.total_loss() < run.recorder.curves.parts()[-1][0, 1]) == (optimizer != "ascent")


@over_rows("kind", [kind for kind in FUNCTION if kind != "monkey_saddle"])
def test_the_learning_rate_that_suits_a_function_descends_it(kind):
    session = Session(validated(BASE, CATALOGUE), CATALOGUE)
    assert session.send(Change("problem.kind", kind)).accepted
    run = session.run
    assert run.state.experiment.optimizer.learning_rate == FUNCTION[kind].learning_rate
    losses = [run.total_loss()]
    for _ in range(30):
        session.advance(1)
        losses.append(run.total_loss())
    assert losses[-1] < losses[0]


def test_evaluations_are_counted_also_beyond_one_an_update():
    for optimizer in OPTIMIZERS:
        run = _at("himmelblau", optimizer).run
        run.advance(3)
        search = isinstance(CATALOGUE.optimizers[optimizer], Search)
        assert (run.state.evaluations > 3) == search
        assert run.state.evaluations == 3 + run.state.extra
        assert joined(run.recorder.curves.parts())[-1, 5] == run.state.evaluations
    run = _at("himmelblau", "random_search").run
    run.advance(7)
    assert run.state.evaluations == 14  # the point and one try


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "breaks off"),
        ("x +", "breaks off"),
        ("x + z", "'z'"),
        ("sin x", "sin"),
        ("2x", "Put an operator"),
        ("(x", "never closed"),
        ("x" * 501, "at most 500 characters"),
        ("__import__('os')", "__import__"),
        (3, "must be text"),
    ],
)
def test_what_is_wrong_with_a_formula_is_one_sentence(text, words):
    for how in (lambda: validated({"problem": {"kind": "formula", "text": text}}, CATALOGUE),
                lambda: apply(_at("formula").run, Change("problem.text", text))):  # fmt: skip
        with pytest.raises(Complaint) as found:
            how()
        sentence = str(found.value)
        assert words in sentence
        assert sentence.startswith("problem.text")
        assert sentence.endswith((".", "?"))
        assert "\n" not in sentence


def test_a_formula_without_a_value_at_the_start_diverges_in_words_and_goes_on_from_elsewhere():
    session = _at("formula", problem={"text": "log(x) + y^2", "x": -1.0})
    assert session.advance(5) == 0
    status = session.run.state.status
    assert (status.health, status.layer) == (Health.DIVERGED, "point")
    assert session.frame().lane.state.narration.mood == "trouble"
    assert session.send(Change("problem.x", 2.0)).accepted
    assert session.advance(5) == 5


# ---- changes in mid-run ------------------------------------------------------------------------------------------


def test_another_problem_begins_anew_at_its_start():
    session = Session(validated(BASE, CATALOGUE), CATALOGUE)
    session.advance(20)
    first = session.run.state.theta.copy()
    for kind in ("bowl", "formula", "rosenbrock"):
        reply = session.send(Change("problem.kind", kind))
        assert reply.text == f"problem → {CATALOGUE.problems[kind].label}"
        run = session.run
        assert run.state.step == 0
        assert run.state.theta.tolist() == [run.state.experiment.problem.x, run.state.experiment.problem.y]
        assert session.advance(10) == 10
        assert len(run.recorder.path.points) == 11
        assert run.recorder.path.points[0].shape == (2,)
    session.send(Change("problem.kind", "network"))
    assert session.run.state.step == 0
    assert session.run.state.theta.size == first.size
    session.send(Change("optimizer.learning_rate", 0.1))
    session.advance(20)
    np.testing.assert_array_equal(session.run.state.theta, first)  # as it was, whatever came between


@pytest.mark.parametrize("axis", [0, 1])
def test_another_start_moves_the_point_there_and_the_optimizer_forgets(axis):
    session = _at("himmelblau", "momentum")
    session.advance(6)
    moved = session.run.state.theta.copy()
    assert session.run.state.slots[0].arrays["b"].any()
    assert session.send(Change(f"problem.{'xy'[axis]}", 2.25)).accepted
    run = session.run
    start = [1.0, -1.0]
    start[axis] = 2.25
    assert run.state.theta.tolist() == start != moved.tolist()
    assert not run.state.slots[0].arrays["b"].any()
    assert len(run.recorder.path.points) == 1
    session.send(Restart())
    assert run.state.theta.tolist() == start


@over_rows("change", [Change("problem.factor", 3.0), Change("problem.noise", 0.2),
                                    Change("problem.reach", 5.0), Change("problem.text", "x^2 + 3*y^2")],
                         ids=lambda change: change.path)  # fmt: skip
@over_rows("optimizer", ["momentum", "conjugate_gradient", "random_search"])
def test_a_changed_function_goes_on_from_the_same_point(change, optimizer):
    session = _at("formula", optimizer)
    session.advance(8)
    theta, path, version = session.run.state.theta.copy(), session.run.recorder.path, session.run.loss_version
    reply = session.send(change)
    if change.path == "problem.noise" and optimizer == "conjugate_gradient":
        assert not reply.accepted
        assert "set the gradient noise to 0" in reply.text
        return
    assert reply.accepted
    run = session.run
    np.testing.assert_array_equal(run.state.theta, theta)
    assert run.recorder.path is path
    assert run.state.step == 8
    same = change.path in ("problem.noise", "problem.reach")
    assert run.loss_version - version == (change.path != "problem.noise")  # a surface shows another box with `reach`
    assert run.recorder.markers[-1].breaks == (run.loss_version != version)
    rows = joined(run.recorder.curves.parts())
    assert (rows[-1, 1] == rows[-2, 1]) == same
    assert session.advance(8) == 8
    assert digest(replay(session, CATALOGUE).run.state) == digest(run.state)


def test_the_factor_changes_nothing_for_random_search_but_scales_a_step_of_descent():
    one, ten = (_at("bowl", "sgd", {"factor": factor}).run for factor in (1.0, 10.0))
    for run in (one, ten):
        run.advance(1)
    start = np.array(FUNCTION["bowl"].start)
    np.testing.assert_allclose(ten.state.theta - start, 10 * (one.state.theta - start), rtol=1e-12)
    one, ten = (_at("bowl", "random_search", {"factor": factor}).run for factor in (1.0, 10.0))
    for run in (one, ten):
        run.advance(40)
    np.testing.assert_array_equal(one.state.theta, ten.state.theta)


# ---- noise -------------------------------------------------------------------------------------------------------


def test_noise_moves_the_path_the_same_way_each_time_and_another_seed_another_way():
    paths = []
    for seed, noise in ((7, 0.5), (7, 0.5), (8, 0.5), (7, 0.0)):
        session = _at("bowl", problem={"noise": noise}, seed=seed)
        session.advance(20)
        paths.append(session.run.state.theta.tolist())
    assert paths[0] == paths[1]
    assert paths[0] != paths[2] != paths[3] != paths[0]


def test_noise_that_comes_and_goes_replays_and_shifts_no_other_stream():
    session = _at("bowl")
    for at, noise in ((5, 0.3), (6, 0.0), (7, 0.9)):
        session.advance(at)
        assert session.send(Change("problem.noise", noise)).accepted
    session.advance(9)
    again = replay(session, CATALOGUE)
    assert digest(again.run.state) == digest(session.run.state)
    untouched = _at("bowl").run.state.streams.generators.states
    for name, state in session.run.state.streams.generators.states.items():
        assert (state == untouched[name]) == (name != "noise")


# ---- commands on a point -----------------------------------------------------------------------------------------


def test_commands_on_a_point():
    session = _at("bowl", "adam")
    session.advance(5)
    assert session.send(MoveTo(np.array([3.0, -1.0]))).accepted
    assert session.run.state.theta.tolist() == [3.0, -1.0]
    assert session.send(Nudge(0.1, 3)).accepted
    assert session.run.state.theta.tolist() != [3.0, -1.0]
    assert session.send(Reinitialize("network", 5)).accepted
    assert session.run.state.theta.tolist() == [4.0, 2.0]
    refusal = session.send(Solve())
    assert not refusal.accepted
    assert refusal.text.startswith("There is no formula for the minimizer here")
    assert not session.send(MoveTo(np.zeros(3))).accepted
    assert not session.send(Reinitialize("h1", 1)).accepted
    for path, value in (("problem.z", 1), ("problem.kind", "bowll"), ("problem.x", "left"), ("problem.noise", -1)):
        reply = session.send(Change(path, value))
        assert not reply.accepted
        assert reply.text.endswith((".", "?"))
    session.advance(5)
    assert digest(replay(session, CATALOGUE).run.state) == digest(session.run.state)


@pytest.mark.parametrize("path", ["training.batch_size", "data.noise", "penalty.l2", "network.layers", "loss.kind"])
def test_settings_of_networks_leave_a_point_alone(path):
    value = {"network.layers": [], "loss.kind": "mse"}.get(path, 3)
    session, untouched = _at("rosenbrock", "adam"), _at("rosenbrock", "adam")
    session.advance(5)
    assert session.send(Change(path, value)).accepted
    session.advance(5)
    untouched.advance(10)
    np.testing.assert_array_equal(session.run.state.theta, untouched.run.state.theta)


def test_a_search_along_lines_is_refused_where_the_loss_is_not_the_same_at_every_update():
    for changes, words in (
        ({"optimizer": "lbfgs"}, "set the batch size to all training examples"),
        ({"optimizer": "newton", "training.batch_size": 24,
          "network.layers": [{"id": "h", "units": 200, "activation": "tanh"}]}, "at most 500 parameters, not 801"),
        ({"optimizer": "lbfgs", "problem": {"kind": "bowl", "noise": 0.1}}, "set the gradient noise to 0"),
    ):  # fmt: skip
        with pytest.raises(Complaint, match=words):
            begin(changes)
    assert begin({"optimizer": "lbfgs", "training.batch_size": 24}).advance(3) == 3
