import math

import numpy as np
import pytest

from gdexplorer.probes.profile import FEWEST, profile


@pytest.mark.parametrize(("factor", "layers", "verdict"), [
    (0.22, 10, "vanishing"), (3.16, 10, "exploding"), (0.22, 5, "vanishing"), (0.22, 4, ""), (1.0, 10, ""),
    (0.8, 10, ""),
    (0.5, 5, ""),  # 0.06 in all: it shrinks, and not far
    (2.1, 12, "exploding"),
])  # fmt: skip
def test_a_straight_line_is_found_again(factor, layers, verdict):
    deltas = [0.3 * factor ** (layers - k) for k in range(layers)]
    found = profile([*deltas, 0.9])
    assert found.factor == pytest.approx(factor, rel=1e-12)
    assert found.r2 == pytest.approx(1)
    assert found.whole == pytest.approx(factor ** (layers - 1), rel=1e-9)
    np.testing.assert_allclose(found.fitted, deltas)
    assert found.verdict == verdict


def test_factor_and_r2_are_numpys(rng):
    logs = rng.normal(size=9) - 1.3 * np.arange(9)
    found = profile([*np.exp(logs), 1.0])
    slope, _ = np.polyfit(np.arange(9), logs, 1)
    assert found.factor == pytest.approx(math.exp(-slope), rel=1e-10)
    assert found.r2 == pytest.approx(np.corrcoef(np.arange(9), logs)[0, 1] ** 2, rel=1e-10)


def test_what_is_not_straight_has_no_verdict():
    assert profile([1e-6, 1, 1e-6, 1, 1e-6, 1, 1]).verdict == ""
    assert profile([1e-9, 1, 1, 1, 1, 1, 1, 1, 1]).verdict == ""


def test_layers_without_delta_are_left_out():
    found = profile([1e-4, 0.0, 1e-2, math.nan, 1.0, 10.0, 5.0])
    assert found.rows == (0, 2, 4, 5)
    assert found.factor == pytest.approx(0.1)


@pytest.mark.parametrize("hidden", range(FEWEST))
def test_few_layers_prove_nothing(hidden):
    assert profile([*(0.1**k for k in range(hidden)), 1.0]) is None


def test_the_end_of_the_range_of_numbers_is_survived():
    found = profile([1e300, 1e150, 1.0, 1e-150, 1e-300, 1.0])
    assert found.verdict == "exploding"
    assert found.whole == math.inf or found.whole > 1e300
