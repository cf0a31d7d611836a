"""Eigenvalues, trace and thresholds from Hessian-vector products: v ↦ H v, exact or by differences."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.fields import Settings
from gdexplorer.objectives.objective import Product
from gdexplorer.optim.sgd import MomentumKnobs, NesterovKnobs, SgdKnobs

MOST_DENSE = 300  # parameters up to which the whole Hessian is formed
BREAKDOWN = 1e-12  # of the largest number in the tridiagonal matrix


@dataclass(frozen=True, eq=False, slots=True)
class Spectrum:
    """Eigenvalues of a Hessian with unit eigenvectors: all of them, or what Lanczos found.

    The extreme values of a part are bounds: λmax is no smaller, λmin no larger, and there are at least as many
    negative and positive eigenvalues as in the part (Cauchy's interlacing).
    """

    values: Array  # (k,), ascending
    vectors: Array  # (k, P), a row each
    residuals: Array  # (k,), ‖Hv − λv‖: some eigenvalue is that close

    @property
    def whole(self) -> bool:
        """Whether these are all P eigenvalues."""
        return bool(len(self.values) == self.vectors.shape[1])


def lanczos(product: Product, size: int, steps: int, rng: np.random.Generator) -> Spectrum:
    """Approximate eigenvalues at both ends of the spectrum, exactly all if steps ≥ size.

    Unlike power iteration it tells the largest eigenvalue from the one of largest magnitude. Where the Krylov
    space is exhausted, it goes on in a fresh direction, so that multiple eigenvalues are found as often as they occur.

    Parameters
    ----------
    size
        P.
    steps
        Products to spend; P are enough.
    rng
        Draws the first direction.

    References
    ----------
    Golub, Van Loan: "Matrix Computations", section 10.3 (complete reorthogonalization).
    """
    steps = min(steps, size)
    if steps < 1:
        raise ValueError(f"Lanczos with {steps} steps in {size} dimensions finds nothing; ask for at least 1 of each.")
    basis, tridiagonal = np.zeros((steps, size)), np.zeros((steps, steps))
    basis[0] = _fresh(basis[:0], rng)
    top = 0.0
    for k in range(steps):
        w, along = _orthogonal(_finite(product(basis[k])), basis[: k + 1])
        tridiagonal[k, k] = along[k]
        beta = _norm(w)
        if k + 1 == steps:
            break
        top = max(top, abs(along[k]))
        if beta > BREAKDOWN * top:
            tridiagonal[k, k + 1] = tridiagonal[k + 1, k] = beta
            np.divide(w, beta, out=basis[k + 1])
            top = max(top, beta)
        else:
            basis[k + 1] = _fresh(basis[: k + 1], rng)
    values, mixing = np.linalg.eigh(tridiagonal)
    return Spectrum(values, mixing.T @ basis, np.abs(beta * mixing[-1]))


def _orthogonal(w: Array, basis: Array) -> tuple[Array, Array]:
    """Return what of w is orthogonal to the rows, and its products with them."""
    along = basis @ w
    w = w - along @ basis
    w -= (basis @ w) @ basis  # twice is enough
    return w, along


def _norm(w: Array) -> float:
    with np.errstate(over="ignore"):
        square = float(w @ w)
    if 1e-200 < square < 1e200:
        return math.sqrt(square)
    top = float(np.abs(w).max())  # squares of curvatures of 1e±200 leave the range of numbers
    return top * float(np.linalg.norm(w / top)) if top else 0.0


def _fresh(basis: Array, rng: np.random.Generator) -> Array:
    """Return a random unit vector orthogonal to fewer than P orthonormal rows."""
    w, _ = _orthogonal(rng.standard_normal((basis.shape[1],)), basis)
    return w / _norm(w)


def _finite(w: Array) -> Array:
    if not np.isfinite(w).all():
        raise ValueError("The curvature is not finite here, as the loss overflows; move to a point of smaller weights.")
    return np.asarray(w, np.float64)


def trace(product: Product, size: int, probes: int, rng: np.random.Generator) -> tuple[float, float]:
    """Estimate tr H = E zᵀHz over signs z ∈ {−1, 1}ᴾ; return the mean and its standard error.

    References
    ----------
    Hutchinson: "A stochastic estimator of the trace of the influence matrix", 1990.
    """
    if probes < 2:
        raise ValueError(f"A standard error needs at least 2 probes, not {probes}.")
    signs = rng.choice([-1.0, 1.0], (probes, size))
    found = np.array([z @ _finite(product(z)) for z in signs])
    return float(found.mean()), float(found.std(ddof=1) / math.sqrt(probes))


def dense(product: Product, size: int) -> Array:
    """Return the whole Hessian (P, P), made symmetric to the last digit."""
    if size > MOST_DENSE:
        raise ValueError(f"The whole Hessian is for at most {MOST_DENSE} parameters, not {size:,}; use Lanczos.")
    rows = np.array([_finite(product(axis)) for axis in np.eye(size)])
    return np.asarray((rows + rows.T) / 2)


def spectrum(product: Product, size: int) -> Spectrum:
    """Return all eigenvalues, by way of the whole Hessian."""
    hessian = dense(product, size)
    values, vectors = np.linalg.eigh(hessian)
    return Spectrum(values, vectors.T, np.linalg.norm(hessian @ vectors - vectors * values, axis=0))


def differences(gradient: Callable[[Array], Array], theta: Array, v: Array, step: float = 1e-5) -> Array:
    """Approximate H v by central differences, for a loss without exact products.

    ‖v‖ (∇L(θ + h u) − ∇L(θ − h u)) / 2h, u = v / ‖v‖, with the step h in the unit of θ; the error is h²/6 of the
    fourth derivative and the gradient's rounding over h, so that float64 is needed.
    """
    length = float(np.linalg.norm(v))
    if length == 0:
        return np.zeros_like(theta)
    shift = (step / length) * v
    above = np.array(gradient(theta + shift))  # a copy: it may be scratch
    return np.asarray((above - gradient(theta - shift)) * (length / (2 * step)))


def threshold(knobs: Settings) -> float | None:
    """Return the sharpness above which full-batch steps overshoot along the top eigenvector: the edge of stability.

    On a quadratic, gradient descent is stable below 2/η, a heavy ball below (2 + 2μ) / η(1 − d), d its dampening,
    and Nesterov momentum in PyTorch's form below (2 + 2μ) / η(1 + 2μ). None for rules that rescale their steps.

    References
    ----------
    Cohen, Kaur, Li, Kolter, Talwalkar: "Gradient descent on neural networks typically occurs at the edge of
    stability", 2021.
    """
    match knobs:
        case SgdKnobs():
            return 2 / knobs.learning_rate if knobs.learning_rate else math.inf
        case MomentumKnobs():
            undamped = knobs.learning_rate * (1 - knobs.dampening)
            return (2 + 2 * knobs.momentum) / undamped if undamped else math.inf
        case NesterovKnobs():
            ahead = knobs.learning_rate * (1 + 2 * knobs.momentum)
            return (2 + 2 * knobs.momentum) / ahead if ahead else math.inf
        case _:
            return None
