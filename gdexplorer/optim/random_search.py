"""Random search: could one learn without gradients? (Rastrigin 1963; an evolution strategy with one parent)."""

from math import isfinite
from typing import Any, Literal

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.fields import Settings, knob
from gdexplorer.optim.search import Landscape, Search
from gdexplorer.optim.slots import Slots, allocate


class RandomSearchKnobs(Settings):
    """Knobs of random search."""

    kind: Literal["random_search"] = "random_search"
    sigma: float = knob(
        0.1,
        "step size",
        "Standard deviation σ of each number of a random step: d ~ N(0, σ²I), about σ√P long.",
        symbol="σ",
        log=True,
        gt=0,
        le=1e6,
        slider=(1e-4, 10),
    )
    tries: int = knob(
        1,
        "tries",
        "Number of random steps drawn at each update, of which the best is taken if it lowers the loss.",
        ge=1,
        le=1000,
        slider=(1, 50),
    )
    seed: int = knob(
        0, "seed of steps", "Which sequence of random steps is drawn.", ge=0, le=2**32 - 1, slider=(0, 100), more=True
    )


def _init(size: int, dtype: "np.dtype[Any]", knobs: RandomSearchKnobs, mask: Array | None) -> Slots:
    slots = allocate(size, dtype, (), ())
    slots.numbers["drawn"] = 0
    slots.scratch["trial"] = np.zeros(size, dtype)
    _tune(slots, knobs)
    return slots


def _tune(slots: Slots, knobs: RandomSearchKnobs) -> None:
    slots.numbers.update(sigma=knobs.sigma, tries=knobs.tries, seed=knobs.seed)


def _propose(ask: Landscape, theta: Array, slots: Slots, out: Array) -> int:
    """Evaluate θ anew, for the batch may be another, and then each try."""
    numbers, trial = slots.numbers, slots.scratch["trial"]
    tries, seed = int(numbers["tries"]), int(numbers["seed"])
    with np.errstate(all="ignore"):
        out[:] = theta
        best = ask.value(out)
        if not isfinite(best):
            out.fill(np.nan)
            return 1
        for _ in range(tries):
            # a generator for each draw, so that a count is all there is to save
            draw = np.random.default_rng([seed, int(numbers["drawn"])]).standard_normal(theta.size)
            numbers["drawn"] += 1
            np.multiply(draw, numbers["sigma"], trial, casting="same_kind")
            np.add(theta, trial, trial)
            value = ask.value(trial)
            if isfinite(value) and value < best:
                best = value
                out[:] = trial
    return 1 + tries


RANDOM_SEARCH = Search(
    name="random_search",
    label="random search",
    formula="d ~ N(0, σ²I)\nθ ← θ + d  if L(θ + d) < L(θ)",
    help="Tries random steps and takes those that lower the loss on the same batch; it needs no gradient, and more "
    "evaluations the more parameters there are.",
    Knobs=RandomSearchKnobs,
    init=_init,
    tune=_tune,
    propose=_propose,
    deterministic=False,
)
