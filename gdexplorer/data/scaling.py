"""Scaling of inputs, learned on the training split alone."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from gdexplorer.arrays import Array, frozen

Scaling: TypeAlias = Literal["none", "standardize", "minmax"]


@dataclass(frozen=True, slots=True)
class Scaler:
    """The map x ← (x − offset) / scale of each input.

    Attributes
    ----------
    offset, scale : Array, shape (d,)
        Float64, no scale 0.
    """

    offset: Array
    scale: Array

    def __call__(self, x: Array) -> Array:
        """Scale inputs (n, d), of whatever split."""
        return (x - self.offset) / self.scale


def learned(scaling: Scaling, x: Array) -> Scaler:
    """Learn a scaling from training inputs.

    "standardize" is x ← (x − mean) / std with the standard deviation of all n, "minmax" x ← (x − min) / (max − min).
    A constant input is only shifted, to 0.

    Parameters
    ----------
    scaling : {"none", "standardize", "minmax"}
    x : Array, shape (n, d)
        Inputs of the training split, after features, float64, n ≥ 1.
    """
    low, span = x.min(axis=0), np.ptp(x, axis=0)
    match scaling:
        case "none":
            offset, scale = np.zeros_like(low), np.ones_like(span)
        case "minmax":
            offset, scale = low, span
        case "standardize":  # by way of 0 … 1: squares cannot overflow there, nor can a constant's mean be rounded
            unit = (x - low) / np.where(span > 0, span, 1.0)
            offset, scale = low + span * unit.mean(axis=0), span * unit.std(axis=0)
    return Scaler(frozen(offset), frozen(np.where(scale > 0, scale, 1.0)))
