import sys
from concurrent.futures import Future

import numpy as np
import pytest

from gdexplorer.lab import archive
from gdexplorer.lab.commands import Change, MoveTo, Reinitialize, Restart
from gdexplorer.lab.session import Session
from gdexplorer.probes.activations import NO_ACTIVATIONS, ActivationReport, Activations
from gdexplorer.probes.check import NO_CHECK, CheckReport, GradientCheck
from gdexplorer.probes.deltas import Deltas
from gdexplorer.probes.gradients import Gradients
from gdexplorer.probes.outputs import NO_OUTPUTS, Outputs
from gdexplorer.probes.updates import NO_UPDATE, Updates
from gdexplorer.probes.weights import Weights
from tests.builders import CATALOGUE, Manual, digest, experiment, suited

ALL = {Weights(), Updates(), Deltas(), Outputs(), Activations(), GradientCheck()}


def session(changes=None, executor=None):
    return Session(experiment(changes), CATALOGUE, executor)


def ask(of, *requests):
    return [of.frame(frozenset({request})).lane.views.get(request) for request in requests]


def update(of):
    """Return the update's histogram sums and ratios, layer by layer."""
    (report,) = ask(of, Updates())
    return report


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam", "lbfgs", "random_search"])
def test_the_update_is_the_very_last_one(optimizer):
    run = session(suited(optimizer, learning_rate=0.01))
    assert update(run) == NO_UPDATE
    for made in (1, 4):
        run.advance(made)
        after, report = run.run.state.theta.copy(), update(run)
        alone = session(suited(optimizer, learning_rate=0.01))
        alone.advance(run.step - 1)
        before = alone.run.state.theta
        assert report.step == run.step
        for layer, ratio in zip(report.layers, report.ratios, strict=True):
            own = alone.run.objective.layout.by_id[layer.id]
            move = (after - before)[own.start : own.stop]
            assert layer.norm == pytest.approx(np.linalg.norm(move), rel=1e-10)
            assert layer.zeros == np.count_nonzero(move == 0)
            length = np.linalg.norm(before[own.start : own.stop])
            assert ratio == pytest.approx(np.linalg.norm(move) / length, rel=1e-10)


def test_it_stays_the_update_when_the_point_is_moved_by_hand():
    run = session()
    ask(run, Updates())
    run.advance(3)
    first = update(run)
    run.send(MoveTo(run.run.state.theta + 1.0))
    second = update(run)
    assert [layer.rms for layer in second.layers] == [layer.rms for layer in first.layers]
    assert second.ratios == first.ratios


@pytest.mark.parametrize("command", [Change("network.layers.h1.units", 9), Restart()])
def test_after_what_makes_other_weights_it_waits_for_the_next(command):
    run = session()
    ask(run, Updates())
    run.advance(3)
    assert run.send(command).accepted
    assert update(run) == NO_UPDATE
    run.advance(1)
    assert update(run).step == run.step


def test_in_a_race_it_is_that_of_the_first_lane():
    rivals = [{"id": f"lane{k}", "optimizer": {"kind": "sgd", "learning_rate": 0.05 * k}} for k in range(1, 5)]
    run, alone = session({"rivals": rivals}), session()
    for one in (run, alone):
        ask(one, Updates())
        one.advance(5)
    assert update(run).ratios == update(alone).ratios


def test_who_does_not_look_pays_nothing_and_who_looks_changes_nothing():
    watched, alone = session(), session()
    ask(watched, Updates())
    assert watched.run._update is not None
    assert alone.run._update is None
    for one in (watched, alone):
        one.advance(20)
    assert digest(watched.run.state) == digest(alone.run.state)
    watched.frame(frozenset({Weights()}))
    assert watched.run._update is None, "nobody asks any more"
    assert update(watched) == NO_UPDATE


@pytest.mark.parametrize("kept", sorted(ALL, key=repr), ids=lambda kept: type(kept).__name__)
def test_what_is_hidden_is_not_measured_at_all(kept, monkeypatch):
    calls = []
    for request in ALL:
        module = sys.modules[type(request).__module__]
        measure = module.measure
        monkeypatch.setattr(
            module, "measure", lambda request, *rest, own=measure: (calls.append(request), own(request, *rest))[1]
        )
    run = session()
    ask(run, Updates())
    run.advance(1)
    calls.clear()
    run.frame(frozenset({kept}), frozenset({kept, Updates()}))
    assert calls == [kept]
    run.frame(frozenset({Gradients()}))
    assert calls == [kept]


