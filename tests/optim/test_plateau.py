"""Reducing on a plateau: against PyTorch, and against a slow reading of the definition."""

from math import inf, nan
from pathlib import Path

import numpy as np
import pytest

from gdexplorer.optim.plateau import Plateau, PlateauKnobs, Watch
from tests.over_rows import over_rows

RATE = 0.4  # of the fixture
with np.load(Path(__file__).parents[1] / "fixtures" / "schedules.npz") as file:
    PYTORCH = {name: file[name] for name in file.files}


@pytest.mark.parametrize(
    ("name", "every", "knobs"),
    [("plateau", 1, {"gamma": 0.5, "patience": 10, "threshold": 1e-4}),
     ("plateau_rough", 4, {"gamma": 0.3, "patience": 4 * 3, "threshold": 0.05, "floor": 0.05})],
)  # fmt: skip
def test_rates_are_those_of_pytorch(name, every, knobs):
    """A patience of p of its steps is one of p times as many updates as lie between them."""
    plateau, rates = Plateau(), []
    for step, loss in enumerate(PYTORCH["losses"], 1):
        if step % every == 0:
            plateau.listen(float(loss), step, PlateauKnobs(**knobs))
        rates.append(RATE * plateau.factor)
    np.testing.assert_allclose(rates, PYTORCH[name], rtol=1e-12)
    assert len(set(rates)) > 3


def bests(heard, threshold):
    """Steps and losses of those that were the best by more than the threshold when they came."""
    found = []
    for step, loss in heard:
        if loss < inf and (not found or loss < found[-1][1] - threshold * abs(found[-1][1])):
            found.append((step, loss))
    return found


def slow(heard, knobs):
    """The steps at which η is cut, each found by going through all losses before it."""
    cuts = []
    for number, (step, _) in enumerate(heard, 1):
        known = [at for at, _ in bests(heard[:number], knobs.threshold)] + cuts or [0]
        if step - max(known) > knobs.patience:
            cuts.append(step)
    return cuts


@over_rows("seed", range(12))
def test_cuts_are_where_the_definition_has_them(seed):
    rng = np.random.default_rng(seed)
    steps = np.cumsum(rng.choice([1, 2, 4, 16], 300))
    losses = np.exp(-np.arange(300) / 60) + 0.1 * rng.normal(size=300) - (0.5 if seed % 3 == 0 else 0)
    losses[rng.integers(300, size=5)] = rng.choice([nan, inf], 5)
    knobs = PlateauKnobs(gamma=0.7, patience=int(rng.integers(3, 60)), threshold=float(rng.choice([0, 1e-4, 0.1])))
    heard, plateau = list(zip(steps.tolist(), losses.tolist(), strict=True)), Plateau()
    cuts = [step for step, loss in heard if plateau.listen(loss, step, knobs)]
    assert cuts == slow(heard, knobs)
    assert len(cuts) > 2
    assert plateau.factor == pytest.approx(0.7 ** len(cuts), rel=1e-12)
    assert (plateau.at, plateau.best) == bests(heard, knobs.threshold)[-1]


def test_hearing_of_an_update_twice_changes_nothing():
    knobs, once, twice = PlateauKnobs(patience=2), Plateau(), Plateau()
    for step, loss in enumerate([3, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1.5], 1):
        once.listen(loss, step, knobs)
        for _ in range(2):
            twice.listen(loss, step, knobs)
        assert once == twice
    assert once.factor == 0.25


@pytest.mark.parametrize("loss", [nan, inf, -0.9999, -1.0, -1.00009])
def test_what_is_not_lower_by_the_threshold_is_not_lower(loss):
    watch = Watch()
    assert watch.hears(-1.0, 5, 1e-4)
    assert not watch.hears(loss, 6, 1e-4)
    assert (watch.best, watch.at, watch.since) == (-1.0, 5, 5)
    assert watch.hears(-1.00011, 7, 1e-4)


@pytest.mark.parametrize(("floor", "factors"), [(0.0, [0.1, 0.01]), (0.3, [0.3, 0.3]), (1.0, [1.0, 1.0])])
def test_cuts_end_at_the_floor_and_those_that_do_nothing_are_none(floor, factors):
    plateau, knobs = Plateau(best=1.0), PlateauKnobs(gamma=0.1, patience=9, floor=floor)
    for cut, factor in enumerate(factors, 1):
        before = plateau.factor
        assert plateau.listen(1.0, 10 * cut, knobs) == (factor < before)
        assert plateau.factor == pytest.approx(factor)


def test_a_floor_that_is_raised_raises_no_rate():
    plateau = Plateau(best=1.0, factor=0.01)
    assert not plateau.listen(1.0, 1000, PlateauKnobs(floor=0.5))
    assert plateau.factor == 0.01


def test_what_begins_anew_waits_for_other_losses_and_keeps_its_cuts():
    plateau = Plateau(best=0.1, at=3, since=4, factor=0.5)
    plateau.begin_anew(40)
    assert plateau == Plateau(inf, 40, 40, 0.5)
    assert not plateau.listen(7.0, 41, PlateauKnobs(patience=1))
    assert plateau.best == 7.0
