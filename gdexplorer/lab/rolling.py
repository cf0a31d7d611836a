"""A series over the updates, as far as it was measured."""

from bisect import bisect_left

import numpy as np

from gdexplorer.arrays import Array, frozen

MOST = 4096  # rows; from there every second one is dropped


class Rolling:
    """Rows of a step and numbers; a row of NaN after its step where nobody looked for a while."""

    def __init__(self, numbers: int = 1) -> None:
        self._rows: list[tuple[float, ...]] = []
        self._gap = (np.nan,) * numbers
        self._newest = -1.0  # step of the row that was put last, −1 where nobody looked since

    def add(self, step: int, *numbers: float) -> Array:
        """Put a row at its place, instead of one of the same step; return all rows (n, 1 + numbers).

        One from the past among later ones is joined with neighbors only if somebody looked all the time between.
        """
        rows, row = self._rows, (float(step), *numbers)
        k = bisect_left(rows, row[0], key=lambda own: own[0])
        if k < len(rows) and rows[k][0] == step:
            rows[k : k + 1 + (k + 2 == len(rows) and self._is_gap(rows[-1]))] = [row]  # somebody looks again
        elif k == len(rows):
            rows.append(row)
        elif not k or not self._is_gap(rows[k - 1]):
            rows[k:k] = [row] if k else [row, (row[0], *self._gap)]
        elif rows[k - 1][0] == self._newest:  # from there it came here
            rows[k - 1 : k] = [row, (row[0], *self._gap)]
        else:
            rows[k:k] = [row, (row[0], *self._gap)]
        self._newest = row[0]
        if len(rows) > MOST:
            self._thin()
        return frozen(np.array(self._rows))

    def _thin(self) -> None:
        """Keep every second row, the first and the last among them, and one of the gaps between two that are kept."""
        kept, count = list[tuple[float, ...]](), 0
        for row in self._rows:
            if self._is_gap(row):
                kept += [] if self._is_gap(kept[-1]) else [row]
                continue
            if count % 2 == 0 or row is self._rows[-1]:
                kept.append(row)
            count += 1
        self._rows = kept

    @staticmethod
    def _is_gap(row: tuple[float, ...]) -> bool:
        return bool(np.isnan(row[1]))

    def pause(self) -> None:
        """Leave a gap, if there is none at the end."""
        self._newest = -1.0
        if self._rows and not self._is_gap(self._rows[-1]):
            self._rows.append((self._rows[-1][0], *self._gap))
