"""The tables of tests: no row is left out, and the one that fails is named."""

import numpy as np
import pytest

from tests.over_rows import over_rows


def test_every_row_of_every_table_is_met() -> None:
    met = []

    @over_rows("a", [1, 2])
    @over_rows(("b", "c"), [(3, 4), (5, 6), (7, 8)])
    def test(a: int, b: int, c: int) -> None:
        met.append((a, b, c))

    test()
    assert met == [(a, b, b + 1) for a in (1, 2) for b in (3, 5, 7)]


def test_a_row_that_fails_is_named() -> None:
    @over_rows("a", [1, 2], ids=["one", "two"])
    def test(a: int) -> None:
        assert a < 2

    with pytest.raises(AssertionError) as failure:
        test()
    assert failure.value.__notes__ == ["with a = two"]


def test_one_that_is_skipped_leaves_the_others() -> None:
    met = []

    @over_rows("a", [1, 2, 3])
    def test(a: int) -> None:
        if a < 3:
            pytest.skip("too small")
        met.append(a)

    test()
    assert met == [3]


def test_each_row_has_the_same_random_numbers(rng: np.random.Generator) -> None:
    drawn = []

    @over_rows("a", [1, 2])
    def test(a: int, rng: np.random.Generator) -> None:
        drawn.append(rng.random())

    test(rng=rng)
    assert drawn[0] == drawn[1]
