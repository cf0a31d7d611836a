"""Streams of randomness: one seed, a generator per purpose, and where the present epoch stands.

A new batch size or another dropout rate moves its own stream only, so that runs stay comparable.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gdexplorer.arrays import IntArray
from gdexplorer.objectives.batch import Batch, Portion

NAMES = ("initialization", "order", "dropout", "noise")
_ANY = np.random.SeedSequence(0)  # of generators that are given their state at once


class Generators(dict[str, np.random.Generator]):
    """Generators by name, each made when it is first drawn from: of a copy that is only kept, none is."""

    def __init__(self, states: Mapping[str, Mapping[str, Any]]) -> None:
        super().__init__()
        self._states = states

    def __missing__(self, name: str) -> np.random.Generator:
        made = self[name] = np.random.Generator(np.random.PCG64(_ANY))
        made.bit_generator.state = self._states[name]
        return made

    @property
    def states(self) -> dict[str, Mapping[str, Any]]:
        """What each bit generator is at."""
        return {name: self[name].bit_generator.state if name in self else kept for name, kept in self._states.items()}


@dataclass(slots=True)
class Streams:
    """Generators by name, the epoch's permutation and the cursor in it."""

    generators: Generators
    permutation: IntArray = field(default_factory=lambda: np.empty(0, np.intp))
    cursor: int = 0  # examples of the present epoch already used
    epoch: int = 0  # passes begun
    ready: list[Batch] = field(default_factory=list)  # scratch: batches from `cursor` on, of `owner`, the next one last
    owner: object = None
    buffers: Portion | None = None  # memory of `ready`

    @classmethod
    def of(cls, seed: int) -> "Streams":
        """Start all streams of a seed."""
        children = np.random.SeedSequence(seed).spawn(len(NAMES))
        states = {name: np.random.PCG64(child).state for name, child in zip(NAMES, children, strict=True)}
        return cls(Generators(states))

    def copy(self) -> "Streams":
        """Return an equal set that runs on its own."""
        return Streams.restored(self.state())

    def equals(self, other: "Streams") -> bool:
        """Whether both would draw the same from here on."""
        mine, theirs = self.state(), other.state()
        same = np.array_equal(mine.pop("permutation"), theirs.pop("permutation"))
        return same and mine == theirs

    def follow(self, other: "Streams") -> None:
        """Take the place that another set reached, from the same place as this, by drawing batches of examples."""
        if self.epoch != other.epoch:
            self.permutation = other.permutation
            self.generators["order"].bit_generator.state = other.generators["order"].bit_generator.state
        self.cursor, self.epoch = other.cursor, other.epoch
        self.owner = None  # what was made ready is used up

    def state(self) -> dict[str, Any]:
        """Return what `restored` needs, as plain values and one array."""
        return {
            "generators": self.generators.states,
            "permutation": self.permutation.copy(),
            "cursor": self.cursor,
            "epoch": self.epoch,
        }

    @classmethod
    def restored(cls, state: dict[str, Any]) -> "Streams":
        """Return streams that continue where `state` was taken."""
        return cls(Generators(state["generators"]), state["permutation"].copy(), state["cursor"], state["epoch"])
