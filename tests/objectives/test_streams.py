import numpy as np

from gdexplorer.objectives.streams import NAMES, Streams


def test_the_same_seed_starts_the_same_streams_and_each_is_its_own():
    first, again, other = Streams.of(5), Streams.of(5), Streams.of(6)
    drawn = {name: first.generators[name].random(4).tolist() for name in NAMES}
    assert drawn == {name: again.generators[name].random(4).tolist() for name in reversed(NAMES)}
    assert len({tuple(values) for values in drawn.values()}) == len(NAMES)
    assert drawn != {name: other.generators[name].random(4).tolist() for name in NAMES}


def test_drawing_from_one_stream_moves_no_other():
    quiet, busy = Streams.of(5), Streams.of(5)
    busy.generators["order"].permutation(1000)
    busy.generators["dropout"].random(17)
    for name in ("initialization", "noise"):
        assert quiet.generators[name].random() == busy.generators[name].random()


def test_a_copy_continues_on_its_own():
    streams = Streams.of(1)
    streams.permutation, streams.cursor, streams.epoch = np.array([2, 0, 1]), 2, 4
    streams.generators["order"].random(3)
    copy = streams.copy()
    streams.permutation[0] = 9
    assert copy.permutation.tolist() == [2, 0, 1]
    assert (copy.cursor, copy.epoch) == (2, 4)
    ahead = streams.generators["order"].random(5)
    np.testing.assert_array_equal(copy.generators["order"].random(5), ahead)


def test_restored_from_plain_values():
    streams = Streams.of(8)
    streams.generators["noise"].random(3)
    state = streams.state()
    expected = streams.generators["noise"].random(3)
    np.testing.assert_array_equal(Streams.restored(state).generators["noise"].random(3), expected)
    np.testing.assert_array_equal(Streams.restored(state).generators["noise"].random(3), expected)
