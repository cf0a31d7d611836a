"""Range tests: against a loop of one's own, and how runs fare at what they suggest."""

from typing import Any

import numpy as np
import pytest

from gdexplorer.lab import experiments
from gdexplorer.lab.commands import Change
from gdexplorer.lab.errands import Leash
from gdexplorer.lab.rates import SEARCHES, range_test
from gdexplorer.lab.run import Run
from gdexplorer.lab.session import Session
from gdexplorer.lab.state import Health
from gdexplorer.landscape.surface import Stopped
from gdexplorer.optim import Rule
from gdexplorer.probes.rates import RangeReport, RangeTest
from tests.builders import CATALOGUE, Manual, begin, digest, experiment, suited
from tests.over_rows import over_rows

RULES = [name for name, rule in CATALOGUE.optimizers.items() if isinstance(rule, Rule)]
POINT = {"problem": {"kind": "himmelblau", "x": 0.0, "y": -4.0}}


def report_of(run: Run, **values: Any) -> RangeReport:
    found = range_test(run.state.copy(), CATALOGUE, RangeTest(**values))
    assert isinstance(found, RangeReport)
    return found


def expected(run: Run, low: float, high: float, updates: int) -> tuple[list[float], list[float]]:
    """Losses and smoothed losses of gradient descent, written out; the average is a weighted sum of all losses."""
    theta, streams = run.state.theta.copy(), run.state.streams.copy()
    losses: list[float] = []
    smooth: list[float] = []
    for k in range(updates):
        batch, gradient = run.objective.draw(streams), np.empty_like(theta)
        losses.append(run.objective.program(batch).value_and_gradient(theta, run.state.buffers, batch, gradient))
        weights = 0.9 ** np.arange(k, -1, -1.0)
        smooth.append(float(weights @ losses / weights.sum()))
        if smooth[-1] > 4 * min(smooth):
            break
        theta = theta - low * (high / low) ** (k / (updates - 1)) * gradient
    return losses, smooth


@pytest.mark.parametrize(("changes", "high"), [({}, 100.0), ({"training.batch_size": 1000}, 1000.0), (POINT, 10.0),
                                               ({"training.schedule": "cosine", "training.stop_after": 3}, 100.0)],
                         ids=str)  # fmt: skip
@pytest.mark.parametrize("before", [0, 13])
def test_it_is_gradient_descent_with_a_rising_rate(changes: dict[str, Any], high: float, before: int) -> None:
    """The schedule and early stopping have no part in it."""
    run = begin({"optimizer": {"kind": "sgd", "learning_rate": 0.01}} | changes)
    run.advance(before) if before else None
    report = report_of(run, low=1e-4, high=high, updates=120)
    losses, smooth = expected(run, 1e-4, high, 120)
    np.testing.assert_allclose(report.losses, losses, rtol=1e-6)
    np.testing.assert_allclose(report.smooth, smooth, rtol=1e-6)
    np.testing.assert_allclose(report.rates, np.geomspace(1e-4, high, 120)[: len(losses)], rtol=1e-12)
    assert (report.end, report.step, report.optimizer) == ("rose", before, "SGD")


@over_rows("changes", [{}, POINT], ids=["network", "function"])
@over_rows("name", RULES)
def test_every_rule_is_tested_and_the_run_does_not_notice(name: str, changes: dict[str, Any]) -> None:
    run = begin({"optimizer": {"kind": name, "learning_rate": 1e-3}} | changes)
    run.advance(9)
    before, history = digest(run.state), run.recorder.view()
    report = report_of(run)
    assert digest(run.state) == before
    assert len(run.recorder.batch.parts()[0]) == len(history.batch[0]) == 9
    assert 1 < len(report.rates) == len(report.losses) == len(report.smooth) <= 200
    assert np.isfinite(report.losses).all()
    if name == "ascent":
        assert report.steepest is None
    elif not changes:
        assert report.steepest is not None
        assert 1e-5 <= report.steepest <= 10
    assert report.rates[0] == pytest.approx(1e-5)


