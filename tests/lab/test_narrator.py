import re

import numpy as np
import pytest

from gdexplorer.lab.apply import apply
from gdexplorer.lab.commands import Change, Nudge
from gdexplorer.lab.history import Marker, Recorder
from gdexplorer.lab.narrator import narrate
from gdexplorer.lab.rules import SLOW_UPDATES, UNSTABLE_UPDATES
from tests.builders import CATALOGUE, begin, suited

FORBIDDEN = ("converge", "stuck", "minimum", "minima", "overfit", "because", "optimal")


@pytest.fixture
def told():
    """A run at update 1000 whose history can be written by hand: ``told(batch losses, (step, loss) rows)``."""

    def tell(batch=(), curve=((0, 1.0), (500, 0.8), (1000, 0.5)), marker=None):
        run = begin()
        run.recorder = Recorder(3)
        losses = np.array(batch or [0.5] * 1000, float)
        run.recorder.batch.extend(np.column_stack([np.arange(1001 - len(losses), 1001), losses]))
        for step, loss in curve:
            run.recorder.curves.append(step, loss, loss, 0.9, 0.8, step, step / 4)
        if marker is not None:
            run.recorder.mark(Marker(marker, "change"))
        run.state.step = 1000
        return narrate(run)

    return tell


def test_before_the_first_update(told):
    run = begin()
    loss = run.recorder.curves.parts()[-1][0, 1]
    assert narrate(run).text == (
        f"Ready: 24 training examples, 44 parameters, training loss {loss:.3g} before the first update."
    )


def test_training_says_how_far_the_loss_went_in_the_last_updates():
    run = begin({"optimizer": {"kind": "adam", "learning_rate": 0.01}})
    run.advance(150)
    rows = run.recorder.curves.parts()[-1]
    accuracy = f"; {100 * rows[-1, 4]:.3g} % of the test examples are right."
    expected = f"Training: the training loss fell from {rows[0, 1]:.3g} to {rows[-1, 1]:.3g} in 150 updates{accuracy}"
    assert narrate(run).text == expected
    apply(run, Change("optimizer.learning_rate", 0.02))
    assert narrate(run).text == f"Training: the training loss is {rows[-1, 1]:.3g}{accuracy}"
    run.advance(1)
    last = run.recorder.curves.parts()[-1][-1]
    assert narrate(run).text.startswith(
        f"Training: the training loss fell from {rows[-1, 1]:.3g} to {last[1]:.3g} in 1 update;"
    )


@pytest.mark.parametrize(("end", "verb"), [(0.3, "fell"), (2.0, "rose")])
def test_the_verb_is_the_direction(told, end, verb):
    curve = ((0, 1.0), (700, 0.6), (800, 0.6), (900, 0.5), (1000, end))
    assert told(curve=curve).text.startswith(f"Training: the training loss {verb} from 0.6 to {end:.3g} in 200 updates")


def test_a_regression_has_no_right_answers():
    run = begin({"data": {"kind": "sine", "amount": 40}, "loss": "half_mse"})
    run.advance(5)
    assert "right" not in narrate(run).text


def test_after_a_change_the_loss_is_that_of_the_changed_loss():
    run = begin({"loss": "half_mse"})
    run.advance(50)
    apply(run, Change("data.noise", 0.5))
    rows = run.recorder.curves.parts()[-1]
    run.advance(10)
    assert f"from {rows[-1, 1]:.3g} to" in narrate(run).text
    assert rows[-1, 1] != rows[-2, 1]


UNSTABLE = [0.5] * 480 + [0.02] * 20 + [0.4] * 400 + [5.0] * UNSTABLE_UPDATES


def test_unstable_quotes_the_loss_and_its_best(told):
    sentence = told(UNSTABLE)
    assert sentence.mood == "warning"
    assert sentence.text == (
        "Unstable: for 20 updates the batch loss has been above 5, more than 10 times its best 0.02 (median of 20)."
    )


@pytest.mark.parametrize(
    "batch",
    [
        [*UNSTABLE[:-1], 0.1],  # one of them is low
        [0.5] * 980 + [4.9] * UNSTABLE_UPDATES,  # not ten times as high
        [0.5] * 500 + [0.001] + [0.5] * 499,  # one lucky batch, and as high as ever
        [0.5] * 500 + [0.001] * 10 + [0.5] * 490,  # ten lucky batches
        [0.0] * 20 + [0.5] * 980,  # the best is nothing
    ],
)
def test_a_noisy_loss_is_not_called_unstable(told, batch):
    assert not told(batch).text.startswith("Unstable")


