"""One layer by itself: its pass forward and backward, with ∂L/∂a given."""

from math import prod

import numpy as np

from gdexplorer.nn.network import Memory, Network
from gdexplorer.nn.plan import Hole, Plan


def passed(layer, x, blocks, upstream, buffers=None):
    """Outputs (n, …), ∂L/∂x, the gradient by block id and the next buffers, for x (n, …) and given parameters."""
    x = np.asarray(x)
    network, count = Network(x.shape[1:], (layer,)), len(x)
    theta = np.concatenate([np.asarray(blocks[block.id]).ravel() for block in network.layout.blocks] or [np.zeros(0)])
    theta = theta.astype(x.dtype)
    plan, gradient = Plan(x.dtype), np.full_like(theta, np.nan)
    groups, behind = network.allocate(plan, count), np.full((network.inputs + 1, count), np.nan, x.dtype)
    memory = None if buffers is None else Memory(buffers, np.empty_like(buffers))
    network.forward(plan, theta, groups, memory=memory)
    tape = groups[-1].tapes[-1]
    plan.add(np.copyto, tape.delta, np.asarray(upstream, x.dtype).reshape(count, -1).T)
    network.backward(plan, theta, groups, gradient, behind)
    columns = np.vstack([x.reshape(count, -1).T, np.ones(count)]).astype(x.dtype)
    arrays = {Hole.X: columns, Hole.XT: np.ascontiguousarray(columns.T)}
    for _ in range(2):  # the second time finds the first one's leftovers
        with np.errstate(all="ignore"):
            plan.run([arrays.get(hole) for hole in Hole])
    out = tape.a.T.reshape(count, *tape.outputs)
    dx = behind[:-1].T.reshape(count, *network.shape) if prod(network.shape) else behind
    return out, dx, network.layout.views(gradient), None if memory is None else memory.next
