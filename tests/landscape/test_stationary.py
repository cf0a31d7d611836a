import numpy as np
import pytest

from gdexplorer.landscape.curvature import Spectrum, lanczos, spectrum
from gdexplorer.landscape.stationary import name
from tests.over_rows import over_rows

EXP = np.exp

# function, point: gradient, Hessian, verdict, (negative, zero, positive)
CLOSED_FORMS = {
    "bowl": (lambda x, y: (x, 4 * y), lambda x, y: [[1, 0], [0, 4]], (0, 0), "minimum", (0, 0, 2)),
    "bowl, up its side": (lambda x, y: (x, 4 * y), lambda x, y: [[1, 0], [0, 4]], (1, 0), "not stationary", (0, 0, 2)),
    "dome": (lambda x, y: (-x, -y), lambda x, y: [[-1, 0], [0, -1]], (0, 0), "maximum", (2, 0, 0)),
    "½x² − ½y² + ¼y⁴ at 0": (
        lambda x, y: (x, y**3 - y), lambda x, y: [[1, 0], [0, 3 * y * y - 1]], (0, 0), "saddle", (1, 0, 1)),
    "½x² − ½y² + ¼y⁴ at 1": (
        lambda x, y: (x, y**3 - y), lambda x, y: [[1, 0], [0, 3 * y * y - 1]], (0, 1), "minimum", (0, 0, 2)),
    "xy": (lambda x, y: (y, x), lambda x, y: [[0, 1], [1, 0]], (0, 0), "saddle", (1, 0, 1)),
    "monkey saddle x³ − 3xy²": (
        lambda x, y: (3 * x * x - 3 * y * y, -6 * x * y), lambda x, y: [[6 * x, -6 * y], [-6 * y, -6 * x]], (0, 0),
        "plateau", (0, 2, 0)),
    "Gaussian, far off": (
        lambda x, y: (x * EXP(-(x * x + y * y) / 2), y * EXP(-(x * x + y * y) / 2)),
        lambda x, y: EXP(-(x * x + y * y) / 2) * np.array([[1 - x * x, -x * y], [-x * y, 1 - y * y]]), (6, 5),
        "plateau", (0, 2, 0)),
    "valley x²": (lambda x, y: (2 * x, 0), lambda x, y: [[2, 0], [0, 0]], (0, 3), "degenerate", (0, 1, 1)),
    "ridge −x²": (lambda x, y: (-2 * x, 0), lambda x, y: [[-2, 0], [0, 0]], (0, 3), "degenerate", (1, 1, 0)),
    "x² + y⁴": (lambda x, y: (2 * x, 4 * y**3), lambda x, y: [[2, 0], [0, 12 * y * y]], (0, 0), "degenerate",
                (0, 1, 1)),
    "a slope without curvature": (lambda x, y: (1, 1), lambda x, y: [[0, 0], [0, 0]], (0, 0), "not stationary",
                                  (0, 2, 0)),
}  # fmt: skip


@over_rows("case", CLOSED_FORMS.values(), ids=CLOSED_FORMS)
def test_points_of_known_functions(case):
    gradient, hessian, point, verdict, counts = case
    matrix = np.array(hessian(*point), float)
    found = name(float(np.linalg.norm(gradient(*point))), spectrum(lambda v: matrix @ v, 2), scale=1.0)
    assert found.verdict == verdict
    assert (found.negative, found.zero, found.positive) == counts
    assert found.sentence.startswith(verdict.capitalize())
    assert found.sentence.endswith(").")
    assert "e-" not in found.sentence
    assert "converge" not in found.sentence


SENTENCES = [
    (3e-7, [-0.0637, 2.39], "Saddle: the loss falls in 1 direction and rises in 1 direction (‖g‖ = 3×10⁻⁷, λ from "
                            "−0.0637 to 2.39)."),
    (0.64, [-1.0, 2.0], "Not stationary: the loss falls along −g (‖g‖ = 0.64, λ from −1 to 2)."),
    (0.0, [0.5, 0.5], "Minimum: the loss rises in every direction (‖g‖ = 0, λ = 0.5)."),
    (0.0, [0.0, 123456.0], "Degenerate: the loss rises in 1 direction, falls in none and has no curvature in 1 "
                           "direction (‖g‖ = 0, λ from 0 to 1.23×10⁵)."),
]  # fmt: skip