def test_only_what_came_after_the_last_change_counts_as_unstable(told):
    assert not told(UNSTABLE, marker=1000 - UNSTABLE_UPDATES).text.startswith("Unstable")
    assert not told(UNSTABLE, marker=1000 - UNSTABLE_UPDATES + 1).text.startswith("Unstable")
    assert told(UNSTABLE, marker=300).text.startswith("Unstable")


def test_a_run_becomes_unstable():
    run = begin({"loss": "mse", "optimizer": {"kind": "sgd", "learning_rate": 0.05}})
    run.advance(300)
    apply(run, Change("optimizer.learning_rate", 1.5))
    texts = set()
    for _ in range(60):
        run.advance(10)
        texts.add(narrate(run).text.split(":")[0])
    assert texts & {"Unstable", "Stopped before update"} or any(text.startswith("Stopped") for text in texts)


def test_slow_progress_quotes_share_updates_and_loss(told):
    sentence = told(curve=((0, 1.0), (500, 0.402), (1000, 0.4)))
    assert sentence.text == "Slow progress: the training loss fell by 0.5 % in 500 updates and is 0.4."
    assert sentence.mood == "plain"


@pytest.mark.parametrize(("before", "after"), [(0.41, 0.4), (0.4, 0.41), (0.0, 0.0)])
def test_a_loss_that_moves_is_not_slow(told, before, after):
    assert not told(curve=((0, 1.0), (500, before), (1000, after))).text.startswith("Slow")


def test_slow_is_said_only_some_time_after_a_change(told):
    curve = ((0, 1.0), (500, 0.402), (1000, 0.4))
    assert not told(curve=curve, marker=1001 - SLOW_UPDATES).text.startswith("Slow")
    assert told(curve=curve, marker=1000 - SLOW_UPDATES).text.startswith("Slow")


def test_a_run_that_has_come_down_becomes_slow():
    run = begin({"optimizer": {"kind": "adam", "learning_rate": 0.01}, "training.batch_size": 24})
    run.advance(200)
    apply(run, Change("optimizer.learning_rate", 1e-6))
    run.advance(600)
    assert narrate(run).text.startswith("Slow progress: the training loss fell by 0.")


def test_a_divergence_says_where_and_why():
    run = begin({"loss": "mse", "network.layers": [], "optimizer": {"kind": "sgd", "learning_rate": 1e6}})
    run.advance(100)
    sentence = narrate(run)
    step = run.state.step
    assert sentence.mood == "trouble"
    assert sentence.text.startswith(f"Stopped before update {step + 1:,}: ")
    assert ", first in layer output. The weights before it are kept;" in sentence.text
    apply(run, Change("optimizer.learning_rate", 0.001))
    assert not narrate(run).text.startswith("Stopped")


def test_a_search_that_finds_nothing_lower_stands_still_and_quotes_loss_and_evaluations():
    run = begin({"problem": {"kind": "parabola"}} | suited("conjugate_gradient"))
    run.advance(1)
    assert "Standing" not in narrate(run).text
    run.advance(10)
    text = narrate(run).text
    assert text.startswith("Standing still: the search finds no lower loss than 0 ")
    assert f"{run.state.evaluations:,} gradient evaluations" in text


@pytest.mark.parametrize("optimizer", CATALOGUE.optimizers)
@pytest.mark.parametrize("rate", [1e-6, 0.1, 1e6])
def test_every_sentence_quotes_a_number_and_claims_neither_cause_nor_minimum(optimizer, rate):
    run = begin({"loss": "mse"} | suited(optimizer, learning_rate=rate, sigma=rate))
    for updates in (1, 5, 100, 700):
        for sentence in (narrate(run), _after(run, updates)):
            assert re.search(r"\d", sentence.text)
            assert sentence.text.endswith(".")
            assert not any(word in sentence.text.lower() for word in FORBIDDEN)
    apply(run, Nudge(0.1, 1))
    assert re.search(r"\d", narrate(run).text)


def _after(run, updates):
    run.advance(updates)
    return narrate(run)
