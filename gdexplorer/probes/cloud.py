"""The gradients of single examples as a cloud around their mean, seen in a plane.

The plane holds the full gradient g and, at right angles to it, the direction in which the examples differ most: the
first principal direction of what is left of gᵢ − ḡ. On 256 examples and 337 parameters this takes 9 ms, most of it
the 256² eigenvalue problem; with 4,810 parameters 38 ms.
"""

from dataclasses import dataclass

import numpy as np

from gdexplorer.arrays import Array, IntArray, frozen
from gdexplorer.probes.context import Context
from gdexplorer.probes.per_sample import SampleGradients


@dataclass(frozen=True, slots=True)
class Cloud:
    """The request for a `CloudReport`; the answer is a sentence where examples have no gradients of their own."""


@dataclass(frozen=True, eq=False, slots=True)
class CloudReport:
    """Lengths and places are in units of ‖g‖, g the gradient of all training examples, which points to (1, 0).

    Attributes
    ----------
    rows, places, norms, cosines
        Of m training examples: which they are, their places (m, 2), ‖gᵢ‖/‖g‖ and the cosine with g, NaN where gᵢ = 0.
    batch_places, batch_mean, batch_cosine
        Of the mini-batch of the next update: places of its examples (k, 2) and of its gradient g_B (2,), whose cosine
        with g is measured in all dimensions, as everything but places is.
    radius
        √(V/B)/‖g‖, the standard error of g_B by the examples of its batch; NaN if that is one.
    seen
        The share of the examples' variance that lies in the plane.
    """

    step: int
    parameters: int
    examples: int  # n
    norm: float  # ‖g‖
    rows: IntArray
    places: Array
    norms: Array
    cosines: Array
    batch_size: int
    batch_places: Array
    batch_mean: Array
    batch_norm: float  # ‖g_B‖/‖g‖
    batch_cosine: float
    radius: float
    seen: float

    @property
    def uphill(self) -> float:
        """The share of examples whose own loss rises along −g."""
        return float(np.mean(self.cosines < 0))


def measure(request: Cloud, context: Context, samples: SampleGradients, batch: SampleGradients) -> CloudReport:
    """Project the gradients of training examples and of the next mini-batch."""
    norm = samples.norm
    along = samples.mean / norm
    axes = np.stack([along, _across(samples.each, along)])
    centered = samples.each - samples.each.mean(axis=0)
    total = float(np.square(centered).sum())
    norms, batch_norm = np.linalg.norm(samples.each, axis=1), batch.norm
    with np.errstate(invalid="ignore", divide="ignore"):
        cosines = samples.each @ along / norms
        batch_cosine = float(batch.mean @ along / np.float64(batch_norm))
    return CloudReport(
        context.step, context.theta.size, samples.count, norm, samples.rows, frozen(samples.each @ axes.T / norm),
        frozen(norms / norm), frozen(cosines), batch.count, frozen(batch.each @ axes.T / norm),
        frozen(axes @ batch.mean / norm), batch_norm / norm, batch_cosine,
        float(np.sqrt(batch.variance / batch.count) / norm),
        float(np.square(centered @ axes.T).sum()) / total if total else 1.0,
    )  # fmt: skip


def _across(each: Array, along: Array) -> Array:
    """Return the unit vector at right angles to `along` of largest variance, the longer tail on its side; else 0."""
    rest = each - each.mean(axis=0)
    rest = rest - np.outer(rest @ along, along)
    if len(rest) <= rest.shape[1]:
        values, vectors = np.linalg.eigh(rest @ rest.T)
        found = vectors[:, -1] @ rest
    else:
        values, vectors = np.linalg.eigh(rest.T @ rest)
        found = vectors[:, -1]
    found = found - (found @ along) * along
    length = np.linalg.norm(found)
    if values[-1] <= 1e-20 * np.square(each).sum() or not length:  # rounding only
        return np.zeros_like(along)
    found = found / length
    return np.asarray(-found if np.sum((rest @ found) ** 3) < 0 else found)