@pytest.mark.parametrize(("gradient_norm", "values", "sentence"), SENTENCES)
def test_the_sentence_gives_its_numbers(gradient_norm, values, sentence):
    assert name(gradient_norm, Spectrum(np.array(values), np.eye(2), np.zeros(2)), 1.0).sentence == sentence


def test_the_scale_sets_what_counts_as_zero():
    values = Spectrum(np.array([1e-5, 2.0]), np.eye(2), np.zeros(2))
    assert name(1e-3, values, 1.0).verdict == "not stationary"
    assert name(1e-3, values, 100.0).verdict == "degenerate"
    assert name(1e-3, values, 1.0, gradient=1e-2).verdict == "minimum"
    assert name(1e-3, values, 1e8).verdict == "plateau"


def _by_lanczos(rng, eigenvalues, steps, gradient_norm=0.0):
    q, _ = np.linalg.qr(rng.standard_normal((len(eigenvalues),) * 2))
    matrix = q @ np.diag(eigenvalues) @ q.T
    found = lanczos(lambda v: matrix @ v, len(matrix), steps, rng)
    return name(gradient_norm, found, 1.0), found


PARTS = {
    "saddle": np.r_[-3.0, -2.0, np.linspace(0.5, 1, 97), 9.0],
    "minimum": np.r_[1.0, np.linspace(4, 5, 99)],
    "maximum": np.r_[-1.0, np.linspace(-5, -4, 99)],
    "degenerate": np.r_[np.zeros(60), np.linspace(1, 1.1, 40)],
    "plateau": np.zeros(100),
}


@pytest.mark.parametrize(("verdict", "eigenvalues"), PARTS.items())
def test_a_part_of_the_spectrum_gives_bounds(rng, verdict, eigenvalues):
    found, _ = _by_lanczos(rng, eigenvalues, 25)
    assert found.verdict == verdict
    assert found.zero is None
    assert found.negative <= (eigenvalues < 0).sum()
    assert found.positive <= (eigenvalues > 0).sum()
    assert found.sentence.endswith("by 25 steps of Lanczos).")
    if verdict == "saddle":
        assert "at least 2 directions" in found.sentence
        assert found.negative == 2


def test_one_negative_direction_is_enough_for_a_saddle(rng):
    found, _ = _by_lanczos(rng, np.r_[-3.0, np.linspace(0.5, 1, 99)], 25)
    assert (found.verdict, found.negative) == ("saddle", 1)
    assert "falls in at least 1 direction and" in found.sentence


def test_ends_not_known_well_enough_leave_it_undecided(rng):
    found, part = _by_lanczos(rng, np.linspace(0.01, 10, 100), 3)
    assert part.values[0] > 0
    assert found.verdict == "undecided"
    off = max(part.residuals[0], part.residuals[-1])
    assert f"3 steps of Lanczos know the ends only to ±{off:.3g} (" in found.sentence
    found, _ = _by_lanczos(rng, np.linspace(0.01, 10, 100), 100)
    assert found.verdict == "minimum"


def test_a_large_gradient_is_said_first(rng):
    found, _ = _by_lanczos(rng, PARTS["saddle"], 25, gradient_norm=0.5)
    assert found.verdict == "not stationary"
    assert found.negative == 2


@pytest.mark.parametrize(("gradient_norm", "scale"), [(np.nan, 1.0), (np.inf, 1.0), (0.0, 0.0), (0.0, np.nan)])
def test_numbers_that_name_no_point_are_refused_in_words(gradient_norm, scale):
    with pytest.raises(ValueError, match="names no point"):
        name(gradient_norm, Spectrum(np.ones(1), np.eye(1), np.zeros(1)), scale)
