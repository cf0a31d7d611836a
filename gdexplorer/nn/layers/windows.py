"""Square windows that slide over images: the columns that layers with a kernel work on, and the way back."""

from dataclasses import dataclass
from itertools import product

import numpy as np

from gdexplorer.arrays import Array, zeros
from gdexplorer.nn.layers.layer import Shape, Tape, one_of
from gdexplorer.nn.plan import Hole, Plan


def pictures(rows: Array, shape: Shape) -> Array:
    """Return a view (…, C, H, W, B) of rows (…, C·H·W, B)."""
    found = rows.reshape(*rows.shape[:-2], *shape, rows.shape[-1])
    assert np.may_share_memory(found, rows), "the plan needs a view, not a copy"
    return found


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows of size k × k, every `stride` pixels in both directions, over images with a border of `padding`."""

    size: int
    stride: int
    padding: int

    def outputs(self, inputs: Shape, kind: str) -> tuple[int, int]:
        """Return how many windows fit in a column and in a row, ⌊(H + 2p − k) / s⌋ + 1, as PyTorch counts.

        Raises
        ------
        ValueError
            One sentence, if there is no image, or not even one window fits.
        """
        _, height, width = one_of(inputs, 3, kind, "images")
        if min(height, width) + 2 * self.padding < self.size:
            raise ValueError(f"A {kind} layer of size {self.size} and padding {self.padding} is larger than its inputs "
                             f"of {height}×{width} pixels; make it smaller, or have fewer layers before it shrink the "
                             "image.")  # fmt: skip
        rows, columns = ((side + 2 * self.padding - self.size) // self.stride + 1 for side in (height, width))
        return rows, columns

    def over(self, image: Array) -> Array:
        """Return a view (…, C, k, k, rows, columns, B) of all windows in a padded image (…, C, H + 2p, W + 2p, B)."""
        k, s = self.size, self.stride
        found = np.lib.stride_tricks.sliding_window_view(image, (k, k), (-3, -2), writeable=True)
        return np.moveaxis(found[..., ::s, ::s, :, :, :], (-2, -1), (-5, -4))

    def image(self, plan: Plan, tape: Tape, edge: float = 0.0) -> Array:
        """Add what puts a layer's inputs into an image with a border of `edge`: (…, C, H + 2p, W + 2p, B)."""
        x, p = tape.x, self.padding
        if isinstance(x, Hole):
            own = zeros((tape.width + 1, tape.batch), plan.dtype)
            plan.add(np.copyto, own, x)
            x = own
        image = pictures(x[..., :-1, :], tape.inputs)
        if p == 0:
            return image
        *lead, height, width, batch = image.shape
        padded = np.full((*lead, height + 2 * p, width + 2 * p, batch), edge, plan.dtype)
        plan.add(np.copyto, padded[..., p:-p, p:-p, :], image)
        return padded

    def fold(self, plan: Plan, columns: Array, inputs: Shape, out: Array) -> None:
        """Add the sum of columns (…, C, k, k, rows, columns, B) where their windows lie: out (…, C·H·W, B)."""
        target, p = pictures(out, inputs), self.padding
        overlap, whole = self.stride < self.size, [side // self.stride * self.size for side in inputs[1:]]
        image = target
        if p or not (overlap or whole == list(inputs[1:])):
            channels, height, width = inputs  # an image of its own, whose zeros beyond the windows nobody overwrites
            image = plan.buffer(channels, height + 2 * p, width + 2 * p, out.shape[-1])
        windows = self.over(image)
        if overlap:
            plan.add(image.fill, 0.0)
            for i, j in product(range(self.size), repeat=2):
                pixels = windows[..., i, j, :, :, :]
                plan.add(np.add, pixels, columns[..., i, j, :, :, :], pixels)
        else:
            plan.add(np.copyto, windows, columns)
        if image is not target:
            plan.add(np.copyto, target, image[..., p : p + inputs[1], p : p + inputs[2], :])
