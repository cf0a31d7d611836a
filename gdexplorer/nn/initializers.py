"""How weights start: records that draw the weights and biases of a layer's units.

Sources: LeCun et al. 1998 (Efficient BackProp); Glorot & Bengio 2010; He et al. 2015; Saxe et al. 2014;
PyTorch's ``torch.nn.init`` and ``Linear``; TensorFlow Playground.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Any, Literal, TypeAlias

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.fields import Settings, knob

# (rng, n_out, n_in, gain, knobs, field) -> weights (n_out, n_in) and biases (n_out,), float64
Draw: TypeAlias = Callable[[np.random.Generator, int, int, float, Any, int], tuple[Array, Array]]


@dataclass(frozen=True, slots=True)
class Initializer:
    """One way to draw a layer's parameters.

    ``draw(rng, n_out, n_in, gain, knobs, field)`` returns weights (n_out, n_in) and biases (n_out,) in float64;
    ``gain`` belongs to the activation behind the layer (ReLU √2, tanh 5/3), ``field`` is the number of positions of a
    convolution's kernel, 1 for other layers: a filter's fan in is n_in, its fan out n_out · field. The same generator
    state gives the same draw.
    """

    name: str
    label: str
    help: str
    Knobs: type[Settings]
    draw: Draw


class ZerosKnobs(Settings):
    """Zeros have no knobs."""

    kind: Literal["zeros"] = "zeros"


class ConstantKnobs(Settings):
    """Knobs of a constant."""

    kind: Literal["constant"] = "constant"
    value: float = knob(
        0.1, "value", "The value c of every weight.", symbol="c", live=False, ge=-1e6, le=1e6, slider=(-1, 1)
    )


class NormalKnobs(Settings):
    """Knobs of a normal distribution."""

    kind: Literal["normal"] = "normal"
    sigma: float = knob(
        0.1,
        "standard deviation",
        "Spread σ of the weights: w ~ N(0, σ²).",
        symbol="σ",
        log=True,
        live=False,
        gt=0,
        le=1e6,
        slider=(1e-3, 10),
    )


class UniformKnobs(Settings):
    """Knobs of a uniform distribution."""

    kind: Literal["uniform"] = "uniform"
    bound: float = knob(
        0.5,
        "bound",
        "Largest magnitude a of a weight: w ~ U(−a, a).",
        symbol="a",
        log=True,
        live=False,
        gt=0,
        le=1e6,
        slider=(1e-3, 10),
    )


class LecunNormalKnobs(Settings):
    """LeCun's normal distribution has no knobs."""

    kind: Literal["lecun_normal"] = "lecun_normal"


class LecunUniformKnobs(Settings):
    """LeCun's uniform distribution has no knobs."""

    kind: Literal["lecun_uniform"] = "lecun_uniform"


class XavierNormalKnobs(Settings):
    """Glorot's normal distribution has no knobs."""

    kind: Literal["xavier_normal"] = "xavier_normal"


class XavierUniformKnobs(Settings):
    """Glorot's uniform distribution has no knobs."""

    kind: Literal["xavier_uniform"] = "xavier_uniform"


def _fan() -> Any:
    return knob(
        "in",
        "fan",
        "Counts a layer's inputs, which keeps activations in scale, or its outputs, which keeps gradients.",
        live=False,
        more=True,
    )


class HeNormalKnobs(Settings):
    """Knobs of He's normal distribution."""

    kind: Literal["he_normal"] = "he_normal"
    fan: Literal["in", "out"] = _fan()


class HeUniformKnobs(Settings):
    """Knobs of He's uniform distribution."""

    kind: Literal["he_uniform"] = "he_uniform"
    fan: Literal["in", "out"] = _fan()


class OrthogonalKnobs(Settings):
    """Orthogonal weights have no knobs."""

    kind: Literal["orthogonal"] = "orthogonal"


class TorchLinearKnobs(Settings):
    """PyTorch's default has no knobs."""

    kind: Literal["torch_linear"] = "torch_linear"


class PlaygroundKnobs(Settings):
    """The playground's start has no knobs."""

    kind: Literal["playground"] = "playground"


def _normal(sigma: Callable[[int, int, float, Any], float]) -> Draw:
    def draw(
        rng: np.random.Generator, n_out: int, n_in: int, gain: float, knobs: Any, field: int
    ) -> tuple[Array, Array]:
        return rng.normal(0.0, sigma(n_out * field, n_in, gain, knobs), (n_out, n_in)), np.zeros(n_out)

    return draw


def _uniform(bound: Callable[[int, int, float, Any], float]) -> Draw:
    def draw(
        rng: np.random.Generator, n_out: int, n_in: int, gain: float, knobs: Any, field: int
    ) -> tuple[Array, Array]:
        a = bound(n_out * field, n_in, gain, knobs)
        return rng.uniform(-a, a, (n_out, n_in)), np.zeros(n_out)

    return draw


