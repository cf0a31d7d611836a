"""Maps as an errand: fresh weights that leave the run alone, rests while it moves."""

import numpy as np
import pytest

from gdexplorer.lab import parameters
from gdexplorer.lab.errands import Inline
from gdexplorer.lab.measure import Measurer
from gdexplorer.probes import attribution
from gdexplorer.probes.attribution import NO_PIXELS, Attribution
from tests.builders import CATALOGUE, Manual, begin, digest

DIGITS = {"data": {"kind": "digits", "amount": 60}, "loss": "softmax_cross_entropy"}
LOOK, REDRAWN = Attribution(), Attribution(redrawn=2)


@pytest.fixture
def run():
    return begin(DIGITS)


def ask(measurer, run, request=LOOK):
    return measurer.measure([run], frozenset({request})).get(request)


def test_redrawn_weights_are_new_ones_and_do_not_touch_the_run(run):
    alone = begin(DIGITS)
    measurer, others = Measurer(Inline()), []
    for _ in range(4):
        before = digest(run.state)
        report = ask(measurer, run, REDRAWN)
        others.append(report.redrawn[0].values)
        assert digest(run.state) == before
        run.advance(3)
        alone.advance(3)
    assert digest(run.state) == digest(alone.state)
    fresh = np.zeros_like(run.state.theta)
    seed = run.state.experiment.seed + REDRAWN.redrawn
    parameters.fill(fresh, run.objective, run.state.experiment, CATALOGUE, frozenset(run.objective.layout.by_id), seed)
    run.state.theta[:] = fresh
    run.version += 1
    same = ask(measurer, run, Attribution(of=report.chosen))
    np.testing.assert_allclose(report.redrawn[0].values, same.maps[0].values, rtol=1e-9)
    assert not np.allclose(others[0], ask(measurer, run, Attribution(redrawn=3)).redrawn[0].values)


def test_while_it_moves_it_rests_three_times_as_long_as_it_took_and_where_the_run_rests_it_looks_again(
    run, monkeypatch
):
    executor, measured, spent = Manual(), attribution.measure, 2
    measurer = Measurer(executor)

    def measure(*given):
        run.advance(spent)
        return measured(*given)

    monkeypatch.setattr(attribution, "measure", measure)

    def step(updates):
        run.advance(updates)
        report = ask(measurer, run)
        while executor.jobs:
            executor.finish()
        return report

    assert step(0) is None
    spent = 0
    seen = [step(1).step for _ in range(8)]
    assert seen == [0, 0, 0, 0, 0, 0, 8, 9]  # it rests until 0 + 2 + 3·2; of the next no update was made meanwhile
    spent = 3
    step(1)
    spent = 0
    assert step(1).step == 11
    for _ in range(3):
        report = step(0)
    assert report.step == run.state.step


def test_another_request_does_not_wait(run):
    executor = Manual()
    measurer = Measurer(executor)
    ask(measurer, run)
    run.advance(5)
    executor.finish()
    assert ask(measurer, run, Attribution(index=1)).index == 0  # what is known until there is the new one
    executor.finish()
    assert ask(measurer, run, Attribution(index=1)).index == 1


def test_noise_is_no_ink():
    for noise, above in ((0.0, 0.0), (0.1, 0.2), (0.4, 0.5)):
        noisy = begin(DIGITS | {"data": {"kind": "digits", "amount": 60, "noise": noise}})
        assert ask(Measurer(Inline()), noisy).above == pytest.approx(above)


def test_without_images_of_classes_it_says_so():
    assert ask(Measurer(Inline()), begin()) == NO_PIXELS


def test_what_is_not_asked_for_is_forgotten(run):
    executor = Manual()
    measurer = Measurer(executor)
    ask(measurer, run)
    measurer.forget(frozenset({LOOK}))
    executor.finish()
    assert ask(measurer, run) is not None
    measurer.forget(frozenset())
    assert ask(measurer, run) is None
