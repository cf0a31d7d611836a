"""Lesson 16, epochs or updates: "Is B = 512 faster?"

A 2-16-16-1 tanh network on 512 moons with noise 0.15, SGD at 0.1. Losses are those over all training examples.
"""

import pytest

from gdexplorer.lab.commands import Change
from gdexplorer.lab.session import Session
from tests.lessons.walk import begin, do, examples, layers, score, seeds

EXAMPLES, EPOCHS = 512, 40


def lesson(seed: int, batch_size: int) -> Session:
    """Train for 40 epochs, which are 40 · 512/B updates."""
    session = begin({
        "seed": seed, "data": examples("moons", EXAMPLES, 0.15), "network": {"layers": layers("tanh", 16, 16)},
        "optimizer": {"kind": "sgd", "learning_rate": 0.1}, "training": {"batch_size": batch_size},
    })  # fmt: skip
    session.advance(EPOCHS * EXAMPLES // batch_size)
    assert session.run.state.streams.epoch == EPOCHS
    return session


@pytest.mark.parametrize("seed", seeds(6))
def test_progress_follows_updates_not_epochs(seed):
    """After 40 epochs 0.07–0.17 of the loss with B = 8; after 640 updates 0.93–0.99 of it with B = 512."""
    small, middle, full = (lesson(seed, size) for size in (8, 32, 512))
    assert score(small.run).loss < score(full.run).loss / 2
    assert middle.run.state.step == 640
    full.advance(640 - EPOCHS)
    assert score(full.run).loss == pytest.approx(score(middle.run).loss, rel=0.1)


@pytest.mark.parametrize("seed", seeds(6))
def test_a_smaller_batch_in_mid_run_makes_up_for_it(seed):
    session = lesson(seed, 512)
    before = score(session.run).loss
    session.advance(EPOCHS)
    same = score(session.run).loss
    do(session, Change("training.batch_size", 8))
    session.advance(EPOCHS * EXAMPLES // 8)
    assert session.run.state.streams.epoch == 3 * EPOCHS
    assert score(session.run).loss < same / 2 < before / 2
