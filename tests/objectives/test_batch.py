import numpy as np

from gdexplorer.objectives.batch import Portion, whole
from tests.over_rows import over_rows


def _source(rng, n, inputs=3, outputs=2):
    return rng.normal(size=(n, inputs)), rng.normal(size=(n, outputs))


def test_a_whole_split_is_one_batch_in_every_form(rng):
    xt, yt = _source(rng, 5)
    batch = whole(xt, yt)
    assert batch.size == 5
    np.testing.assert_array_equal(batch.x, xt.T)
    np.testing.assert_array_equal(batch.xt, xt)
    np.testing.assert_array_equal(batch.y, yt.T)
    assert all(array.flags.c_contiguous for array in batch.arrays)


@over_rows("n", [1, 6, 7, 12])
@over_rows("size", [1, 3, 6, 12])
def test_batches_hold_the_rows_in_their_order_and_the_last_may_be_short(rng, n, size):
    size = min(size, n)
    xt, yt = _source(rng, n)
    portion = Portion(xt, yt, size)
    for start in (0, n // 2, 0):  # the rest of an epoch, and back to a whole one
        rows = rng.permutation(n)[start:]
        batches = portion.fill(rows)
        assert [batch.size for batch in batches[:-1]] == [size] * (len(batches) - 1)
        assert sum(batch.size for batch in batches) == len(rows)
        for k, batch in enumerate(batches):
            mine = rows[k * size : (k + 1) * size]
            np.testing.assert_array_equal(batch.xt, xt[mine])
            np.testing.assert_array_equal(batch.x, xt[mine].T)
            np.testing.assert_array_equal(batch.y, yt[mine].T)
            assert all(array.flags.c_contiguous for array in batch.arrays)


def test_batches_keep_their_memory_from_filling_to_filling(rng):
    portion = Portion(*_source(rng, 10), 4)

    def places():
        filled = portion.fill(rng.permutation(10))
        return [[array.__array_interface__["data"] for array in batch.arrays] for batch in filled]

    assert places() == places()


def test_flat_targets_are_the_targets(rng):
    for batch in Portion(*_source(rng, 7), 3).fill(np.arange(7)):
        assert np.shares_memory(batch.arrays[2], batch.arrays[3])
        np.testing.assert_array_equal(batch.arrays[3], batch.y.reshape(-1))
