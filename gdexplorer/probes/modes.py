"""What a generator makes beside the real samples: which modes it covers, and what the discriminator says of places."""

from dataclasses import dataclass

import numpy as np

from gdexplorer.arrays import Array, frozen
from gdexplorer.data.modes import covered, shares
from gdexplorer.nn.plan import Hole
from gdexplorer.objectives.adversarial import AdversarialObjective
from gdexplorer.probes.context import Context

MARGIN = 1.2  # of the picture beyond the outermost centers
PUSHED = 96  # samples that have arrows


@dataclass(frozen=True, slots=True)
class Modes:
    """The request for a `ModesReport`."""

    size: int = 49  # of the map, a side


@dataclass(frozen=True, eq=False, slots=True)
class ModesReport:
    """Fixed samples of both sides, and the discriminator over the plane.

    Attributes
    ----------
    centers, shares
        Of the modes (K, 2), and the part of the generated samples that lies within `NEAR` of each (K,).
    real, made
        Samples (n, 2): always the same real ones, and those of always the same z.
    axes, believed
        Grids (m,) and D(x) there (m, m), row = y.
    push
        −∂L/∂x of the generator's loss at the first generated samples (PUSHED, 2), each as if alone.
    """

    step: int
    centers: Array
    shares: Array
    covered: int
    real: Array
    made: Array
    axes: tuple[Array, Array]
    believed: Array
    push: Array

    @property
    def near(self) -> float:
        """Share of generated samples near any mode."""
        return float(self.shares.sum())

    @property
    def outside(self) -> int:
        """Generated samples that lie beyond the axes."""
        low, high = (np.array([axis[k] for axis in self.axes]) for k in (0, -1))
        return int(np.count_nonzero(((self.made < low) | (self.made > high)).any(axis=1)))


def measure(request: Modes, context: Context) -> ModesReport:
    """Generate and judge; context.theta must not change meanwhile."""
    objective, theta = context.objective, context.theta
    assert isinstance(objective, AdversarialObjective)
    fixed, centers = objective.full(), objective.target.centers
    made = objective.generate(theta, fixed.xt[:, :-1]).astype(np.float64)
    reach = float(np.abs(centers).max()) + MARGIN
    axis = frozen(np.linspace(-reach, reach, request.size))
    believed, _ = objective.judge(theta, np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2))
    _, push = objective.judge(theta, made[:PUSHED])
    found = shares(made, centers)
    real = fixed.arrays[Hole.Y].T.astype(np.float64)
    arrays = (frozen(centers), frozen(found), covered(found), frozen(real), frozen(made), (axis, axis))
    return ModesReport(context.step, *arrays, frozen(believed.reshape(request.size, -1)), frozen(push.astype(float)))
