"""Histograms of the latest update Δθ of every layer, and its length beside that of the parameters."""

from dataclasses import dataclass

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.probes.context import Context
from gdexplorer.probes.histogram import Distribution, by_block

NO_UPDATE = "The latest update was not kept, for nobody looked; the next one will be."


@dataclass(frozen=True, slots=True)
class Updates:
    """The request for an `UpdateReport`; the answer is a sentence until an update was made while somebody looked."""


@dataclass(frozen=True, slots=True)
class UpdateReport(Distribution):
    """The update that led to `step`, whatever made it: the rule, clipping, a schedule, a proximal step, a bug."""

    ratios: tuple[float, ...]  # ‖Δθ_l‖/‖θ_l‖, θ before the update; NaN for a layer of zeros


def measure(request: Updates, context: Context, update: Array, before: Array) -> UpdateReport:
    """Count the elements of Δθ (P,), which led away from θ (P,)."""
    blocks = [slice(block.start, block.stop) for block in context.objective.layout.blocks]
    with np.errstate(all="ignore"):
        ratios = [np.linalg.norm(update[own]) / np.linalg.norm(before[own]) for own in blocks]
    return UpdateReport(context.step, 0, by_block(context.objective.layout, update),
                        tuple(float(ratio) if np.isfinite(ratio) else float("nan") for ratio in ratios))  # fmt: skip
