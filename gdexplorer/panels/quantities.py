"""The quantities that are shown layer by layer: what to ask for, and how to speak of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gdexplorer.lab.frame import Probe
from gdexplorer.probes.deltas import Deltas
from gdexplorer.probes.gradients import Gradients
from gdexplorer.probes.outputs import Outputs
from gdexplorer.probes.updates import Updates
from gdexplorer.probes.weights import Weights

Words = tuple[str, ...]  # of falling length


@dataclass(frozen=True, slots=True)
class Quantity:
    """One entry of the choice.

    Attributes
    ----------
    symbol
        Of an element.
    above
        The title of the histograms.
    beside
        The title of the numbers beside them, one a layer, and `number` finds these in a report.
    over
        The axis of one number a layer over the updates, and `size` finds these.
    profiled
        Whether the numbers beside are sizes of δ, to which a factor is fitted.
    """

    label: str
    request: Probe
    symbol: str
    above: Words
    beside: Words
    number: Callable[[Any], list[float]]
    over: str
    size: Callable[[Any], list[float]]
    profiled: bool = False


def _rms(report: Any) -> list[float]:
    return [layer.rms for layer in report.layers]


def _norm(report: Any) -> list[float]:
    return [layer.norm for layer in report.layers]


def _delta(report: Any) -> list[float]:
    return [layer.delta for layer in report.layers]


def _ratio(report: Any) -> list[float]:
    return list(report.ratios)


GRADIENT = Quantity(
    "gradients", Gradients(), "∂L/∂θ",
    ("gradient ∂L/∂θ, log on both sides of 0", "gradient ∂L/∂θ, symmetric log", "∂L/∂θ, symmetric log", "∂L/∂θ, log"),
    ("RMS of δ = ∂ℓ/∂z, log", "RMS of δ, log", "δ, log"), _delta, "‖∂L/∂θ‖ of a layer, log", _norm, True,
)  # fmt: skip
QUANTITIES = (
    GRADIENT,
    Quantity("weights", Weights(), "θ",
             ("weights and biases θ, log on both sides of 0", "weights and biases θ, symmetric log", "θ, log"),
             ("RMS of θ, log", "θ, log"), _rms, "‖θ‖ of a layer, log", _norm),
    Quantity("updates", Updates(), "Δθ",
             ("latest update Δθ, log on both sides of 0", "latest update Δθ, symmetric log", "Δθ, log"),
             ("update ratio ‖Δθ‖/‖θ‖, log", "‖Δθ‖/‖θ‖, log", "ratio, log"), _ratio,
             "update ratio ‖Δθ‖/‖θ‖, log", _ratio),
    Quantity("activations", Outputs(), "a",
             ("activations a, log on both sides of 0", "activations a, symmetric log", "a, log"),
             ("RMS of a, log", "a, log"), _rms, "RMS of a, log", _rms),
    Quantity("δ", Deltas(), "δ",
             ("δ = ∂ℓ/∂z of each unit and example, log on both sides of 0", "δ = ∂ℓ/∂z, symmetric log", "δ, log"),
             ("RMS of δ = ∂ℓ/∂z, log", "RMS of δ, log", "δ, log"), _rms, "RMS of δ, log", _rms, True),
)  # fmt: skip
