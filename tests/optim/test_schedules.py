from math import cos, isclose, pi
from pathlib import Path

import numpy as np
import pytest

from gdexplorer.fields import describe
from gdexplorer.optim import RULES
from gdexplorer.optim.schedules import SCHEDULES
from tests.over_rows import over_rows

RATE = 0.4  # of the fixture
SCHEDULE = {schedule.name: schedule for schedule in SCHEDULES}
with np.load(Path(__file__).parents[1] / "fixtures" / "schedules.npz") as file:
    PYTORCH = {name: file[name] for name in file.files}
KNOBS = {
    "step": {"every": 30, "gamma": 0.5},
    "exponential": {"gamma": 0.7},
    "cosine": {"length": 200, "floor": 0.1},
    "warmup": {"warmup": 40, "start": 0.1},
    "warmup_cosine": {"warmup": 40, "start": 0.1, "length": 200, "floor": 0.1},
    # OneCycleLR's first phase ends at pct_start·total − 1 = 60, its second at total − 1 = 260
    "one_cycle": {"length": 260, "up": 60 / 260, "start": 1 / 25, "floor": 1 / 100},
}
CLOSED = {
    ("constant", 12_345): 1.0, ("plateau", 12_345): 1.0,
    ("step", 29): 1.0, ("step", 30): 0.5, ("step", 89): 0.25, ("step", 300): 0.5**10,
    ("exponential", 0): 1.0, ("exponential", 100): 0.7, ("exponential", 250): 0.7**2.5,
    ("cosine", 0): 1.0, ("cosine", 50): 0.1 + 0.9 * (1 + cos(pi / 4)) / 2, ("cosine", 100): 0.55,
    ("cosine", 200): 0.1, ("cosine", 10**9): 0.1,
    ("warmup", 0): 0.1, ("warmup", 20): 0.55, ("warmup", 40): 1.0, ("warmup", 10**9): 1.0,
    ("warmup_cosine", 20): 0.55, ("warmup_cosine", 40): 1.0, ("warmup_cosine", 120): 0.55,
    ("warmup_cosine", 200): 0.1, ("warmup_cosine", 10**9): 0.1,
    ("one_cycle", 0): 0.04, ("one_cycle", 30): 0.52, ("one_cycle", 60): 1.0, ("one_cycle", 160): 0.505,
    ("one_cycle", 260): 0.01, ("one_cycle", 10**9): 0.01,
}  # fmt: skip


def made(name):
    return SCHEDULE[name], SCHEDULE[name].Knobs(**KNOBS.get(name, {}))


def test_every_schedule_is_in_the_tables_here():
    assert {name for name, _ in CLOSED} == set(SCHEDULE)
    assert set(KNOBS) == set(SCHEDULE) - {"constant", "plateau"}
    assert [name for name, schedule in SCHEDULE.items() if schedule.listens] == ["plateau"]


@over_rows(("name", "step"), CLOSED)
def test_factors_are_those_on_paper(name, step):
    schedule, knobs = made(name)
    assert isclose(schedule.factor(knobs, step), CLOSED[name, step], rel_tol=1e-12)


@pytest.mark.parametrize("name", KNOBS)
def test_rates_are_those_of_pytorch(name):
    schedule, knobs = made(name)
    expected = PYTORCH[name]
    found = [RATE * schedule.factor(knobs, step) for step in range(len(expected))]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
    assert np.ptp(expected) > 0.1


def corners():
    for schedule in SCHEDULES:
        ranges = {
            d.name: (1e-12 if d.name == "gamma" else d.low, d.high)
            for d in describe(schedule.Knobs)
            if d.low is not None
        }
        for low in (0, 1):
            yield schedule, schedule.Knobs(**{name: ends[low] for name, ends in ranges.items()})
            for name, ends in ranges.items():
                yield schedule, schedule.Knobs(**{name: ends[low]})


@over_rows(("schedule", "knobs"), list(corners()), ids=lambda one: getattr(one, "name", repr(one)))
def test_factors_stay_between_zero_and_one_whatever_the_knobs(schedule, knobs):
    steps = [0, 1, 2, 99, 4999, 5000, 10**7 - 1, 10**7, 10**9, 2**53]
    factors = [schedule.factor(knobs, step) for step in steps]
    assert all(type(factor) is float and 0 <= factor <= 1 for factor in factors)
    assert factors == [schedule.factor(knobs, step) for step in steps]
    assert (schedule.horizon(knobs) > 0) == (schedule.name in KNOBS)


@over_rows("dtype", [np.float32, np.float64])
@over_rows("rate", [0.0, 0.0123, 3.0])
@over_rows("rule", RULES, ids=lambda rule: rule.name)
def test_a_pace_is_a_tuning_of_the_learning_rate_alone(rule, rate, dtype, rng):
    knobs = rule.Knobs()
    mask = np.arange(6) % 2.0
    slots = rule.init(6, np.dtype(dtype), knobs, mask)
    theta, out = rng.normal(size=6).astype(dtype), np.empty(6, dtype)
    for _ in range(3):
        slots.gradient[:] = rng.normal(size=6)
        rule.propose(theta, slots, out)
    twin, other = slots.copy(), out.copy()
    rule.tune(twin, knobs.model_copy(update={"learning_rate": rate}))
    rule.pace(slots, knobs, rate)
    for _ in range(2):
        slots.gradient[:] = twin.gradient[:] = rng.normal(size=6)
        rule.propose(theta, slots, out)
        rule.propose(theta, twin, other)
        assert out.tobytes() == other.tobytes()
    assert slots.numbers == twin.numbers
