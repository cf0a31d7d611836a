import numpy as np
import pytest

from gdexplorer.lab.commands import Change
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.errands import Inline
from gdexplorer.lab.learning import (
    Task,
    learnable,
    learning_curves,
    order_of,
    restricted,
    sizes_of,
)
from gdexplorer.lab.run import Run
from gdexplorer.lab.session import Session
from gdexplorer.landscape.surface import Stopped
from gdexplorer.probes.learning import NO_EXAMPLES, Learning, LearningReport
from tests.builders import CATALOGUE, Manual, begin, digest, experiment, value_and_gradient

REQUEST = Learning(updates=6, seeds=2, sizes=(5, 12, 24))
FULL_BATCH = {"training.batch_size": 1000, "optimizer.learning_rate": 0.3}


def session(executor=None, **changes):
    return Session(experiment(changes), CATALOGUE, executor or Inline())


# ---- which examples -----------------------------------------------------------


@pytest.mark.parametrize(
    ("total", "sizes"),
    [(10_000, (10, 40, 158, 631, 2512, 10_000)), (24, (10, 12, 14, 17, 20, 24)), (9, (4, 5, 6, 7, 8, 9)), (2, (1, 2)),
     (1, (1,))],
)  # fmt: skip
def test_sizes_are_a_geometric_series_to_all(total, sizes):
    assert sizes_of(total) == sizes


def test_sizes_may_be_chosen():
    assert sizes_of(24, (24, 3, 3)) == (3, 24)
    for wanted in ((0, 3), (3, 25)):
        with pytest.raises(Complaint, match="24 training examples; choose sizes from 1 to 24"):
            sizes_of(24, wanted)


def test_orders_are_permutations_and_the_first_is_the_examples_own():
    assert order_of(20, 7, 0).tolist() == list(range(20))
    others = [order_of(20, seed, number).tolist() for seed in (7, 8) for number in (1, 2)]
    assert all(sorted(order) == list(range(20)) for order in others)
    assert len(set(map(tuple, others))) == 4
    assert order_of(20, 7, 1).tolist() == others[0]


def test_examples_are_nested_and_the_test_split_stays():
    objective = begin().objective
    rows = order_of(24, 7, 1)
    small, large = (restricted(objective, rows[:n]).data for n in (5, 12))
    assert (large.train.x[:5] == small.train.x).all()
    assert (large.train.y[:5] == small.train.y).all()
    for k, row in enumerate(rows[:5]):
        assert (small.train.x[k] == objective.data.train.x[row]).all()
    assert small.test is objective.data.test
    assert len(objective.data.train.x) == 24


def test_scaling_is_learned_on_the_few():
    objective = begin({"data.scaling": "standardize"}).objective
    few = restricted(objective, np.arange(5))
    assert few.full().x[:2].mean(axis=1) == pytest.approx([0, 0], abs=1e-12)


# ---- training -----------------------------------------------------------------


@pytest.mark.parametrize("size", [5, 24])
def test_losses_are_those_of_a_loop(size):
    """Full-batch gradient descent, written as one would on paper."""
    run = begin(FULL_BATCH)
    report = learning_curves(run, Learning(6, 1, (size,)))
    objective, theta = restricted(run.objective, np.arange(size)), run.state.theta.copy()
    for _ in range(6):
        theta -= 0.3 * value_and_gradient(objective, theta)[1]
    assert report.losses[0, 0, 0] == pytest.approx(value_and_gradient(objective, theta)[0], rel=1e-12)
    scored = run.objective.program(run.objective.full()).score(theta, run.state.buffers, run.objective.full("test"))
    assert report.losses[0, 0, 1] == pytest.approx(scored.loss, rel=1e-12)
    assert report.accuracies[0, 0, 1] == scored.accuracy


def test_with_all_examples_it_is_the_run_itself():
    report = learning_curves(begin(), Learning(40, 1, (24,)))
    run = begin()
    run.advance(40)
    train, test = run.scores()
    assert report.losses[0, 0].tolist() == [train.loss, test.loss]
    assert report.accuracies[0, 0].tolist() == [train.accuracy, test.accuracy]


