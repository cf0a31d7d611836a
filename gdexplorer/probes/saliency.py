"""Where a network looks: maps of pixels that matter to an output, and what such maps are to be compared with.

Shapes are those of n images, (n, channels, height, width), and of one number for each of their pixels, (n, height,
width). A map proves nothing by lying on the strokes: the gradient of a dense network does so no more than the area of
the strokes explains, trained or not. So beside each map stand the share of the area, the place of a known object, and
what deleting its pixels does.

References
----------
Simonyan, Vedaldi, Zisserman: "Deep inside convolutional networks", 2014. Selvaraju et al.: "Grad-CAM", ICCV 2017.
Adebayo et al.: "Sanity checks for saliency maps", 2018.
"""

from collections.abc import Callable, Sequence

import numpy as np

from gdexplorer.arrays import Array, BoolArray, IntArray


def saliency(by_inputs: Array) -> Array:
    """Return |∂s/∂x|, of several channels the greatest, as Simonyan et al., for ∂s/∂x (n, C, H, W): (n, H, W)."""
    found: Array = np.abs(by_inputs).max(axis=1)
    return found


def gradient_times_input(by_inputs: Array, x: Array) -> Array:
    """Return Σ_channels x ∂s/∂x for images and gradients (n, C, H, W): (n, H, W), signed.

    To first order, what each pixel adds to s, and so 0 where there is no ink, whatever the network.

    References
    ----------
    Shrikumar, Greenside, Kundaje: "Learning important features through propagating activation differences", 2017.
    """
    found: Array = (x * by_inputs).sum(axis=1)
    return found


def grad_cam(activations: Array, by_activations: Array) -> Array:
    """Return max(0, Σ_k α_k A_k) with α_k the mean of ∂s/∂A_k over positions: (n, H, W).

    The map is as coarse as the layer; `enlarged` brings it to the size of the image.

    Parameters
    ----------
    activations, by_activations : Array, shape (n, K, H, W)
        What a layer makes, as a rule the last convolution, and the derivative by it of an output before its softmax.

    References
    ----------
    Selvaraju et al. 2017, equations 1 and 2.
    """
    alpha = by_activations.mean(axis=(2, 3), keepdims=True)
    found: Array = np.maximum((alpha * activations).sum(axis=1), 0)
    return found


def enlarged(maps: Array, height: int, width: int) -> Array:
    """Return maps (n, h, w) in another size by bilinear interpolation: (n, height, width).

    Pixels are squares side by side, so that the picture's corners stay; beyond the centers of its outermost pixels it
    is constant, as PyTorch's ``interpolate(mode="bilinear")``.
    """
    found: Array = _across(maps.shape[1], height) @ maps @ _across(maps.shape[2], width).T
    return found


def _across(before: int, after: int) -> Array:
    """Return the weights (after, before) of old pixels in new ones along one axis."""
    center = np.clip((np.arange(after) + 0.5) * before / after - 0.5, 0, before - 1)
    found: Array = np.maximum(0.0, 1 - np.abs(center[:, None] - np.arange(before)))
    return found


def ink(x: Array, above: float = 0.0) -> BoolArray:
    """Return which pixels of images (n, C, H, W) exceed a brightness in some channel: (n, H, W)."""
    found: BoolArray = x.max(axis=1) > above
    return found


def within(boxes: IntArray, height: int, width: int) -> BoolArray:
    """Return which pixels lie in boxes (n, 4), top, bottom, left and right as in `data.Dataset`: (n, H, W)."""
    top, bottom, left, right = boxes.T[:, :, None]
    row, column = np.arange(height), np.arange(width)
    rows, columns = (row >= top) & (row < bottom), (column >= left) & (column < right)
    found: BoolArray = rows[:, :, None] & columns[:, None, :]
    return found


def area_share(masks: BoolArray) -> Array:
    """Return the part of each picture that a mask (n, H, W) covers, (n,): what `mass_share` is by chance."""
    found: Array = masks.mean(axis=(1, 2))
    return found


def mass_share(maps: Array, masks: BoolArray) -> Array:
    """Return Σ_{in the mask} |M| / Σ |M| of maps and masks (n, H, W): (n,), NaN where a map is 0 everywhere."""
    size = np.abs(maps)
    with np.errstate(invalid="ignore"):
        found: Array = (size * masks).sum(axis=(1, 2)) / size.sum(axis=(1, 2))
    return found


def peak_inside(maps: Array, masks: BoolArray) -> BoolArray:
    """Return whether the greatest number of each map lies in the mask, (n,); a constant map has none."""
    flat = maps.reshape(len(maps), -1)
    peak = masks.reshape(len(masks), -1)[np.arange(len(maps)), flat.argmax(axis=1)]
    found: BoolArray = peak & (np.ptp(flat, axis=1) > 0)
    return found


def ranked(maps: Array) -> IntArray:
    """Return the pixels of maps (n, H, W), counted row by row, the greatest number first: (n, H·W)."""
    return np.argsort(-maps.reshape(len(maps), -1), axis=1, kind="stable")


def shuffled(masks: BoolArray, rng: np.random.Generator) -> IntArray:
    """Return the pixels of pictures in random order, those in the mask (n, H, W) first: (n, H·W)."""
    return ranked(masks + rng.random(masks.shape))


def deletion(score: Callable[[Array], Array], x: Array, order: IntArray, counts: Sequence[int]) -> Array:
    """Return s(x) − s(x with its first k pixels 0) for each k: (n, len(counts)).

    Compare the order of a map, `ranked`, with the same number of inked pixels at random, `shuffled`: any ink that
    vanishes changes something.

    Parameters
    ----------
    score
        Of images (n, C, H, W) to their outputs s (n,).
    x : Array, shape (n, C, H, W)
    order : IntArray, shape (n, H·W)
        Pixels in the order in which they vanish, from all channels.
    counts
        Numbers k of pixels.

    References
    ----------
    Samek et al.: "Evaluating the visualization of what a deep neural network has learned", 2017.
    """
    whole, drops = score(x), []
    for count in counts:
        left = x.reshape(*x.shape[:2], -1).copy()
        np.put_along_axis(left, order[:, None, :count], 0.0, axis=2)
        drops.append(whole - score(left.reshape(x.shape)))
    return np.stack(drops, axis=1)


def rank_correlation(first: Array, second: Array) -> float:
    """Return Spearman's ρ of two maps' sizes |M|, ties sharing the mean of their ranks; NaN if one is constant.

    As Adebayo et al. compare a map with that of a network of random weights: near 1, it does not depend on the weights.
    """
    ranks = [_ranks(np.abs(map).ravel()) for map in (first, second)]
    a, b = (own - own.mean() for own in ranks)
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size else np.nan


def _ranks(values: Array) -> Array:
    _, which, count = np.unique(values, return_inverse=True, return_counts=True)
    found: Array = (count.cumsum() - (count - 1) / 2)[which]
    return found
