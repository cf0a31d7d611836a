"""Central differences for networks of any layers, and what a mutant of a layer is told by."""

import numpy as np

from tests.builders import point

STEP = 1e-5


def error(objective, theta, batch=None):
    """Largest deviation of the gradient from the central difference, as a share of the largest."""
    batch = batch or objective.full()
    program, out, moving, empty = objective.program(batch), np.full_like(theta, np.nan), theta.copy(), np.zeros(0)
    difference = np.empty_like(theta)
    with np.errstate(all="ignore"):
        program.value_and_gradient(moving, empty, batch, out)
        gradient = out.copy()
        for k, center in enumerate(theta):
            values = []
            for side in (1, -1):
                moving[k] = center + side * STEP
                values.append(program.value_and_gradient(moving, empty, batch, out))
            moving[k] = center
            difference[k] = (values[0] - values[1]) / (2 * STEP)
    assert np.abs(difference).max() > 1e-6, "nothing to check here"
    return float(np.abs(gradient - difference).max() / np.abs(difference).max())


def place(objective, rng, scale=0.7, clearance=1e-3):
    """A θ at which every z keeps away from 0, where rectifiers have their kinks."""
    batch = objective.full()
    for _ in range(500):
        theta = point(objective, rng, scale)
        trace = objective.program(batch).trace(theta, np.zeros(0), batch)
        kinked = [layer.id for layer in objective.network.layers if layer.activation.name in ("relu", "leaky_relu")]
        if all(np.abs(trace[f"{id}.z"]).min() > clearance for id in kinked):
            return theta
    raise AssertionError("no point away from all kinks")
