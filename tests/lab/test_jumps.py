import numpy as np
import pytest

from gdexplorer.lab.history import History, Marker
from gdexplorer.lab.jumps import lowest, next_change, next_spike, previous_change, updates_of_epoch
from gdexplorer.lab.session import Session
from tests.builders import CATALOGUE, experiment


def history(train, test=None, steps=None, markers=(), chunks=1):
    train = np.asarray(train, float)
    rows = np.full((len(train), 7), np.nan)
    rows[:, 0] = np.arange(len(train)) if steps is None else steps
    rows[:, 1] = train
    if test is not None:
        rows[:, 2] = test
    return History((), tuple(np.array_split(rows, chunks)), tuple(markers), (), ())


CHANGES = (Marker(40, "a"), Marker(40, "b"), Marker(90, "c"), Marker(200, "d"))


@pytest.mark.parametrize(
    ("step", "after", "before"),
    [(0, 40, None), (40, 90, None), (41, 90, 40), (90, 200, 40), (199, 200, 90), (200, None, 90), (300, None, 200)],
)
def test_changes_after_and_before_a_step(step, after, before):
    record = history([1.0], markers=CHANGES)
    assert (next_change(record, step), previous_change(record, step)) == (after, before)


def spiked(*places, height=5.0):
    losses = 1 / np.arange(1, 201)
    for place in places:
        losses[place - 1 : place + 2] *= (height / 2, height, height / 2)
    return losses


@pytest.mark.parametrize("chunks", [1, 7])
def test_spikes_are_found_one_after_the_other_at_their_tops(chunks):
    record = history(spiked(50, 120, 180), chunks=chunks)
    assert [next_spike(record, step) for step in (0, 49, 50, 119, 120, 180)] == [50, 50, 120, 120, 180, None]


def test_a_spike_is_above_twice_the_median_of_the_eight_evaluations_before():
    losses = np.ones(60)
    losses[30] = 2.0
    assert next_spike(history(losses), 0) is None
    losses[30] = 2.001
    assert next_spike(history(losses), 0) == 30
    losses[22:30] = [9, 9, 9, 1, 1, 1, 1, 1]  # the median is still 1
    assert next_spike(history(losses), 21) == 30 or next_spike(history(losses), 24) == 30
    losses[:8] = 7.0  # what is first has nothing to stand out from
    assert next_spike(history(losses), 0) == 22


def test_a_rise_that_lasts_is_one_spike():
    losses = np.r_[np.ones(50), np.linspace(3, 3.1, 100)]
    record = history(losses)
    top = next_spike(record, 0)
    assert 50 <= top < 58
    assert next_spike(record, top) is None


def test_divergence_is_a_spike_and_what_follows_is_none():
    losses = np.r_[np.ones(20), np.inf, np.nan, np.nan]
    assert next_spike(history(losses), 0) == 20
    assert next_spike(history(losses), 20) is None


def test_losses_of_another_meaning_are_not_compared():
    losses = np.r_[np.ones(30), np.full(30, 10.0)]
    steps = np.r_[np.arange(30), 29, np.arange(30, 59)]  # measured before and after the change at 29
    assert next_spike(history(losses, steps=steps, markers=[Marker(29, "data", breaks=False)]), 0) in range(29, 34)
    assert next_spike(history(losses, steps=steps, markers=[Marker(29, "data", breaks=True)]), 0) is None


@pytest.mark.parametrize(("step", "place"), [(0, 25), (29, 25), (30, 58), (58, 58)])
def test_the_lowest_test_loss_is_that_of_the_meaning_shown(step, place):
    test = np.r_[np.linspace(2, 1, 30), np.linspace(20, 10, 30)]
    test[25] = 0.5
    steps = np.r_[np.arange(30), 29, np.arange(30, 59)]
    record = history(np.zeros(60), test, steps, [Marker(29, "data", breaks=True)])
    assert lowest(record, step) == place


def test_without_a_test_loss_the_training_loss_counts_and_nothing_that_is_not_finite():
    assert lowest(history([3, 1, 2, np.nan, np.inf]), 0) == 1
    assert lowest(history([3, 1, 2], [5, 6, np.nan]), 0) == 0
    assert lowest(history([np.nan, np.inf]), 0) is None


def test_a_real_run_has_its_lowest_loss_where_its_own_curves_say():
    session = Session(experiment({"optimizer": {"kind": "sgd", "learning_rate": 1.5}}), CATALOGUE)
    session.train(200)
    record = session.frame().lane.history
    rows = np.concatenate(record.curves)
    assert lowest(record, 0) == rows[rows[:, 2] == rows[:, 2].min()][0, 0]


def test_updates_of_an_epoch_are_those_after_which_the_epoch_is_another():
    session = Session(experiment(), CATALOGUE)
    count = updates_of_epoch(session.frame().lane.state)
    epochs = []
    for _ in range(3 * count):
        session.train(1)
        epochs.append(session.frame().lane.state.epoch)
    assert [epochs.index(epoch) for epoch in sorted(set(epochs))] == [0, count, 2 * count]


def test_updates_of_a_round_of_a_game():
    values = {"problem": {"kind": "dirac"}}
    state = Session(experiment(values), CATALOGUE).frame().lane.state
    assert updates_of_epoch(state) == state.experiment.problem.updates_of_a_round
