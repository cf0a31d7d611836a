"""What a data set is, and how one is drawn, shuffled and split."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from gdexplorer.arrays import Array, IntArray, frozen

Task: TypeAlias = Literal["regression", "binary", "classes"]
Domain: TypeAlias = tuple[tuple[float, float], ...]
Make: TypeAlias = Callable[[int, float, np.random.Generator, np.random.Generator], tuple[Array, Array]]
Places: TypeAlias = Callable[[int, np.random.Generator], IntArray]
Beyond: TypeAlias = Callable[[int, np.random.Generator], Array]

SMALLEST = 4
POINTS, NOISE, SPLIT = range(3)


@dataclass(frozen=True, slots=True)
class Dataset:
    """One split, read-only.

    Attributes
    ----------
    x : Array, shape (n, d)
        Raw inputs, before features, float64.
    y : Array, shape (n,)
        The value of a regression or the class index 0 … classes − 1, float64.
    boxes : IntArray, shape (n, 4), or None
        Where in its image each example has what it is named for: top, bottom, left and right, in pixels, so that this
        is ``image[:, top:bottom, left:right]``. None where that is not known.
    beyond : Array, shape (n, K), or None
        What follows the target, without noise, where that is the next value of a sequence of single values.
    """

    x: Array
    y: Array
    boxes: IntArray | None = None
    beyond: Array | None = None


@dataclass(frozen=True, slots=True)
class Data:
    """A training and a test split and what they have in common.

    Attributes
    ----------
    classes : int
        0 for a regression, 2 for a binary task.
    inputs : tuple of str
        A name for each of the d raw inputs.
    domain : tuple of (float, float)
        The viewing range of each raw input; noise may put points beyond it.
    shape : tuple of int
        How the d raw inputs are laid out in a row of x, last axis fastest: (channels, height, width) for images, (T, F)
        for sequences, all F features of a step together; empty where they are plain features.
    labels : tuple of str
        A name for each class; empty where they have none.
    """

    train: Dataset
    test: Dataset
    task: Task
    classes: int
    inputs: tuple[str, ...]
    domain: Domain
    shape: tuple[int, ...] = ()
    labels: tuple[str, ...] = ()

    def split(self, name: Literal["train", "test"]) -> Dataset:
        """Return a split by its name."""
        return self.train if name == "train" else self.test


@dataclass(frozen=True, slots=True)
class Source:
    """A record of one kind of data.

    Attributes
    ----------
    amount, noise : int, float
        Defaults for the number of examples (train and test together) and the noise level.
    limit : int or None
        The number of examples there are, None where they are generated.
    make : callable
        ``make(n, noise, points, jitter)`` returns x (n, d) and y (n,) in float64. Noise is drawn from the generator
        `jitter` alone, and as much of it at every level, so that the data move continuously with the level.
    noise_limit : float
        The highest noise level, in the unit of `noise`.
    shape, labels : tuple of int, tuple of str
        As in `Data`.
    reserved : int
        How many of the `limit` examples are kept for testing: the last ones that ``make(limit, …)`` returns.
    boxes : callable or None
        ``boxes(n, points)`` returns the boxes of the examples that `make` draws from a generator in the same state.
    beyond : callable or None
        ``beyond(n, points)``, likewise, returns what follows their targets.
    steady : bool
        Whether examples keep their order when others are added, so that all but one or two stay in their split.
    """

    name: str
    label: str
    help: str
    task: Task
    classes: int
    inputs: tuple[str, ...]
    domain: Domain
    amount: int
    noise: float
    limit: int | None
    make: Make
    noise_limit: float = 1.0
    shape: tuple[int, ...] = ()
    labels: tuple[str, ...] = ()
    reserved: int = 0
    boxes: Places | None = None
    steady: bool = False
    beyond: Beyond | None = None


def load(source: Source, amount: int, noise: float, train_share: float, seed: int) -> Data:
    """Draw `amount` examples, shuffle them and cut off the training split.

    Points, noise and order have generators of their own: with the same seed, another noise level moves the same
    points within their splits, and another share moves the cut through the same order.

    A source that keeps examples for testing is made whole and shuffled in two parts, the kept ones last; training is
    the order's beginning and testing its end. So training has a kept example only if it asks for more than there are
    others, and testing one of the others only if it asks for more than are kept.

    Parameters
    ----------
    amount : int
        Examples in both splits together.
    noise : float
        Noise level, in the unit that the source documents.
    train_share : float
        Part of the examples that is for training; the number is rounded.
    seed : int
        Not negative. The same seed always gives the same arrays.

    Raises
    ------
    ValueError
        If a number is out of bounds or a split would be empty.
    """
    cut = _checked_cut(source, amount, noise, train_share, seed)
    n = source.limit if source.reserved and source.limit else amount
    x, y = source.make(n, noise, _generator(seed, POINTS), _generator(seed, NOISE))
    boxes = source.boxes(n, _generator(seed, POINTS)) if source.boxes else None
    beyond = source.beyond(n, _generator(seed, POINTS)) if source.beyond else None

    def split(rows: IntArray) -> Dataset:
        places = None if boxes is None else boxes[rows]
        if places is not None:
            places.setflags(write=False)
        return Dataset(frozen(x[rows]), frozen(y[rows]), places, None if beyond is None else frozen(beyond[rows]))

    generator = _generator(seed, SPLIT)
    first = n - source.reserved
    if source.steady:
        order = generator.random(n).argsort(kind="stable")
    else:
        order = np.concatenate([generator.permutation(first), first + generator.permutation(source.reserved)])
    train, test = split(order[:cut]), split(order[n - (amount - cut) :])
    return Data(
        train, test, source.task, source.classes, source.inputs, source.domain, source.shape, source.labels
    )  # fmt: skip


def _generator(seed: int, stream: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, stream])))


def _checked_cut(source: Source, amount: int, noise: float, train_share: float, seed: int) -> int:
    """Refuse what cannot be drawn; return the size of the training split."""
    name = f"Data set '{source.name}'"
    if amount < SMALLEST:
        raise ValueError(f"{name}: {amount} examples are too few; ask for at least {SMALLEST}.")
    if source.limit is not None and amount > source.limit:
        raise ValueError(f"{name} has {source.limit} examples, not {amount}; ask for {source.limit} or fewer.")
    if not 0 <= noise <= source.noise_limit:
        raise ValueError(f"{name}: a noise of {noise:g} is out of bounds; choose 0 to {source.noise_limit:g}.")
    if seed < 0:
        raise ValueError(f"{name}: the seed {seed} is negative; choose 0 or more.")
    cut = round(amount * train_share) if math.isfinite(train_share) else 0
    if not 0 < cut < amount:
        raise ValueError(
            f"{name}: a training share of {train_share:g} leaves no example for training or none for testing;"
            " choose one between 0 and 1."
        )
    return cut