def test_every_size_begins_with_the_same_weights_and_every_seed_with_others():
    run = begin()
    task = Task.of(run, 6)
    starts = [task.begin(size, number).state.theta for number in (0, 1) for size in (5, 24)]
    assert (starts[0] == run.state.theta).all()
    assert (starts[0] == starts[1]).all()
    assert (starts[2] == starts[3]).all()
    assert (starts[0] != starts[2]).any()
    other = task.begin(24, 1).objective.data
    assert other.test is run.objective.data.test
    assert sorted(other.train.x[:, 0]) == sorted(run.objective.data.train.x[:, 0])


def test_what_diverges_is_left_out_and_counted():
    run = begin({"loss": "mse", "optimizer.learning_rate": 1e6})
    report = learning_curves(run, Learning(60, 2, (24,)))
    assert report.diverged == 2
    assert np.isnan(report.losses).all()
    assert report.finished


def test_a_regression_has_losses_alone():
    report = learning_curves(begin({"data.kind": "sine", "loss": "mse"}), REQUEST)
    assert np.isfinite(report.losses).all()
    assert np.isnan(report.accuracies).all()


def test_functions_have_none():
    run = Run(experiment({"problem": "himmelblau"}), CATALOGUE)
    assert not learnable(run.objective)
    with pytest.raises(Complaint, match="learns from examples"):
        learning_curves(run, REQUEST)
    of_function = session(problem="himmelblau").frame(frozenset({REQUEST})).lane.views[REQUEST]
    assert of_function.refused == NO_EXAMPLES


# ---- beside a run ---------------------------------------------------------------


def shown(of: Session, request=REQUEST) -> LearningReport:
    report: LearningReport = of.frame(frozenset({request})).lane.views[request]
    return report


def test_it_goes_on_training_by_training_and_leaves_the_run_alone():
    manual = Manual()
    live = session(manual)
    live.advance(10)
    before = digest(live.run.state)
    found = [shown(live)]
    while manual.jobs:
        assert len(manual.jobs) == 1
        manual.finish()
        found.append(shown(live))
    assert [round(6 * report.share, 6) for report in found] == [0, 1, 2, 3, 4, 5, 6]
    assert [int(np.isfinite(report.losses[..., 0]).sum()) for report in found] == [0, 1, 2, 3, 4, 5, 6]
    assert [report.finished for report in found] == [False] * 6 + [True]
    assert np.isfinite(found[3].losses[0]).all()  # every size with the first seed, then with the second
    assert digest(live.run.state) == before
    assert (found[-1].losses == learning_curves(begin(), REQUEST).losses).all()


def test_changes_meanwhile_do_not_concern_it():
    manual = Manual()
    live = session(manual)
    shown(live)
    assert live.send(Change("optimizer.learning_rate", 5.0)).accepted
    while manual.jobs:
        manual.finish()
        report = shown(live)
    assert (report.losses == learning_curves(begin(), REQUEST).losses).all()
    assert report.experiment.optimizer.learning_rate != 5.0
    assert shown(live, Learning(6, 2, (5, 12, 24), start=1)).share == 0


def test_who_looks_away_calls_it_back_and_it_goes_on_where_it_was():
    manual = Manual()
    live = session(manual)
    shown(live)
    manual.finish()
    shown(live)
    live.frame()  # nobody looks
    manual.finish()
    assert shown(live).share == pytest.approx(1 / 6)
    while manual.jobs:
        manual.finish()
        report = shown(live)
    assert (report.losses == learning_curves(begin(), REQUEST).losses).all()


def test_it_is_called_back_within_a_training():
    class Impatient:
        progress, stopped = 0.0, False

        def stop(self):
            self.stopped = self.progress > 0.3
            return self.stopped

        def tell(self, done):
            self.progress = done

    with pytest.raises(Stopped):
        Task.of(begin(), 1000).train(12, 0, Impatient())


def test_a_refusal_is_told(monkeypatch):
    def refuse(self, size, number, leash):
        raise ValueError("one example has no variance.")

    monkeypatch.setattr(Task, "train", refuse)
    report = shown(session())
    assert report.refused == "5 training examples: one example has no variance."
    assert report.finished
