import numpy as np

from gdexplorer.lab.run import Run
from gdexplorer.lab.state import Health, Status
from tests.builders import CATALOGUE, begin, suited
from tests.over_rows import over_rows


@over_rows("optimizer", CATALOGUE.optimizers)
@over_rows("updates", [0, 1, 5, 24])  # at a start, in mid-epoch, and at the end of one
def test_a_copy_runs_on_to_the_same_bits_and_disturbs_nobody(optimizer, updates):
    run = begin(suited(optimizer))
    run.advance(updates) if updates else None
    copy = run.state.copy()
    run.advance(40)
    end = run.state.theta.copy()
    twin = Run.of(copy, CATALOGUE)
    for _ in range(40):
        twin.advance(1)
    assert twin.state.theta.tobytes() == end.tobytes()
    assert twin.state.step == run.state.step == updates + 40
    assert run.state.theta.tobytes() == end.tobytes()


def test_a_copy_shares_no_memory():
    run = begin({"optimizer": "adam"})
    run.advance(3)
    state, copy = run.state, run.state.copy()
    assert not np.shares_memory(state.theta, copy.theta)
    assert not np.shares_memory(state.streams.permutation, copy.streams.permutation)
    for name, array in state.slots[0].arrays.items():
        assert not np.shares_memory(array, copy.slots[0].arrays[name])
        np.testing.assert_array_equal(array, copy.slots[0].arrays[name])
    assert copy.experiment is state.experiment


def test_a_diverged_state_is_copied_as_one():
    run = begin()
    run.state.status = Status(Health.DIVERGED, "h1", "the loss is inf")
    assert Run.of(run.state.copy(), CATALOGUE).advance(3) == 0
