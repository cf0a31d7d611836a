"""A series over the updates, as far as it was measured."""

import numpy as np

from gdexplorer.arrays import Array, frozen

MOST = 4096  # rows; from there every second one is dropped


class Rolling:
    """Rows of a step and numbers; a row of NaN after its step where nobody looked for a while."""

    def __init__(self, numbers: int = 1) -> None:
        self._rows: list[tuple[float, ...]] = []
        self._gap = (np.nan,) * numbers

    def add(self, step: int, *numbers: float) -> Array:
        """Put a row at the end, in place of those that are not before it; return all rows (n, 1 + numbers)."""
        while self._rows and self._rows[-1][0] >= step:
            self._rows.pop()
        self._rows.append((step, *numbers))
        if len(self._rows) > MOST:
            self._rows = [row for k, row in enumerate(self._rows) if k % 2 == 0 or row[1:] == self._gap]
        return frozen(np.array(self._rows))

    def pause(self) -> None:
        """Leave a gap, if there is none at the end."""
        if self._rows and not np.isnan(self._rows[-1][1]):
            self._rows.append((self._rows[-1][0], *self._gap))
