import numpy as np
import pytest

from gdexplorer.lab.apply import apply
from gdexplorer.lab.commands import Change
from gdexplorer.lab.errands import Inline
from gdexplorer.lab.measure import Measurer
from gdexplorer.probes.boundary import Boundary
from gdexplorer.probes.gradients import Gradients
from gdexplorer.probes.landscape import Landscape
from tests.builders import begin

PCA, FOLLOWING, RANDOM = Landscape(), Landscape(follow=True), Landscape("random")
MAP, BARS = Boundary(8), Gradients()


@pytest.fixture
def run():
    return begin({"show.pause_at": 60})


def _ask(measurer, run, *needs):
    return measurer.measure([run], frozenset(needs))


def test_light_ones_are_there_at_once(measurer, executor, run):
    report = _ask(measurer, run, BARS)[BARS]
    assert (report.step, report.examples) == (0, 24)
    run.advance(3)
    report = _ask(measurer, run, BARS)[BARS]
    assert (report.step, report.examples) == (3, 7)
    assert not executor.jobs
    assert not measurer.busy


def test_a_heavy_one_appears_when_it_is_done_with_the_step_it_belongs_to(measurer, executor, run):
    run.advance(5)
    assert _ask(measurer, run, MAP) == {}
    assert measurer.busy
    run.advance(5)
    executor.finish()
    assert _ask(measurer, run, MAP)[MAP].step == 5


def test_of_one_request_at_most_one_is_under_way_and_the_newest_state_is_next(measurer, executor, run):
    for _ in range(4):
        run.advance(1)
        _ask(measurer, run, MAP)
        assert len(executor.jobs) == 1
    executor.finish()
    views = [_ask(measurer, run, MAP) for _ in range(2)]
    assert [view[MAP].step for view in views] == [1, 1]
    assert len(executor.jobs) == 1
    executor.finish()
    assert _ask(measurer, run, MAP)[MAP].step == 4


def test_a_boundary_is_by_running_statistics(measurer, executor):
    run = begin()
    apply(run, Change("network.normalization", "batch_norm"))
    run.advance(30)
    _ask(measurer, run, MAP)
    executor.finish()
    report = _ask(measurer, run, MAP)[MAP]
    grid = np.stack(np.meshgrid(*report.axes), axis=-1).reshape(-1, 2)
    logits = run.objective.program(run.objective.full()).predict(run.state.theta, run.state.buffers, grid)[:, 0]
    np.testing.assert_allclose(report.values.reshape(-1), np.tanh(logits / 2), atol=1e-14)


def test_what_is_captured_does_not_move_with_the_run(measurer, executor, run):
    program, grid = run.objective.program(run.objective.full()), None
    before = run.state.theta.copy()
    _ask(measurer, run, MAP)
    run.advance(20)
    executor.finish()
    report = _ask(measurer, run, MAP)[MAP]
    grid = np.stack(np.meshgrid(*report.axes), axis=-1).reshape(-1, 2)
    logits = program.predict(before, np.zeros(0), grid)[:, 0]
    np.testing.assert_allclose(report.values.reshape(-1), np.tanh(logits / 2), atol=1e-14)


def test_without_news_nothing_is_measured_again(executor, measurer, run):
    _ask(measurer, run, MAP)
    executor.finish()
    first = _ask(measurer, run, MAP)[MAP]
    assert _ask(measurer, run, MAP)[MAP] is first
    assert not executor.jobs


def test_measuring_does_not_change_the_run(run):
    untouched = begin({"show.pause_at": 60})
    measurer = Measurer(Inline())
    for _ in range(5):
        run.advance(7)
        untouched.advance(7)
        _ask(measurer, run, PCA, FOLLOWING, MAP, BARS, Landscape("random"))
    assert run.state.theta.tobytes() == untouched.state.theta.tobytes()


def test_what_nobody_looks_at_is_forgotten(measurer, executor, run):
    _ask(measurer, run, MAP, PCA)
    executor.finish()
    executor.finish()
    assert set(_ask(measurer, run, MAP, PCA)) == {MAP, PCA}
    measurer.forget(frozenset([PCA]))
    plane = _ask(measurer, run, PCA)[PCA].surface.plane
    executor.jobs.clear()
    assert _ask(measurer, run, MAP) == {}
    assert len(executor.jobs) == 1
    measurer.forget(frozenset())
    run.advance(5)
    assert _ask(measurer, run, PCA)[PCA].surface.plane is plane, "whoever looks again finds the same plane"
    _ask(measurer, run, RANDOM)
    measurer.forget(frozenset())
    assert PCA not in _ask(measurer, run, PCA), "one surface is kept"


def test_a_surface_under_way_that_nobody_wants_is_called_back(measurer, executor, run):
    _ask(measurer, run, PCA)
    executor.finish()
    plane = _ask(measurer, run, PCA)[PCA].surface.plane  # and a finer one is begun
    assert measurer.busy
    measurer.forget(frozenset())
    assert not measurer.busy
    executor.finish()
    assert _ask(measurer, run, PCA)[PCA].surface.plane is plane


def test_a_forgotten_job_that_finishes_disturbs_nobody(measurer, executor, run):
    _ask(measurer, run, MAP)
    measurer.forget(frozenset())
    assert not measurer.busy
    executor.finish()
    assert _ask(measurer, run, MAP) == {}


def test_inline_jobs_carry_their_exception():
    assert isinstance(Inline().submit(lambda: 1 / 0).exception(), ZeroDivisionError)
    assert Inline().submit(lambda x: x + 1, 2).result() == 3
