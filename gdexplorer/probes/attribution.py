"""Where a network looks at one picture: maps of its pixels, and beside each what it is to be compared with."""

from dataclasses import dataclass
from math import prod
from typing import Literal, TypeAlias

import numpy as np

from gdexplorer.arrays import Array, BoolArray, IntArray, frozen
from gdexplorer.data import Data, Dataset
from gdexplorer.nn.layers.convolution import Convolution
from gdexplorer.objectives.objective import Split
from gdexplorer.objectives.sensitivity import Sensitivity
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
    box: IntArray | None
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
        return self.data.split(self.request.split)


def last_convolution(objective: SupervisedObjective) -> str:
    """Return the id of the last convolution, nothing if there is none."""
    return next((layer.id for layer in reversed(objective.network.layers) if isinstance(layer, Convolution)), "")


@dataclass(frozen=True, slots=True)
class _Look:
    """One network and its state, and how bright ink is."""

    objective: SupervisedObjective
    sensitivity: Sensitivity
    theta: Array
    buffers: Array
    above: float

    def shaped(self, x: Array) -> Array:
        return x.reshape(-1, *self.objective.data.shape)

    def outputs(self, x: Array) -> Array:
        program = self.objective.program(self.objective.full())
        return program.predict(self.theta, self.buffers, x.reshape(len(x), -1))

    def masks(self, x: Array, boxes: IntArray | None) -> BoolArray:
        if boxes is None:
            return saliency.ink(self.shaped(x), self.above)
        return saliency.within(boxes, *self.objective.data.shape[1:])

    def maps(self, x: Array, chosen: IntArray) -> tuple[dict[Kind, Array], tuple[int, ...]]:
        """Return maps (n, height, width) of the chosen classes' scores, and the size of Grad-CAM's own.

        Of a single output z, the score of class 1 is z and that of class 0 is −z.
        """
        alone = self.objective.network.shapes[-1] == (1,)
        found = self.sensitivity.at(self.theta, self.buffers, x, 0 if alone else chosen)
        sign = np.where(alone & (chosen == 0), -1.0, 1.0)[:, None, None, None]
        by = sign * self.shaped(found.by_inputs)
        maps: dict[Kind, Array] = {"saliency": saliency.saliency(by),
                                   "product": saliency.gradient_times_input(by, self.shaped(x))}  # fmt: skip
        if not last_convolution(self.objective):
            return maps, ()
        cam = saliency.grad_cam(found.activations, sign * found.by_activations)
        maps["cam"] = saliency.enlarged(cam, *self.objective.data.shape[1:])
        return maps, cam.shape[1:]

    def score(self, x: Array, chosen: int) -> Array:
        outputs = self.outputs(x)
        alone = outputs.shape[1] == 1
        found: Array = -outputs[:, 0] if alone and not chosen else outputs[:, 0 if alone else chosen]
        return found


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
    data = objective.data
    examples = data.split(request.split)
    drawn = len(request.drawn) == prod(data.shape)  # else there are other data by now
    above = 0.0 if drawn else above
    look = _Look(objective, sensitivity, context.theta, context.buffers, above)
    index = request.index % len(examples.x)
    if request.seek:
        index = next_mistake(objective.program(objective.full()), context, examples, index)
    x = np.array([request.drawn]) if drawn else examples.x[index : index + 1]
    outputs = look.outputs(x)
    predicted = decided(outputs)
    y = predicted if drawn else examples.y[index : index + 1].astype(np.intp)
    of = "predicted" if isinstance(request.of, int) and request.of >= data.classes else request.of
    chosen = _classes(of, y, predicted)
    boxes = None if drawn or examples.boxes is None else examples.boxes[index : index + 1]
    mask = look.masks(x, boxes)
    found, coarse = look.maps(x, chosen)
    others = {} if redrawn is None else _Look(objective, sensitivity, *redrawn, above).maps(x, chosen)[0]
    counts, order = _orders(found, saliency.ink(look.shaped(x), above), index)
    images = np.repeat(look.shaped(x), len(order), axis=0)
    drops = saliency.deletion(lambda images: look.score(images, int(chosen[0])), images, order, counts.tolist())
    scores = frozen(look.score(x, int(chosen[0])) - drops)
    means, averaged, mean_area = ({}, 0, np.nan) if drawn else _means(of, look, examples)
    return AttributionReport(
        context.step, request, index, data, frozen(x[0].reshape(data.shape)), frozen(outputs[0]),
        class_shares(objective, outputs[0]), int(predicted[0]), None if drawn else int(y[0]), int(chosen[0]),
        mask[0], None if boxes is None else boxes[0], above, float(mask[0].mean()),
        _measured(found, mask), _measured(others, mask),
        tuple(saliency.rank_correlation(found[kind][0], own[0]) for kind, own in others.items()),
        means, averaged, mean_area, last_convolution(objective), coarse,
        counts, dict(zip(found, scores, strict=False)), scores[len(found) :],
    )  # fmt: skip


def _classes(which: Which, y: IntArray, predicted: IntArray) -> IntArray:
    if isinstance(which, int):
        return np.full(len(y), which)
    return y if which == "true" else predicted


def _measured(maps: dict[Kind, Array], mask: BoolArray) -> tuple[Map, ...]:
    return tuple(Map(kind, frozen(own[0]), float(saliency.mass_share(own, mask)[0]),
                     bool(saliency.peak_inside(own, mask)[0])) for kind, own in maps.items())  # fmt: skip


def _orders(maps: dict[Kind, Array], ink: BoolArray, index: int) -> tuple[IntArray, IntArray]:
    """Return numbers of pixels up to all of the ink, and the orders of deletion: by each map, and at random.

    Random orders are the same for an example at every step, so that the baseline moves with the network alone.
    """
    counts = np.unique(np.linspace(0, ink.sum(), POINTS + 1).round().astype(np.intp))
    counts.setflags(write=False)
    random = saliency.shuffled(np.repeat(ink, DRAWS, axis=0), np.random.default_rng(index))
    return counts, np.vstack([*map(saliency.ranked, maps.values()), random])


def _means(of: Which, look: _Look, examples: Dataset) -> tuple[dict[Kind, tuple[float, float]], int, float]:
    """Return mass and peak of each kind over how many examples, and their area; maps that are 0 have no mass."""
    x, y = examples.x[:AVERAGED], examples.y[:AVERAGED].astype(np.intp)
    masks = look.masks(x, None if examples.boxes is None else examples.boxes[:AVERAGED])
    maps, _ = look.maps(x, _classes(of, y, decided(look.outputs(x))))
    means: dict[Kind, tuple[float, float]] = {}
    for kind, own in maps.items():
        mass = saliency.mass_share(own, masks)
        known = mass[~np.isnan(mass)]
        means[kind] = (float(known.mean()) if len(known) else np.nan, float(saliency.peak_inside(own, masks).mean()))
    return means, len(x), float(saliency.area_share(masks).mean())
