"""Where a network looks at one picture: maps of its pixels, and beside each what it is to be compared with."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from gdexplorer.arrays import Array, BoolArray, IntArray, frozen
from gdexplorer.data import Data, Dataset
from gdexplorer.nn.layers.convolution import Convolution
from gdexplorer.objectives.objective import Split
from gdexplorer.objectives.sensitivity import Derivatives, Sensitivity
from gdexplorer.objectives.supervised import SupervisedObjective
from gdexplorer.probes import saliency
from gdexplorer.probes.confusion import decided
from gdexplorer.probes.context import Context
from gdexplorer.probes.maps import class_shares, next_mistake

NO_PIXELS = "Saliency is of pixels, for a class; choose a data set of images with classes, such as digits."
AVERAGED = 64  # examples, the first ones of the split, of which means are quoted
DRAWS, POINTS = 16, 12  # random orders, and numbers of deleted pixels beside 0

Kind: TypeAlias = Literal["saliency", "product", "cam"]
Which: TypeAlias = int | Literal["predicted", "true"]


@dataclass(frozen=True, slots=True)
class Attribution:
    """The request for an `AttributionReport`.

    Attributes
    ----------
    index, seek
        Of the example in its split, and whether the next one is wanted whose class is not recognized.
    of
        The class whose score is differentiated; of a drawn picture, the true one is the predicted one.
    drawn
        The picture (d,) instead of an example; empty for an example.
    redrawn
        Which draw of all weights is to be looked through too; 0 for none.
    """

    split: Split = "test"
    index: int = 0
    seek: bool = False
    of: Which = "predicted"
    drawn: tuple[float, ...] = ()
    redrawn: int = 0


@dataclass(frozen=True, eq=False, slots=True)
class Map:
    """A number for each pixel (height, width), the share of its mass in the mask, and whether its peak is there."""

    kind: Kind
    values: Array
    mass: float
    peak: bool


@dataclass(frozen=True, eq=False, slots=True)
class AttributionReport:
    """Maps of one picture, in evaluation, of the score s of one class before softmax.

    Attributes
    ----------
    x
        The raw picture (channels, height, width).
    mask
        Its ink, pixels brighter than `above`, or the box of a known object (height, width).
    box
        Top, bottom, left and right of that box; None if the mask is the ink.
    chosen
        The class whose score is s.
    redrawn
        The maps of the same class after all weights were drawn anew, in the order of `maps`; empty without.
    alike
        Rank correlation of each map with its redrawn one.
    means
        By kind, mass and peak as means over `averaged` examples, each with the class that is asked for; none if drawn.
    mean_area
        Of the masks of these examples.
    layer, coarse
        The convolution of Grad-CAM and its height and width; empty if there is none.
    counts
        Numbers of pixels that are set to 0.
    deleted
        s after that by kind, (K,), each map's greatest first.
    random
        Likewise for pixels of the ink at random (DRAWS, K).
    """

    step: int
    request: Attribution
    index: int
    data: Data
    x: Array
    outputs: Array
    shares: Array | None
    predicted: int
    true: int | None
    chosen: int
    mask: BoolArray
    box: tuple[int, int, int, int] | None
    above: float
    area: float
    maps: tuple[Map, ...]
    redrawn: tuple[Map, ...]
    alike: tuple[float, ...]
    means: dict[Kind, tuple[float, float]]
    averaged: int
    mean_area: float
    layer: str
    coarse: tuple[int, ...]
    counts: IntArray
    deleted: dict[Kind, Array]
    random: Array

    @property
    def examples(self) -> Dataset:
        """The split."""
        return self.data.train if self.request.split == "train" else self.data.test


def last_convolution(objective: SupervisedObjective) -> str:
    """Return the id of the last convolution, nothing if there is none."""
    return next((layer.id for layer in reversed(objective.network.layers) if isinstance(layer, Convolution)), "")


def measure(request: Attribution, context: Context, sensitivity: Sensitivity, above: float = 0.0,
            redrawn: tuple[Array, Array] | None = None) -> AttributionReport:  # fmt: skip
    """Look at one picture; context.theta and buffers must not change meanwhile.

    Parameters
    ----------
    sensitivity
        Of the context's objective and its last convolution.
    above
        The brightness from which on a pixel of an example is ink.
    redrawn
        Other θ and buffers to look through.
    """
    objective = context.objective
    assert isinstance(objective, SupervisedObjective)
    data, program = objective.data, objective.program(objective.full())
    examples = data.train if request.split == "train" else data.test
    index = request.index % len(examples.x)
    if request.seek:
        index = next_mistake(program, context, examples, index)
    drawn = np.array([request.drawn]) if request.drawn else None
    x = examples.x[index : index + 1] if drawn is None else drawn
    outputs = program.predict(context.theta, context.buffers, x)
    predicted = decided(outputs)
    y = examples.y[index : index + 1].astype(np.intp) if drawn is None else predicted
    chosen = _classes(request.of, y, predicted)
    boxes = examples.boxes if drawn is None else None
    above = above if drawn is None else 0.0
    mask = _masks(data, x, None if boxes is None else boxes[index : index + 1], above)
    layer = last_convolution(objective)

    def look(theta: Array, buffers: Array) -> tuple[tuple[Map, ...], tuple[int, ...]]:
        found, coarse = _maps(sensitivity, (theta, buffers), data, x, chosen, layer)
        return tuple(Map(kind, frozen(own[0]), float(saliency.mass_share(own, mask)[0]),
                         bool(saliency.peak_inside(own, mask)[0])) for kind, own in found.items()), coarse  # fmt: skip

    maps, coarse = look(context.theta, context.buffers)
    others = look(*redrawn)[0] if redrawn is not None else ()
    means, mean_area, averaged = _means(request, context, sensitivity, above) if drawn is None else ({}, np.nan, 0)
    counts, deleted, random = _deleted(context, x, maps, saliency.ink(_shaped(data, x), above), int(chosen[0]), index)
    return AttributionReport(
        context.step, request, index, data, frozen(x[0].reshape(data.shape)), frozen(outputs[0]),
        class_shares(objective, outputs[0]), int(predicted[0]), int(y[0]) if drawn is None else None, int(chosen[0]),
        mask[0], None if boxes is None else tuple(boxes[index].tolist()), above, float(mask[0].mean()), maps, others,
        tuple(saliency.rank_correlation(a.values, b.values) for a, b in zip(maps, others, strict=False)),
        means, averaged, mean_area, layer, coarse, counts, deleted, random,
    )  # fmt: skip


def _classes(which: Which, y: IntArray, predicted: IntArray) -> IntArray:
    if isinstance(which, int):
        return np.full(len(y), which)
    return y if which == "true" else predicted


def _shaped(data: Data, x: Array) -> Array:
    return x.reshape(-1, *data.shape)


def _masks(data: Data, x: Array, boxes: IntArray | None, above: float) -> BoolArray:
    if boxes is None:
        return saliency.ink(_shaped(data, x), above)
    return saliency.within(boxes, *data.shape[1:])


def _maps(sensitivity: Sensitivity, point: tuple[Array, Array], data: Data, x: Array, chosen: IntArray,
          layer: str) -> tuple[dict[Kind, Array], tuple[int, ...]]:  # fmt: skip
    """Return maps (n, height, width) of the chosen classes' scores, and the size of Grad-CAM's own."""
    alone = len(data.labels or range(data.classes)) == 2 and sensitivity.outputs == 1
    found: Derivatives = sensitivity.at(*point, x, 0 if alone else chosen)
    sign = np.where(chosen == 0, -1.0, 1.0)[:, None, None, None] if alone else 1.0
    by = sign * _shaped(data, found.by_inputs.astype(np.float64))
    maps: dict[Kind, Array] = {"saliency": saliency.saliency(by),
                               "product": saliency.gradient_times_input(by, _shaped(data, x))}  # fmt: skip
    if not layer:
        return maps, ()
    cam = saliency.grad_cam(found.activations.astype(np.float64), sign * found.by_activations)
    maps["cam"] = saliency.enlarged(cam, *data.shape[1:])
    return maps, cam.shape[1:]


def _means(request: Attribution, context: Context, sensitivity: Sensitivity,
           above: float) -> tuple[dict[Kind, tuple[float, float]], float, int]:  # fmt: skip
    """Return mass and peak of each kind, and the area, as means over examples; maps that are 0 have no mass."""
    objective = context.objective
    assert isinstance(objective, SupervisedObjective)
    examples = objective.data.train if request.split == "train" else objective.data.test
    x, y = examples.x[:AVERAGED], examples.y[:AVERAGED].astype(np.intp)
    predicted = decided(objective.program(objective.full()).predict(context.theta, context.buffers, x))
    masks = _masks(objective.data, x, None if examples.boxes is None else examples.boxes[:AVERAGED], above)
    maps, _ = _maps(sensitivity, (context.theta, context.buffers), objective.data, x,
                    _classes(request.of, y, predicted), last_convolution(objective))  # fmt: skip
    means: dict[Kind, tuple[float, float]] = {}
    for kind, own in maps.items():
        mass = saliency.mass_share(own, masks)
        known = mass[~np.isnan(mass)]
        means[kind] = (float(known.mean()) if len(known) else np.nan, float(saliency.peak_inside(own, masks).mean()))
    return means, float(saliency.area_share(masks).mean()), len(x)


def _deleted(context: Context, x: Array, maps: tuple[Map, ...], ink: BoolArray, chosen: int,
             index: int) -> tuple[IntArray, dict[Kind, Array], Array]:  # fmt: skip
    """Return numbers of pixels, up to all of the ink, and s without them: by map, and at random (DRAWS, K).

    Random orders are the same for a picture at every step, so that the baseline moves with the network alone.
    """
    objective = context.objective
    assert isinstance(objective, SupervisedObjective)
    program = objective.program(objective.full())

    def score(images: Array) -> Array:
        outputs = program.predict(context.theta, context.buffers, images.reshape(len(images), -1))
        if outputs.shape[1] == 1:
            return outputs[:, 0] if chosen else -outputs[:, 0]
        found: Array = outputs[:, chosen]
        return found

    rng = np.random.default_rng(index)
    counts = np.unique(np.linspace(0, ink.sum(), POINTS + 1).round().astype(np.intp))
    order = np.vstack([saliency.ranked(np.stack([map.values for map in maps])),
                       *(saliency.shuffled(ink, rng) for _ in range(DRAWS))])  # fmt: skip
    images = np.repeat(_shaped(objective.data, x), len(order), axis=0)
    whole = score(images[:1])
    left = frozen(whole - saliency.deletion(score, images, order, counts.tolist()))
    counts.setflags(write=False)
    return counts, {map.kind: left[k] for k, map in enumerate(maps)}, left[len(maps) :]
