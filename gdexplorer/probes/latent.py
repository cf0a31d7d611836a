"""What an autoencoder makes of its inputs: their codes in its narrowest layer, and what it gives back."""

from dataclasses import dataclass
from math import prod

import numpy as np

from gdexplorer.arrays import Array, frozen
from gdexplorer.data import Data, Dataset
from gdexplorer.objectives.objective import Split
from gdexplorer.objectives.supervised import SupervisedObjective
from gdexplorer.probes.context import Context

NO_CODES = "A reconstruction is what an autoencoder gives back; choose the problem 'autoencoder'."
MOST = 2000  # examples of a split that are looked at
CHUNK = 256  # examples at a time


@dataclass(frozen=True, slots=True)
class Latent:
    """The request for a `LatentReport`.

    Attributes
    ----------
    point
        What is to be decoded, in coordinates of the plane of codes; None for the mean of all codes.
    """

    split: Split = "test"
    point: tuple[float, float] | None = None


@dataclass(frozen=True, eq=False, slots=True)
class CodesReport:
    """Examples of a split, what is given back of them, and their codes, in evaluation.

    Inputs and outputs are raw: what scaling did to them is taken back. Errors are as the network sees them.

    Attributes
    ----------
    outputs
        What is given back of the first `MOST` examples (n, d); of points of which the network sees features but not
        x and y, (n, 0).
    errors
        The mean squared error of each (n,).
    layer, width
        The narrowest layer between input and output, the first of equals, and how many units D it has; "" and 0 if
        there is none.
    places
        Codes in the coordinates of the plane (n, 2); of one unit the second is 0.
    origin, directions
        The plane in the space of codes: origin (D,) + places · directions (2, D).
    explained
        The share of the variance of codes that lies in the plane; None where the plane is all there is.
    """

    step: int
    split: Split
    data: Data
    outputs: Array
    errors: Array
    layer: str
    width: int
    places: Array
    origin: Array
    directions: Array
    explained: float | None

    @property
    def examples(self) -> Dataset:
        """The examples that were looked at."""
        whole = self.data.split(self.split)
        return Dataset(whole.x[:MOST], whole.y[:MOST])

    @property
    def total(self) -> int:
        """How many examples the split has."""
        return len(self.data.split(self.split).x)

    @property
    def mean(self) -> tuple[float, float]:
        """The mean of all codes in the plane."""
        if not self.width or self.explained is not None:
            return 0.0, 0.0
        across, up = self.places.mean(axis=0)
        return float(across), float(up)


@dataclass(frozen=True, eq=False, slots=True)
class Decoded:
    """What the layers behind the codes make of a point of the plane."""

    point: tuple[float, float]
    code: Array  # (D,)
    output: Array  # (d,), raw; (0,) as in `CodesReport.outputs`


@dataclass(frozen=True, slots=True)
class LatentReport:
    """Codes, and what was decoded last: it may lag behind, at an earlier point or with slightly older parameters."""

    codes: CodesReport
    decoded: Decoded | None


def narrowest(objective: SupervisedObjective) -> int | None:
    """Return the index of the hidden layer with the fewest outputs, the first of equals; None if there is none."""
    sizes = [prod(shape) for shape in objective.network.shapes[1:-1]]
    return sizes.index(min(sizes)) if sizes else None


def measure(request: Latent, context: Context, like: CodesReport | None = None) -> CodesReport:
    """Encode and decode the examples of a split; context.theta and buffers must not change meanwhile.

    Parameters
    ----------
    like
        The report before: signs of principal axes agree with it.
    """
    objective = context.objective
    assert isinstance(objective, SupervisedObjective)
    data, program, k = objective.data, objective.program(objective.full()), narrowest(objective)
    x = data.split(request.split).x[:MOST]
    stop = 0 if k is None else k + 1
    codes, outputs = [], []
    for part in np.array_split(x, -(-len(x) // CHUNK)):
        code = program.predict(context.theta, context.buffers, part, 0, stop) if stop else part
        outputs.append(program.predict(context.theta, context.buffers, code, stop))
        codes.append(code)
    given = np.concatenate(outputs).astype(np.float64)
    with np.errstate(all="ignore"):
        errors = ((given - objective.encode(x)[:, :-1]) ** 2).mean(axis=1)
    layer = "" if k is None else objective.network.layers[k].id
    found = np.concatenate(codes).astype(np.float64) if stop else np.zeros((len(x), 0))
    places, origin, directions, explained = _plane(found, layer, like)
    return CodesReport(context.step, request.split, data, frozen(_raw(objective, given)), frozen(errors), layer,
                       origin.size, frozen(places), frozen(origin), frozen(directions), explained)  # fmt: skip


def decode(point: tuple[float, float], context: Context, codes: CodesReport) -> Decoded:
    """Send a point of the plane through the layers behind the codes."""
    objective = context.objective
    assert isinstance(objective, SupervisedObjective)
    code = codes.origin + np.array(point) @ codes.directions
    k = narrowest(objective)
    assert k is not None
    program = objective.program(objective.full())
    output = program.predict(context.theta, context.buffers, code[None], k + 1).astype(np.float64)
    return Decoded(point, frozen(code), frozen(_raw(objective, output)[0]))


def _plane(codes: Array, layer: str, like: CodesReport | None) -> tuple[Array, Array, Array, float | None]:
    """Return places, origin, directions, and the share of variance explained: the codes themselves up to two units."""
    width = codes.shape[1]
    if width <= 2:
        directions = np.eye(2, width)
        return codes @ directions.T, np.zeros(width), directions, None
    origin = codes.mean(axis=0)
    centered = codes - origin
    directions, variances = np.eye(2, width), np.zeros(width)
    if np.isfinite(centered).all():
        _, values, axes = np.linalg.svd(centered, full_matrices=False)
        variances, found = values**2, axes[:2]
        directions[: len(found)] = found  # of a single example there is one only
    known = like is not None and like.layer == layer and like.directions.shape == directions.shape
    rows = np.arange(2), np.abs(directions).argmax(axis=1)
    signs = np.einsum("ij,ij->i", directions, like.directions) if known and like is not None else directions[rows]
    directions[signs < 0] *= -1
    total = float(variances.sum())
    return centered @ directions.T, origin, directions, float(variances[:2].sum()) / total if total else 1.0


def _raw(objective: SupervisedObjective, outputs: Array) -> Array:
    """Return outputs (n, F), raw: without scaling, and of features x and y only, if there are both."""
    scaler, features = objective.scaler, objective.features
    raw = outputs * scaler.scale + scaler.offset
    if not features:
        return np.asarray(raw)
    wanted = [features.index(name) for name in ("x", "y") if name in features]
    return np.asarray(raw[:, wanted if len(wanted) == 2 else []])