def _filled(value: Callable[[Any], float]) -> Draw:
    def draw(
        rng: np.random.Generator, n_out: int, n_in: int, gain: float, knobs: Any, field: int
    ) -> tuple[Array, Array]:
        return np.full((n_out, n_in), value(knobs)), np.zeros(n_out)

    return draw


def _fan_of(n_out: int, n_in: int, knobs: HeNormalKnobs | HeUniformKnobs) -> int:
    return n_in if knobs.fan == "in" else n_out


def _orthogonal(
    rng: np.random.Generator, n_out: int, n_in: int, gain: float, knobs: Any, field: int
) -> tuple[Array, Array]:
    q, r = np.linalg.qr(rng.standard_normal((max(n_out, n_in), min(n_out, n_in))))
    q *= np.sign(np.diag(r))  # makes Q uniform among the orthogonal matrices (Mezzadri 2007)
    return np.ascontiguousarray(gain * (q if n_out >= n_in else q.T)), np.zeros(n_out)


def _torch_linear(
    rng: np.random.Generator, n_out: int, n_in: int, gain: float, knobs: Any, field: int
) -> tuple[Array, Array]:
    a = 1 / sqrt(n_in)
    return rng.uniform(-a, a, (n_out, n_in)), rng.uniform(-a, a, n_out)


def _playground(
    rng: np.random.Generator, n_out: int, n_in: int, gain: float, knobs: Any, field: int
) -> tuple[Array, Array]:
    return rng.uniform(-0.5, 0.5, (n_out, n_in)), np.full(n_out, 0.1)


INITIALIZERS: tuple[Initializer, ...] = (
    Initializer(
        "xavier_uniform",
        "Glorot uniform",
        "w ~ U(±gain·√(6/(in + out))), also called Xavier: keeps the scale of activations and gradients alike.",
        XavierUniformKnobs,
        _uniform(lambda n_out, n_in, gain, knobs: gain * sqrt(6 / (n_in + n_out))),
    ),
    Initializer(
        "xavier_normal",
        "Glorot normal",
        "w ~ N(0, gain²·2/(in + out)), also called Xavier: keeps the scale of activations and gradients alike.",
        XavierNormalKnobs,
        _normal(lambda n_out, n_in, gain, knobs: gain * sqrt(2 / (n_in + n_out))),
    ),
    Initializer(
        "he_uniform",
        "He uniform",
        "w ~ U(±gain·√(3/fan)), also called Kaiming: made for rectifiers, whose gain is √2.",
        HeUniformKnobs,
        _uniform(lambda n_out, n_in, gain, knobs: gain * sqrt(3 / _fan_of(n_out, n_in, knobs))),
    ),
    Initializer(
        "he_normal",
        "He normal",
        "w ~ N(0, gain²/fan), also called Kaiming: made for rectifiers, whose gain is √2.",
        HeNormalKnobs,
        _normal(lambda n_out, n_in, gain, knobs: gain / sqrt(_fan_of(n_out, n_in, knobs))),
    ),
    Initializer(
        "lecun_uniform",
        "LeCun uniform",
        "w ~ U(±√(3/in)): a variance of 1/in, whatever the activation.",
        LecunUniformKnobs,
        _uniform(lambda n_out, n_in, gain, knobs: sqrt(3 / n_in)),
    ),
    Initializer(
        "lecun_normal",
        "LeCun normal",
        "w ~ N(0, 1/in), whatever the activation.",
        LecunNormalKnobs,
        _normal(lambda n_out, n_in, gain, knobs: 1 / sqrt(n_in)),
    ),
    Initializer(
        "orthogonal",
        "orthogonal",
        "gain times a random matrix with orthonormal rows or columns, whichever are fewer.",
        OrthogonalKnobs,
        _orthogonal,
    ),
    Initializer(
        "torch_linear",
        "PyTorch default",
        "w and b ~ U(±1/√in), as PyTorch's Linear starts.",
        TorchLinearKnobs,
        _torch_linear,
    ),
    Initializer(
        "playground",
        "playground",
        "w ~ U(−0.5, 0.5) and b = 0.1, as TensorFlow Playground starts, whatever the size of the layer.",
        PlaygroundKnobs,
        _playground,
    ),
    Initializer(
        "normal",
        "normal",
        "w ~ N(0, σ²), whatever the size of the layer.",
        NormalKnobs,
        _normal(lambda o, i, g, k: k.sigma),
    ),
    Initializer(
        "uniform",
        "uniform",
        "w ~ U(−a, a), whatever the size of the layer.",
        UniformKnobs,
        _uniform(lambda o, i, g, k: k.bound),
    ),
    Initializer(
        "constant",
        "constant",
        "Every weight is c: the units of a layer stay equal, for nothing tells them apart.",
        ConstantKnobs,
        _filled(lambda knobs: knobs.value),
    ),
    Initializer(
        "zeros",
        "zeros",
        "Every weight is 0: a hidden layer then passes no signal, and its gradient can stay 0.",
        ZerosKnobs,
        _filled(lambda knobs: 0.0),
    ),
)
