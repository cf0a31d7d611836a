"""Where each layer's numbers live in the one flat parameter vector θ.

A block of weights is (n_out, n_in + 1) with the bias in the last column, so that a row of ones under the
inputs makes the bias a weight like any other. The state outside θ, running statistics, has a layout of its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import Literal

import numpy as np

from gdexplorer.arrays import Array, BoolArray

Role = Literal["weight", "bias"]
Content = Literal["affine", "weights", "norm"]


@dataclass(frozen=True, slots=True)
class Block:
    """One layer's slice of θ, or of the state outside it.

    Its content is "affine", weights with the bias as the last column; "weights" alone; or "norm", a scale and a shift
    for each unit, which count as biases where biases are spared.
    """

    id: str
    start: int
    shape: tuple[int, int]  # (n_out, n_in + 1)
    content: Content = "affine"

    @property
    def stop(self) -> int:
        """Index behind the block's last number."""
        return self.start + prod(self.shape)


@dataclass(frozen=True)
class Layout:
    """The blocks of θ in order, and views of them by layer id and role."""

    blocks: tuple[Block, ...]

    @classmethod
    def of(cls, blocks: Iterable[Block]) -> "Layout":
        """Lay out blocks one behind the other, wherever they begin."""
        placed: list[Block] = []
        for block in blocks:
            placed.append(replace(block, start=placed[-1].stop if placed else 0))
        return cls(tuple(placed))

    def views(self, theta: Array) -> dict[str, Array]:
        """Views of all blocks by id."""
        return {block.id: self.block(theta, block.id) for block in self.blocks}

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
        """View of a block's weights (n_out, n_in), (…, 0) if it has none, or of its other numbers (n_out, …)."""
        block, content = self.block(theta, id), self.by_id[id].content
        if content == "affine":
            return block[..., :-1] if role == "weight" else block[..., -1]
        return block if (role == "weight") == (content == "weights") else block[..., :0]

    @cached_property
    def weights(self) -> BoolArray:
        """Mask over θ: true where a number is a weight, false where it is a bias, a scale or a shift."""
        mask = np.zeros(self.size, bool)
        for block in self.blocks:
            if block.content != "norm":
                own = mask[block.start : block.stop].reshape(block.shape)
                own[:, : block.shape[1] - (block.content == "affine")] = True
        return mask

    def name(self, index: int) -> str:
        """Return what a parameter is called: its layer, and the unit and the input that it joins, from 1."""
        block = next(block for block in self.blocks if block.start <= index < block.stop)
        row, column = divmod(index - block.start, block.shape[1])
        if block.content == "norm":
            return f"{block.id} {'γβ'[column]}[{row + 1}]"
        if block.content == "affine" and column == block.shape[1] - 1:
            return f"{block.id} b[{row + 1}]"
        return f"{block.id} w[{row + 1},{column + 1}]"
