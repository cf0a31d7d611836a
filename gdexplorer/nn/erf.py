"""The error function for arrays: NumPy has none, and SciPy is not worth its 100 MB.

Rational approximations of W. J. Cody, "Rational Chebyshev approximations for the error function",
Mathematics of Computation 23 (1969) 631-637; relative error below 1e-15.
"""

import numpy as np

from gdexplorer.arrays import Array

_A = (3.16112374387056560e00, 1.13864154151050156e02, 3.77485237685302021e02, 3.20937758913846947e03,
      1.85777706184603153e-1)  # fmt: skip
_B = (2.36012909523441209e01, 2.44024637934444173e02, 1.28261652607737228e03, 2.84423683343917062e03)
_C = (5.64188496988670089e-1, 8.88314979438837594e0, 6.61191906371416295e01, 2.98635138197400131e02,
      8.81952221241769090e02, 1.71204761263407058e03, 2.05107837782607147e03, 1.23033935479799725e03,
      2.15311535474403846e-8)  # fmt: skip
_D = (1.57449261107098347e01, 1.17693950891312499e02, 5.37181101862009858e02, 1.62138957456669019e03,
      3.29079923573345963e03, 4.36261909014324716e03, 3.43936767414372164e03, 1.23033935480374942e03)  # fmt: skip
_P = (3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1, 1.60837851487422766e-2,
      6.58749161529837803e-4, 1.63153871373020978e-2)  # fmt: skip
_Q = (2.56852019228982242e00, 1.87295284992346725e00, 5.27905102951428412e-1, 6.05183413124413191e-2,
      2.33520497626869185e-3)  # fmt: skip


def erf(x: Array, out: Array | None = None) -> Array:
    """erf(x) = 2/√π ∫₀ˣ e^(−t²) dt, element by element; `out` may be `x`."""
    y = np.abs(np.asarray(x, np.float64))
    result = np.empty_like(y)
    small, large = y <= 0.46875, y > 4.0
    middle = ~(small | large)
    result[small] = _small(y[small])
    result[middle] = 1.0 - _middle(y[middle])
    result[large] = 1.0 - _large(y[large])
    np.copysign(result, x, result)
    result[np.isnan(y)] = np.nan
    if out is None:
        return result
    out[...] = result
    return out


def _small(y: Array) -> Array:
    s = y * y
    above, below = _A[4] * s, s
    for a, b in zip(_A[:3], _B[:3], strict=True):
        above, below = (above + a) * s, (below + b) * s
    return y * (above + _A[3]) / (below + _B[3])


def _middle(y: Array) -> Array:
    above, below = _C[8] * y, y
    for c, d in zip(_C[:7], _D[:7], strict=True):
        above, below = (above + c) * y, (below + d) * y
    return np.asarray(np.exp(-y * y) * (above + _C[7]) / (below + _D[7]))


def _large(y: Array) -> Array:
    y = np.minimum(y, 27.0)  # erfc underflows there
    s = 1.0 / (y * y)
    above, below = _P[5] * s, s
    for p, q in zip(_P[:4], _Q[:4], strict=True):
        above, below = (above + p) * s, (below + q) * s
    ratio = s * (above + _P[4]) / (below + _Q[4])
    return np.asarray(np.exp(-y * y) * (1.0 / np.sqrt(np.pi) - ratio) / y)
