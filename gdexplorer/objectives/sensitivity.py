"""Derivatives of a network's outputs by its inputs, and by what one of its layers makes of them.

The network is cut behind that layer. Each part is compiled for a number of examples, as for training: the pass
backward of the part behind the cut writes ∂s/∂A to where that of the part before it begins, which ends in ∂s/∂x.
"""

from dataclasses import dataclass
from math import prod
from typing import NamedTuple

import numpy as np

from gdexplorer.arrays import Array, IntArray, frozen
from gdexplorer.nn.network import Memory, Network
from gdexplorer.nn.plan import Hole, Plan
from gdexplorer.objectives.program import NUMBERS
from gdexplorer.objectives.stacked import cuts
from gdexplorer.objectives.supervised import SupervisedObjective


@dataclass(frozen=True, eq=False, slots=True)
class Derivatives:
    """Outputs s of n examples in evaluation, and the derivatives of one of them for each.

    Attributes
    ----------
    outputs : Array, shape (n, C)
        Of the last layer, after its activation.
    chosen : IntArray, shape (n,)
        The output c of each example that is differentiated.
    by_inputs : Array, shape (n, d)
        ∂s_c/∂x of the raw inputs, before scaling.
    activations, by_activations : Array, shape (n, …)
        What the chosen layer makes, A, after its activation, in the layer's own shape, and ∂s_c/∂A.
    """

    outputs: Array
    chosen: IntArray
    by_inputs: Array
    activations: Array
    by_activations: Array


class _Pass(NamedTuple):
    """One compiled plan and the buffers it writes, feature-major."""

    plan: Plan
    delta: Array  # (C, B), where ∂s/∂s_c is put before each run
    outputs: Array  # (C, B)
    behind: Array  # (d + 1, B), ∂s/∂u of the scaled inputs, above a row that nobody reads
    activations: Array  # (units, B)
    by_activations: Array  # (units, B)


class Sensitivity:
    """The compiled derivatives of one objective's outputs; of one thread.

    Running statistics are used and no unit is dropped. A mistake that is put into training is not made here.

    Parameters
    ----------
    objective
        Whose network and scaling are meant; one with input features other than x and y themselves is refused.
    layer
        The id of the layer whose A and ∂s/∂A are wanted; the last if none.

    Raises
    ------
    ValueError
        One sentence, if there is no such layer or the inputs are made of others.
    """

    def __init__(self, objective: SupervisedObjective, layer: str = "") -> None:
        if objective.features not in ((), ("x", "y")):
            raise ValueError("Derivatives by inputs need a network that is given x and y themselves; choose the input "
                             "features x and y alone.")  # fmt: skip
        network = objective.network
        ids = [known.id for known in network.layers]
        if layer and layer not in ids:
            raise ValueError(f"There is no layer '{layer}' to differentiate by; choose one of {', '.join(ids)}.")
        cut = ids.index(layer) + 1 if layer else len(ids)
        self._objective = objective
        self._shape = network.shapes[cut]
        self._parts = [Network(network.shape, network.layers[:cut])]
        if cut < len(ids):
            self._parts.append(Network(self._shape, network.layers[cut:]))
        self._theta = np.empty(network.layout.size, objective.dtype)
        self._gradient = np.empty_like(self._theta)  # by θ, of which nothing is made
        self._buffers = objective.fresh_buffers()
        self._passes: dict[int, _Pass] = {}  # by number of examples, as the last call needed them

    def at(self, theta: Array, buffers: Array, x: Array, output: int | IntArray) -> Derivatives:
        """Differentiate at a θ (P,) with a state outside it.

        Parameters
        ----------
        x : Array, shape (n, d)
            Raw inputs, n ≥ 1.
        output : int or IntArray, shape (n,)
            The output c that is differentiated, of all examples or of each its own.

        Raises
        ------
        ValueError
            One sentence, if there is no such output.
        """
        network, chosen = self._objective.network, np.empty(len(x), np.intp)
        chosen[...] = output
        last = prod(network.shapes[-1]) - 1
        if not 0 <= chosen.min() <= chosen.max() <= last:
            raise ValueError(f"The network has outputs from 0 to {last}, not all of those wanted; choose among them.")
        np.copyto(self._theta, theta)
        np.copyto(self._buffers, buffers)
        inputs = self._objective.encode(x)
        parts = cuts(len(x), max(NUMBERS // network.numbers, 16))
        sizes = {part.stop - part.start for part in parts}
        self._passes = {size: self._passes.get(size) or self._compile(size) for size in sizes}
        runs = [self._run(inputs[part], chosen[part]) for part in parts]
        outputs, behind, a, by_a = (np.hstack(pieces).T for pieces in zip(*runs, strict=True))
        chosen.setflags(write=False)
        return Derivatives(frozen(outputs), chosen, frozen(behind[:, :-1] / self._objective.scaler.scale),
                           frozen(a.reshape(-1, *self._shape)), frozen(by_a.reshape(-1, *self._shape)))  # fmt: skip

    def _run(self, inputs: Array, chosen: IntArray) -> list[Array]:
        """Return copies of the outputs, ∂s/∂u with a row more, A and ∂s/∂A for inputs (B, d + 1), ones last."""
        compiled = self._passes[len(inputs)]
        compiled.delta[...] = 0.0
        compiled.delta[chosen, np.arange(len(inputs))] = 1.0
        arrays: dict[Hole, Array] = {Hole.X: np.ascontiguousarray(inputs.T), Hole.XT: np.ascontiguousarray(inputs)}
        with np.errstate(all="ignore"):
            compiled.plan.run([arrays.get(hole, inputs) for hole in Hole])
        return [array.copy() for array in compiled[2:]]

    def _compile(self, size: int) -> _Pass:
        plan = Plan(self._objective.dtype)
        x: Array | Hole = Hole.X
        compiled, at, remembered = [], 0, 0
        for part in self._parts:
            groups = part.allocate(plan, size)
            own = slice(at, at + part.layout.size)
            state = self._buffers[remembered : remembered + part.buffers.size]
            part.forward(plan, self._theta[own], groups, x=x, memory=Memory(state, None))
            compiled.append((part, own, groups))
            x, at, remembered = groups[-1].tapes[-1].output, own.stop, remembered + state.size
        behind = plan.buffer(self._parts[0].inputs + 1, size)
        first, last = (groups[-1].tapes[-1] for _, _, groups in (compiled[0], compiled[-1]))
        by_activations = np.empty_like(first.a)
        for part, own, groups in compiled[:0:-1]:
            part.backward(plan, self._theta[own], groups, self._gradient[own], first.behind)
        plan.add(np.copyto, by_activations, first.delta)  # which the slope overwrites
        part, own, groups = compiled[0]
        part.backward(plan, self._theta[own], groups, self._gradient[own], behind)
        return _Pass(plan, last.delta, last.a, behind, first.a, by_activations)
