"""The verdicts of lessons 11, 12 and 14 come from the narrator's rules, and what trains well gets none."""

import re

import pytest

from gdexplorer.lab.commands import Change, Reinitialize
from tests.lab.told import ALARMS, seen, told
from tests.lessons import test_l11, test_l12, test_l14
from tests.lessons.walk import do, seeds


def factor(text: str) -> float:
    """Return the number that a verdict on δ quotes."""
    found = re.search(r"by a factor of ([\d.]+) with each layer back", text)
    assert found, text
    return float(found[1])


@pytest.mark.parametrize("seed", seeds(10))
def test_sigmoids_vanish_and_rectifiers_do_not(seed):
    session = test_l11.lesson(seed)
    said = told(session)
    assert (said.rule, said.mood, said.panel) == ("vanishing", "warning", "gradients")
    assert 0.18 < factor(said.text) < 0.26
    assert factor(said.text) == pytest.approx(seen(session).profile.factor, rel=5e-3)
    assert told(session, 60).rule == "vanishing"
    test_l11.rectify(session, seed)
    assert told(session).mood not in ALARMS


@pytest.mark.parametrize("seed", seeds(10))
def test_unit_variance_explodes_and_he_and_batch_norm_do_not(seed):
    session = test_l12.lesson(seed)
    said = told(session)
    assert (said.rule, said.mood, said.panel) == ("exploding", "warning", "gradients")
    assert 2.5 < factor(said.text) < 3.6
    do(session, Change("network.normalization", "batch_norm"), Reinitialize("network", seed))
    assert told(session).mood not in ALARMS
    do(session, Change("network.normalization", "none"), Change("network.initializer", "he_normal"),
       Reinitialize("network", seed))  # fmt: skip
    assert told(session).mood not in ALARMS


@pytest.mark.parametrize("seed", seeds(10))
def test_one_epoch_of_huge_steps_kills_and_what_went_before_does_not(seed):
    session = test_l14.lesson(seed, "relu", [32, 32], "sgd", 0.1)
    for _ in range(4):
        assert told(session, 5 * test_l14.EPOCH).mood not in ALARMS
    do(session, Change("optimizer.learning_rate", 10.0))
    for updates, rate in ((test_l14.EPOCH, 0.1), (60 * test_l14.EPOCH, 0.1)):
        said = told(session, updates)
        assert (said.rule, said.mood, said.panel) == ("dead", "warning", "activations")
        dead, units, percent = map(float, re.findall(r"([\d.]+) of (\d+) units in h\d \(([\d.]+) %\)", said.text)[0])
        assert percent == pytest.approx(100 * dead / units, rel=5e-3)
        assert percent >= 80
        assert seen(session).layers[1].dead == test_l14.dead(session.run, "h2").sum() > 0.8 * 32
        do(session, Change("optimizer.learning_rate", rate))
