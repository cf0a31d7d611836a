"""Streams of randomness: one seed, a generator per purpose, and where the present epoch stands.

A new batch size or another dropout rate moves its own stream only, so that runs stay comparable.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gdexplorer.arrays import IntArray
from gdexplorer.objectives.batch import Batch, Portion

NAMES = ("initialization", "order", "dropout", "noise")


@dataclass(slots=True)
class Streams:
    """Generators by name, the epoch's permutation and the cursor in it."""

    generators: dict[str, np.random.Generator]
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
        return cls({name: np.random.Generator(np.random.PCG64(s)) for name, s in zip(NAMES, children, strict=True)})

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
            "generators": {name: g.bit_generator.state for name, g in self.generators.items()},
            "permutation": self.permutation.copy(),
            "cursor": self.cursor,
            "epoch": self.epoch,
        }

    @classmethod
    def restored(cls, state: dict[str, Any]) -> "Streams":
        """Return streams that continue where `state` was taken."""
        streams = cls.of(0)
        for name, value in state["generators"].items():
            streams.generators[name].bit_generator.state = value
        streams.permutation = state["permutation"].copy()
        streams.cursor, streams.epoch = state["cursor"], state["epoch"]
        return streams
