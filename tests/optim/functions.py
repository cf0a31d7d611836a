"""Smooth functions with their derivatives by hand, as landscapes that count what they are asked."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from gdexplorer.optim.search import HVP_COST


@dataclass
class Function:
    value_at: Any
    gradient_at: Any
    hessian_at: Any = None
    evaluations: int = 0

    def value(self, theta):
        self.evaluations += 1
        return float(self.value_at(theta))

    def value_and_gradient(self, theta, out):
        out[:] = self.gradient_at(theta)
        return self.value(theta)

    def hvp(self, theta, v, out):
        self.evaluations += HVP_COST
        out[:] = self.hessian_at(theta) @ v


def quadratic(A, b=None):
    """½θᵀAθ − bᵀθ."""
    b = np.zeros(len(A)) if b is None else b
    return Function(lambda t: 0.5 * t @ A @ t - b @ t, lambda t: A @ t - b, lambda t: A)


def ravine():
    return quadratic(np.diag([1.0, 100.0]))


def random_quadratic(n, kappa, seed):
    """Eigenvalues log-uniform in [1, κ], both ends among them, in random directions; and a start."""
    rng = np.random.default_rng(seed)
    rotation, _ = np.linalg.qr(rng.standard_normal((n, n)))
    values = np.exp(rng.uniform(0, np.log(kappa), n))
    values[0], values[-1] = 1, kappa
    return quadratic(rotation @ np.diag(values) @ rotation.T), rng.standard_normal(n)


def rosenbrock():
    return Function(
        lambda t: (1 - t[0]) ** 2 + 100 * (t[1] - t[0] ** 2) ** 2,
        lambda t: np.array([-2 * (1 - t[0]) - 400 * t[0] * (t[1] - t[0] ** 2), 200 * (t[1] - t[0] ** 2)]),
        lambda t: np.array([[2 - 400 * t[1] + 1200 * t[0] ** 2, -400 * t[0]], [-400 * t[0], 200]]),
    )


def himmelblau():
    def parts(t):
        return t[0] ** 2 + t[1] - 11, t[0] + t[1] ** 2 - 7

    def gradient(t):
        p, q = parts(t)
        return np.array([4 * t[0] * p + 2 * q, 2 * p + 4 * t[1] * q])

    def hessian(t):
        p, q = parts(t)
        off = 4 * (t[0] + t[1])
        return np.array([[4 * p + 8 * t[0] ** 2 + 2, off], [off, 4 * q + 8 * t[1] ** 2 + 2]])

    return Function(lambda t: parts(t)[0] ** 2 + parts(t)[1] ** 2, gradient, hessian)


def saddle():
    """½x² − ½y² + ¼y⁴: saddle (0, 0), minima (0, ±1)."""
    return Function(
        lambda t: 0.5 * t[0] ** 2 - 0.5 * t[1] ** 2 + 0.25 * t[1] ** 4,
        lambda t: np.array([t[0], -t[1] + t[1] ** 3]),
        lambda t: np.diag([1, -1 + 3 * t[1] ** 2]),
    )


def steps(search, function, start, knobs=None, most=200, until=None, dtype=np.float64):
    """Descend; return the path (T + 1, P), the slots at the end, and the evaluations that were reported."""
    theta = np.array(start, dtype)
    slots = search.init(theta.size, theta.dtype, knobs or search.Knobs(), None)
    path, evaluations, out = [theta.copy()], 0, np.empty_like(theta)
    for _ in range(most):
        if until is not None and until(path[-1]):
            break
        evaluations += search.propose(function, theta, slots, out)
        theta[:] = out
        path.append(theta.copy())
    return np.array(path), slots, evaluations
