"""Many descents at once against runs of their own."""

from typing import Any

import numpy as np
import pytest

from gdexplorer.lab.catalogue import standard
from gdexplorer.lab.descents import descend, search
from gdexplorer.lab.experiment import validated
from gdexplorer.lab.run import Run
from gdexplorer.optim import Rule
from tests.over_rows import over_rows

CATALOGUE = standard()
STARTS = np.array([(1.0, -1.0), (0.0, -4.0), (-3.0, 2.5), (5.0, 5.0)])
RATES = {"adadelta": 1.0, "adagrad": 1.0, "nadam": 0.1, "adam": 0.1, "adamw": 0.1, "rmsprop": 0.05, "ascent": 1e-4}


def run(kind: str, start: Any = (1.0, -1.0), problem: str = "himmelblau", noise: float = 0.0, **knobs: Any) -> Run:
    x, y = start
    values = {"problem": {"kind": problem, "x": x, "y": y, "noise": noise}, "optimizer": {"kind": kind, **knobs}}
    return Run(validated(values, CATALOGUE), CATALOGUE)


@over_rows("noise", [0.0, 2.0])
@over_rows("kind", [k for k, rule in CATALOGUE.optimizers.items() if isinstance(rule, Rule)])
def test_each_start_goes_as_a_run_from_there(kind: str, noise: float) -> None:
    knobs = {"learning_rate": RATES.get(kind, 0.002)}
    made = run(kind, noise=noise, **knobs)
    ends, _ = descend(made.objective, made.rule, made.state.experiment.optimizer, STARTS, 20, 7)  # type: ignore[arg-type]
    for start, end in zip(STARTS, ends, strict=True):
        alone = run(kind, start, noise=noise, **knobs)
        alone.advance(20)
        np.testing.assert_allclose(end, alone.state.theta, rtol=1e-9)


@pytest.mark.parametrize("kind", ["conjugate_gradient", "lbfgs", "newton", "random_search"])
def test_a_search_goes_as_a_run_from_there(kind: str) -> None:
    made = run(kind)
    ends, moved = search(made.objective, made.rule, made.state.experiment.optimizer, STARTS, 30)  # type: ignore[arg-type]
    for start, end in zip(STARTS, ends, strict=True):
        alone = run(kind, start)
        alone.advance(30)
        np.testing.assert_allclose(end, alone.state.theta, atol=1e-7)
    assert (moved == 0).all() == (kind != "random_search")


def test_who_rests_is_known_and_who_diverges() -> None:
    made = run("sgd", learning_rate=0.01)
    starts = np.array([(3.0, 2.0), (1.0, -1.0), (40.0, 40.0)])
    ends, moved = descend(made.objective, made.rule, made.state.experiment.optimizer, starts, 100, 7)  # type: ignore[arg-type]
    assert moved[0] == 0
    assert 0 < moved[1] < 1e-4
    assert not np.isfinite(ends[2]).all()
