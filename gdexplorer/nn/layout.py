"""Where each layer's numbers live in the one flat parameter vector θ.

A dense block is (n_out, n_in + 1) with the bias in the last column, so that a row of ones under the
inputs makes the bias a weight like any other.
"""

from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Literal

import numpy as np

from gdexplorer.arrays import Array, BoolArray

Role = Literal["weight", "bias"]


@dataclass(frozen=True, slots=True)
class Block:
    """One layer's slice of θ."""

    id: str
    start: int
    shape: tuple[int, int]  # (n_out, n_in + 1), bias last
    biased: bool = True  # false for a point, all of whose numbers are weights

    @property
    def stop(self) -> int:
        """Index behind the block's last number."""
        return self.start + prod(self.shape)


@dataclass(frozen=True)
class Layout:
    """The blocks of θ in order, and views of them by layer id and role."""

    blocks: tuple[Block, ...]

    @classmethod
    def of(cls, shapes: dict[str, tuple[int, int]]) -> "Layout":
        """Lay out blocks of these shapes one behind the other."""
        blocks, start = [], 0
        for id, shape in shapes.items():
            blocks.append(Block(id, start, shape))
            start += prod(shape)
        return cls(tuple(blocks))

    @property
    def size(self) -> int:
        """P, the length of θ."""
        return self.blocks[-1].stop if self.blocks else 0

    @cached_property
    def by_id(self) -> dict[str, Block]:
        """Blocks by layer id."""
        return {block.id: block for block in self.blocks}

    def block(self, theta: Array, id: str) -> Array:
        """View of a layer's block: (P,) to (n_out, n_in + 1), (G, P) to (G, n_out, n_in + 1)."""
        block = self.by_id[id]
        return theta[..., block.start : block.stop].reshape(*theta.shape[:-1], *block.shape)

    def view(self, theta: Array, id: str, role: Role) -> Array:
        """View of a layer's weights (n_out, n_in) or biases (n_out,)."""
        block, biased = self.block(theta, id), self.by_id[id].biased
        if not biased:
            return block if role == "weight" else block[..., :0].reshape(*block.shape[:-2], 0)
        return block[..., :-1] if role == "weight" else block[..., -1]

    @cached_property
    def weights(self) -> BoolArray:
        """Mask over θ: true where a number is a weight, false where it is a bias."""
        mask = np.zeros(self.size, bool)
        for block in self.blocks:
            mask[block.start : block.stop].reshape(block.shape)[:, : block.shape[1] - block.biased] = True
        return mask

    def name(self, index: int) -> str:
        """Return what a parameter is called: its layer, and the unit and the input that it joins, from 1."""
        block = next(block for block in self.blocks if block.start <= index < block.stop)
        row, column = divmod(index - block.start, block.shape[1])
        if block.biased and column == block.shape[1] - 1:
            return f"{block.id} b[{row + 1}]"
        return f"{block.id} w[{row + 1},{column + 1}]"