def test_slow_ones_are_errands_of_the_moment_they_were_asked_at():
    jobs = Manual()
    run = session(executor=jobs)
    assert ask(run, Activations()) == [None]
    run.advance(4)
    jobs.finish()
    (report,) = ask(run, Activations())
    assert isinstance(report, ActivationReport)
    assert report.step == 0
    jobs.finish()
    (report,) = ask(run, Activations())
    assert report.step == 4


def test_a_check_is_made_once_for_each_wish_and_each_loss():
    jobs = Manual()
    run = session(executor=jobs)
    assert ask(run, GradientCheck()) == [0.0]
    jobs.finish()
    (first,) = ask(run, GradientCheck())
    assert isinstance(first, CheckReport)
    assert first.whole.verdict == "right"
    run.advance(3)
    assert ask(run, GradientCheck()) == [first], "training goes on, the check stays"
    run.send(Change("bugs.lab", True))
    run.send(Change("bugs.omitted_slope", True))
    assert ask(run, GradientCheck()) == [0.0]
    jobs.finish()
    (second,) = ask(run, GradientCheck())
    assert (second.step, second.omitted, second.whole.verdict) == (3, True, "wrong")
    assert ask(run, GradientCheck(2)) == [0.0]
    run.frame(frozenset({Weights()}))  # nobody wants it any more
    future: Future[object] = jobs.jobs[0][0]
    jobs.finish()
    assert future.exception() is not None
    assert ask(run, GradientCheck(2)) == [0.0], "it begins anew"


def test_a_function_has_a_gradient_to_check_and_no_layers():
    run = session({"problem": {"kind": "rosenbrock"}})
    activations, outputs, check = ask(run, Activations(), Outputs(), GradientCheck())
    assert (activations, outputs) == (NO_ACTIVATIONS, NO_OUTPUTS)
    assert check.whole.verdict == "right"
    assert check.of_examples == 1


def test_a_game_has_two_gradients():
    run = session({"problem": {"kind": "gan"}})
    assert ask(run, GradientCheck()) == [NO_CHECK]
    ask(run, Updates())
    run.advance(1)
    report = update(run)
    assert any(layer.zeros == layer.size for layer in report.layers), "who does not move has no update"


def test_deltas_of_a_search_are_of_the_point_where_it_stands():
    run = session(suited("lbfgs"))
    run.advance(5)
    (report,) = ask(run, Gradients())
    state, full = run.run.state, run.run.objective.full()
    trace = run.run.objective.program(full).trace(state.theta, state.buffers, full)
    for layer in report.layers:
        wanted = np.sqrt(np.mean((full.size * trace[f"{layer.id}.delta"]) ** 2))
        assert layer.delta == pytest.approx(wanted, rel=1e-10)


@pytest.mark.parametrize(("kind", "of"), [({"training.batch_size": 9}, 9), ({"problem": {"kind": "gan"}}, 512)])
def test_deltas_that_a_session_does_not_keep_are_taken_afresh(tmp_path, kind, of):
    run = session(kind)
    run.advance(7)
    (before,) = ask(run, Gradients())
    archive.save(run, tmp_path / "run.gdx")
    again = archive.load(tmp_path / "run.gdx", CATALOGUE)
    (first,), (second,), (histogram,) = ask(again, Gradients()), ask(again, Gradients()), ask(again, Deltas())
    assert (before.afresh, first.afresh, second.afresh) == (0, of, of)
    assert histogram.examples >= of
    assert [layer.rms for layer in first.layers] == [layer.rms for layer in before.layers], (
        "the gradient is the batch's"
    )
    assert all(np.isfinite(layer.delta) and layer.delta > 0 for layer in first.layers)
    run.advance(1)
    if run.run.game is None:
        assert [layer.delta for layer in ask(run, Gradients())[0].layers] == [layer.delta for layer in first.layers]
    run.advance(2)
    again.advance(3)
    (after,) = ask(again, Gradients())
    assert after.afresh == 0
    assert digest(again.run.state) == digest(run.run.state)


def test_new_weights_in_mid_run_are_no_update():
    run = session()
    ask(run, Updates())
    run.advance(3)
    before = update(run)
    run.send(Reinitialize("network", 5))
    assert update(run).ratios == before.ratios
