"""The gradient of each example's own loss; their mean over a batch is the batch's gradient.

Where all parameters are in dense layers, one pass over the batch is enough: δ = ∂L/∂z has a column for each example,
and the example's share of ∂L/∂W is B δ_b x_bᵀ (Goodfellow, 2015, "Efficient per-example gradient computations").
Elsewhere every example makes a pass of its own. With 256 examples and 337 parameters the products take 0.4 ms; passes
alone take 0.1 to 0.2 ms each in a small convolutional or recurrent network.
"""

from collections.abc import Callable

import numpy as np

from gdexplorer.arrays import Array, zeros
from gdexplorer.nn.layers.dense import Dense
from gdexplorer.nn.network import Group, Network
from gdexplorer.nn.plan import Plan
from gdexplorer.objectives.batch import Batch
from gdexplorer.objectives.learner import Learner

NO_SAMPLES = "There are no examples here that would have a gradient each; choose a network and data."
TIED = ("Batch normalization ties the examples of a batch together, so that none has a gradient of its own; take it "
        "out, or put a layer norm in its place.")  # fmt: skip

# (batch size, θ, where the pass backward writes ∂L/∂θ) -> the plan without masks, and the buffers of its layers
Compile = Callable[[int, Array, Array], tuple[Plan, list[Group]]]


def separable(network: Network) -> bool:
    """Whether the loss of a batch is a mean over its examples; batch normalization alone keeps running statistics."""
    return not network.buffers.size


def by_products(network: Network) -> bool:
    """Whether all parameters are in dense layers."""
    pairs = zip(network.layers, network.shapes, strict=False)
    return all(isinstance(layer, Dense) or not layer.blocks(inputs) for layer, inputs in pairs)


def gradients(objective: Learner, compile: Compile, theta: Array, batch: Batch) -> Array:
    """Return ∂L/∂θ (B, P) for each example alone, with penalty, no unit dropped.

    Raises
    ------
    ValueError
        One sentence, if the loss of a batch is no mean over its examples.
    """
    network = objective.network
    if not separable(network):
        raise ValueError(TIED)
    found, out = np.empty((batch.size, theta.size), theta.dtype), zeros(theta.size, theta.dtype)
    with np.errstate(all="ignore"):
        if by_products(network):
            plan, groups = compile(batch.size, theta, out)
            plan.run(batch.arrays)
            _write_products(objective, groups, batch, found)
            found += _penalty(objective, theta)
        else:
            plan, _ = compile(1, theta, out)
            for k, row in enumerate(found):
                plan.run(_single(batch, k).arrays)
                row[...] = out
    return found


def _write_products(objective: Learner, groups: list[Group], batch: Batch, found: Array) -> None:
    for tape in (tape for group in groups for tape in group.tapes):
        if isinstance(tape.layer, Dense):
            x = tape.x if isinstance(tape.x, np.ndarray) else batch.x
            block = objective.layout.block(found, tape.layer.id)  # (B, n_out, n_in + 1)
            np.multiply((batch.size * tape.delta.T)[:, :, None], x.T[:, None, :], block)


def _penalty(objective: Learner, theta: Array) -> Array:
    """Return its gradient (P,)."""
    plan, out = Plan(objective.dtype), np.zeros_like(theta)
    objective.penalty.compile(plan, theta, out, objective.penalty_mask)
    plan.run()
    return out


def _single(batch: Batch, k: int) -> Batch:
    """Return one example as a batch, contiguous."""
    xt = batch.xt[k : k + 1]
    return Batch.of(xt.T, xt, batch.y[:, k].copy())