@pytest.mark.parametrize("name", [name for name in CATALOGUE.optimizers if name not in RULES])
def test_a_search_is_refused_in_words(name: str) -> None:
    run = begin(suited(name))
    found = range_test(run.state.copy(), CATALOGUE, RangeTest())
    assert found == SEARCHES.format(CATALOGUE.optimizers[name].label)


def test_it_ends_where_rates_end_where_losses_rise_and_where_numbers_do() -> None:
    assert report_of(begin(), high=0.1).end == "high"
    assert report_of(begin(), high=1e4).end == "rose"
    cliff = {"problem": {"kind": "formula", "text": "exp(exp(x**2)) - y", "x": 0.5}}
    report = report_of(begin(cliff), low=1e-3, high=1e6, updates=30)
    assert report.end == "diverged"
    assert 1 < len(report.rates) < 30


def test_a_run_that_diverged_is_tested_from_its_last_weights() -> None:
    run = begin(POINT | {"optimizer": {"kind": "sgd", "learning_rate": 1.0}})
    run.advance(50)
    assert run.state.status.health is Health.DIVERGED
    report = report_of(run)
    assert (report.end, len(report.rates), report.steepest, report.tenth) == ("diverged", 0, None, None)
    run.state.theta[:] = 1.0
    assert len(report_of(run).rates) > 50
    assert run.state.status.health is Health.DIVERGED


def test_it_tells_how_far_it_is_and_can_be_called_back() -> None:
    leash, shares = Leash(), list[float]()

    class Impatient(Leash):
        def tell(self, done: float) -> None:
            shares.append(done)
            self.stopped = done >= 0.25

    with pytest.raises(Stopped):
        range_test(begin().state, CATALOGUE, RangeTest(), Impatient())
    assert shares == pytest.approx([k / 200 for k in range(1, 51)])
    range_test(begin().state, CATALOGUE, RangeTest(high=0.01), leash)
    assert leash.progress == 1.0


def test_a_session_tests_once_for_each_request_and_from_the_present() -> None:
    executor = Manual()
    session = Session(experiment(), CATALOGUE, executor)
    first, second = RangeTest(1), RangeTest(2)
    session.advance(5)
    assert session.frame(frozenset({first})).lane.views[first] == 0.0
    session.advance(5)
    executor.finish()
    for _ in range(3):
        report = session.frame(frozenset({first})).lane.views[first]
        session.advance(1)
    assert not executor.jobs
    assert report.step == 5
    session.send(Change("optimizer.learning_rate", 0.5))
    session.frame(frozenset({second}))
    executor.finish()
    assert session.frame(frozenset({second})).lane.views[second].step == 13


def test_a_test_that_nobody_waits_for_is_called_back() -> None:
    executor = Manual()
    session = Session(experiment(), CATALOGUE, executor)
    session.frame(frozenset({RangeTest()}))
    session.frame()
    executor.finish()
    assert not session.frame().busy


SHIPPED = {
    "spiral": (3000, 0.05, 0.97),
    "digits": (400, 0.1, 0.95),
    "moons": (1000, 0.25, 0.92),
    "sine": (2000, 0.05, 0),
}


@pytest.mark.parametrize("name", SHIPPED)
def test_at_its_suggestion_a_run_learns(name: str) -> None:
    updates, loss, accuracy = SHIPPED[name]
    start = experiments.load(name, CATALOGUE)
    rate = report_of(Run(start, CATALOGUE)).steepest
    assert rate is not None
    run = Run(start.model_copy(update={"optimizer": start.optimizer.model_copy(update={"learning_rate": rate})}),
              CATALOGUE)  # fmt: skip
    first = run.scores()[0].loss
    run.advance(updates)
    train, test = run.scores()
    assert run.state.status.health is Health.FINE
    assert train.loss < min(loss, first / 3)
    assert (test.accuracy or 0) >= accuracy
