"""What is told of an optimizer's step; whole runs are in tests/lab/test_walks.py."""

import numpy as np
import pytest

from gdexplorer.optim import RULES
from gdexplorer.optim.arithmetic import ARITHMETIC, STEP, Moment, remembered
from tests.over_rows import over_rows

BY_NAME = {rule.name: rule for rule in RULES}


def moment(name, gradients, index=2, corrected=True):
    """The last of several steps from θ = 1."""
    rule = BY_NAME[name]
    slots, theta, out = rule.init(4, np.dtype(float), rule.Knobs(), None), np.ones(4), np.empty(4)
    for gradient in gradients:
        before = slots.copy()
        slots.gradient[:] = gradient
        rule.propose(theta, slots, out)
        was, theta = theta, out.copy()
    return Moment(before, slots, index, gradients[-1], float(was[index]), corrected), theta[index]


def test_every_rule_tells_its_own():
    assert set(ARITHMETIC) == set(BY_NAME)


@over_rows("name", BY_NAME)
@over_rows("gradients", [[0.3], [0.3, -0.7, 2.0], [0.0, 0.0]])
def test_it_ends_with_the_step(name, gradients):
    at, after = moment(name, gradients)
    told = ARITHMETIC[name](at)
    assert told[-1].symbol == STEP
    assert at.theta + told[-1].value == pytest.approx(after, rel=1e-13)


def test_by_hand():
    at, _ = moment("momentum", [0.3, -0.7])
    told = {one.symbol: one.value for one in ARITHMETIC["momentum"](at)}
    assert told == pytest.approx({"b before": 0.3, "μ": 0.9, "b": 0.9 * 0.3 - 0.7, "η": 0.01, "Δθ": 0.0043}, rel=1e-12)
    at, _ = moment("adagrad", [0.3, 0.4])
    told = {one.symbol: one.value for one in ARITHMETIC["adagrad"](at)}
    assert told["s before"] == pytest.approx(0.09)
    assert told["s"] == pytest.approx(0.25)
    assert told["Δθ"] == pytest.approx(-0.01 * 0.4 / 0.5)


def test_a_rule_that_nobody_told_of_shows_what_it_remembers():
    at, _ = moment("momentum", [0.3, -0.7])
    assert [(one.symbol, one.value) for one in remembered(at)] == [("b before", 0.3), ("b", pytest.approx(-0.43))]
