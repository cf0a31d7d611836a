"""Second order at a point: eigenvalues of the Hessian, its trace, and what kind of point it is."""

from dataclasses import dataclass

import numpy as np

from gdexplorer.arrays import Array, frozen
from gdexplorer.landscape import curvature, stationary
from gdexplorer.landscape.curvature import MOST_DENSE, Spectrum
from gdexplorer.landscape.stationary import Stationary
from gdexplorer.objectives.batch import Batch
from gdexplorer.objectives.objective import Program
from gdexplorer.probes.context import Context

LANCZOS_STEPS, TRACE_PROBES = 20, 16
REACH = 10.0 ** np.arange(-3, 1.25, 0.25)  # lengths that are tried along the most negative direction


@dataclass(frozen=True, slots=True)
class Curvature:
    """The request for a `CurvatureReport`; the answer is a sentence where there is no curvature to measure."""


@dataclass(frozen=True, eq=False, slots=True)
class CurvatureReport:
    """The Hessian of the loss over all training examples, with penalty.

    Attributes
    ----------
    values
        Eigenvalues, ascending: all P of them, or what Lanczos found (`whole` says which).
    residuals
        ‖Hv − λv‖ of each.
    trace, trace_error
        Its estimate and standard error; exact, with error 0, where `whole`.
    threshold
        Sharpness above which full-batch steps of the optimizer overshoot; None where no such number is known.
    escape
        θ moved along the most negative direction to where the loss is lowest; None where no eigenvalue is negative.
    series
        Rows (n, 4) of step, λmax, λmin and threshold (NaN where there is none), as far as they were measured; a row
        of NaN after its step where nobody looked for a while.
    """

    step: int
    parameters: int
    values: Array
    residuals: Array
    whole: bool
    trace: float
    trace_error: float
    gradient_norm: float
    loss: float
    threshold: float | None
    deterministic: bool  # whether the threshold is one of this run's own steps
    point: Stationary
    escape: Array | None
    escape_loss: float
    series: Array

    @property
    def sharpness(self) -> float:
        """λmax, the largest algebraic eigenvalue."""
        return float(self.values[-1])

    @property
    def ratio(self) -> float | None:
        """Sharpness over the threshold, ηS/2 for gradient descent; None where the threshold is not this run's own."""
        return self.sharpness / self.threshold if self.deterministic and self.threshold is not None else None


def measure(request: Curvature, context: Context, scale: float, threshold: float | None = None) -> CurvatureReport:
    """Measure at context.theta, which must not change meanwhile.

    Parameters
    ----------
    scale
        Norm of a large gradient of this run.
    threshold
        The optimizer's.

    Raises
    ------
    ValueError
        If loss, gradient or curvature are not finite there.
    """
    objective, theta = context.objective, context.theta
    batch, buffers = objective.full(), np.zeros(0, objective.dtype)
    program, gradient = objective.program(batch), np.zeros_like(theta)
    with np.errstate(all="ignore"):
        loss = program.value_and_gradient(theta, buffers, batch, gradient)
        slope = gradient.astype(np.float64)
        norm = float(np.linalg.norm(slope))
        if not np.isfinite(loss + norm):
            raise ValueError("Loss and gradient are not finite here; move to a point of smaller weights.")
        product = program.linearize(theta, buffers, batch)
        rng, size = np.random.default_rng(0), theta.size
        if size <= MOST_DENSE:
            found = curvature.spectrum(product, size)
            trace, error = float(found.values.sum()), 0.0
        else:
            found = curvature.lanczos(product, size, LANCZOS_STEPS, rng)
            trace, error = curvature.trace(product, size, TRACE_PROBES, rng)
        point = stationary.name(norm, found, max(scale, norm) or 1.0)
        escape, lowest = _escape(program, theta, buffers, batch, found, loss, slope)
    return CurvatureReport(
        context.step, size, frozen(found.values), frozen(found.residuals), found.whole, trace, error, norm, loss,
        threshold, objective.deterministic, point, escape, lowest, np.zeros((0, 4)),
    )  # fmt: skip


def _escape(program: Program, theta: Array, buffers: Array, batch: Batch, found: Spectrum, loss: float,
            slope: Array) -> tuple[Array | None, float]:  # fmt: skip
    """Return the lowest of points along the most negative direction and its loss; where it slopes, the way down."""
    if not found.values[0] < 0:
        return None, loss
    direction = -found.vectors[0] if found.vectors[0] @ slope > 0 else found.vectors[0]
    points = theta + np.outer(REACH, direction).astype(theta.dtype)
    losses = program.losses(points, buffers, batch)
    losses = np.where(np.isfinite(losses), losses, np.inf)
    best = int(losses.argmin())
    return (frozen(points[best]), float(losses[best])) if losses[best] < loss else (None, loss)
