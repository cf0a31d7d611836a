import numpy as np

from gdexplorer.objectives.streams import NAMES, Streams
from tests.builders import learner


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


def test_a_copy_makes_its_generators_when_it_draws():
    streams = Streams.of(1)
    streams.generators["order"].random(3)
    kept = streams.copy()
    assert list(streams.generators) == ["order"]
    assert list(kept.generators) == []
    assert kept.equals(streams)
    assert list(kept.generators) == []
    streams.generators["order"].random(3)
    assert not kept.equals(streams)


def test_restored_from_plain_values():
    streams = Streams.of(8)
    streams.generators["noise"].random(3)
    state = streams.state()
    expected = streams.generators["noise"].random(3)
    np.testing.assert_array_equal(Streams.restored(state).generators["noise"].random(3), expected)
    np.testing.assert_array_equal(Streams.restored(state).generators["noise"].random(3), expected)


def test_streams_are_equal_if_they_would_draw_the_same():
    one, other = Streams.of(3), Streams.of(3)
    assert one.equals(other)
    for change in ("permutation", "cursor", "epoch"):
        other = one.copy()
        setattr(other, change, np.arange(3) if change == "permutation" else 1)
        assert not one.equals(other)
    for name in NAMES:
        other = one.copy()
        other.generators[name].random()
        assert not one.equals(other)


def test_streams_follow_others_within_an_epoch_and_across(rng):
    objective = learner(rng, examples=10, batch_size=4)
    leader = Streams.of(3)
    follower = leader.copy()
    for draws in (1, 1, 5, 30):
        for _ in range(draws):
            objective.draw(leader)
        follower.follow(leader)
        assert follower.equals(leader)
    alone, on_its_own = (objective.draw(streams) for streams in (leader, follower))
    np.testing.assert_array_equal(alone.x, on_its_own.x)
    assert leader.equals(follower)
