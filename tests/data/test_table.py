import copy
import pickle
from typing import Any

import numpy as np
import pytest

from gdexplorer.data import load
from gdexplorer.data.table import Table
from tests.over_rows import over_rows

X, Y = np.arange(12.0).reshape(6, 2), np.array([0.0, 1, 0, 1, 1, 0])
GOOD: dict[str, Any] = {"title": "t.csv", "x": X, "y": Y, "inputs": ("a", "b"), "target": "c", "task": "binary",
                        "labels": ("no", "yes"), "domain": None}  # fmt: skip


def made(**changes: Any) -> Table:
    return Table(**GOOD | changes)


def test_equal_content_is_an_equal_table_and_anything_else_is_another() -> None:
    assert made() == made(x=X.copy(), inputs=["a", "b"])
    assert hash(made()) == hash(made())
    others = [{"title": "u"}, {"x": X + 1e-15 * (X == 3)}, {"y": Y[::-1]}, {"inputs": ("b", "a")}, {"target": "d"},
              {"labels": ("yes", "no")}, {"domain": ((0, 1), (0, 1))}, {"task": "classes"},
              {"task": "regression", "labels": ()}]  # fmt: skip
    assert len({made(), *(made(**other) for other in others)}) == 10
    assert made() != "t.csv"


def test_a_table_does_not_change() -> None:
    table, given = made(), X.copy()
    kept = made(x=given)
    given[0] = 99
    assert kept == table
    for array in (table.x, table.y):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    with pytest.raises(AttributeError, match="does not change"):
        table.title = "other"
    with pytest.raises(AttributeError, match="does not change"):
        del table.x
    assert copy.deepcopy(table) == pickle.loads(pickle.dumps(table)) == table
    assert repr(table) == "Table('t.csv', 6 × 2, binary)"


@over_rows(
    ("changes", "sentence"),
    [
        ({"x": X[:5]}, "A table needs a row of inputs for each target"),
        ({"x": X[:, :1]}, "A table needs a row of inputs"),
        ({"x": X.ravel()}, "A table needs a row of inputs"),
        ({"x": X[:, :0], "inputs": ()}, "A table needs a row of inputs"),
        ({"x": np.where(X == 3, np.nan, X)}, "must be finite and within ±1e+18"),
        ({"x": X * 1e18}, "must be finite"),
        ({"y": np.where(Y == 1, np.inf, 0)}, "must be finite"),
        ({"y": Y + 0.5}, "A class index must be one of 0 to 1."),
        ({"y": Y + 1}, "A class index must be one of 0 to 1."),
        ({"y": Y - 1}, "A class index must be one of 0 to 1."),
        ({"labels": ("a",)}, "A table of 1 classes does not fit the task 'binary'."),
        ({"labels": ("a", "a")}, "must differ"),
        ({"inputs": ("a", "a")}, "must differ"),
        ({"labels": ("a", "b", "c")}, "A table of 3 classes does not fit the task 'binary'."),
        ({"task": "regression"}, "A table of 2 classes does not fit the task 'regression'."),
        ({"task": "guess"}, "A table of 2 classes does not fit the task 'guess'."),
        ({"task": "classes", "labels": tuple(map(str, range(101)))}, "A table of 101 classes does not fit"),
        ({"title": ""}, "must be printable"),
        ({"target": "x" * 101}, "must be printable"),
        ({"labels": ("a", "b\n")}, "must be printable"),
        ({"title": "\ud800"}, "must be printable"),
        ({"domain": ((0, 1),)}, "domain"),
        ({"domain": ((0, 1), (1, 1))}, "domain"),
        ({"domain": ((0, 1), (0, float("nan")))}, "domain"),
        ({"x": np.zeros((100_001, 1)), "y": np.zeros(100_001), "inputs": ("a",)}, "is too large"),
        ({"x": np.zeros((6, 256)), "inputs": tuple(map(str, range(256)))}, "is too large"),
    ],
)
def test_what_does_not_fit_is_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=r"^[AT]") as caught:
        made(**changes)
    assert sentence in str(caught.value)
    assert str(caught.value).endswith(".")


def test_splits_are_of_the_table_s_rows() -> None:
    table = made()
    source = table.source()
    assert (source.amount, source.limit, source.noise, source.labels) == (6, 6, 0, ("no", "yes"))
    for low, high, column in zip(*np.transpose(source.domain), X.T, strict=True):
        assert low < column.min() < column.max() < high
    data = load(source, 6, 0.0, 0.5, 7)
    rows = np.vstack([np.column_stack([split.x, split.y]) for split in (data.train, data.test)])
    np.testing.assert_array_equal(rows[rows[:, 0].argsort()], np.column_stack([X, Y]))
    assert (len(data.train.y), data.inputs, data.labels, data.classes) == (3, ("a", "b"), ("no", "yes"), 2)
    assert made().source() is source  # so that equal tables make equal data sets
    fewer = load(source, 4, 0.0, 0.5, 7)
    assert {*fewer.train.x[:, 0], *fewer.test.x[:, 0]} < {*X[:, 0]}
    with pytest.raises(ValueError, match="has 6 examples, not 7"):
        load(source, 7, 0.0, 0.5, 7)
    with pytest.raises(ValueError, match="noise"):
        load(source, 6, 0.1, 0.5, 7)


@pytest.mark.parametrize("constant", [0.0, -3.0, 1e17, 1e-300])
def test_a_constant_input_is_shown_with_room(constant: float) -> None:
    ((low, high),) = made(x=np.full((6, 1), constant), inputs=("a",)).source().domain
    assert low < constant < high


def test_points_are_drawn_one_by_one() -> None:
    table = Table.of_points(np.zeros((0, 2)), np.zeros(0))
    for k in range(6):
        if k < 4:
            with pytest.raises(ValueError, match=f"has {k} example.* at least 4 together: add some"):
                table.source()
        table = table.with_point((k / 4, -k / 4), k % 2)
    np.testing.assert_array_equal(table.x, [(k / 4, -k / 4) for k in range(6)])
    np.testing.assert_array_equal(table.y, [0, 1, 0, 1, 0, 1])
    assert table.source().domain == ((-2, 2), (-2, 2))
    np.testing.assert_array_equal(table.without_point(2).y, [0, 1, 1, 0, 1])
    assert table.with_point((1, 1), 0).without_point(6) == table
    value = Table.of_points([(0, 1)], [0.5], "regression")
    assert (value.task, value.labels, value.with_point((1, 2), -7.5).y.tolist()) == ("regression", (), [0.5, -7.5])
    with pytest.raises(ValueError, match="has 2 coordinates, not 3"):
        table.with_point((1, 2, 3), 0)
    with pytest.raises(ValueError, match="class index"):
        table.with_point((1, 2), 2)
    with pytest.raises(ValueError, match="no example 6"):
        table.without_point(6)


def test_a_new_point_leaves_most_others_in_their_split(rng: np.random.Generator) -> None:
    x = rng.uniform(-1, 1, (40, 2))
    for n in range(20, 40):
        before, after = (load(Table.of_points(x[:k], np.zeros(k)).source(), k, 0.0, 0.6, 7).train.x for k in (n, n + 1))
        moved = {*map(tuple, before.tolist())} ^ {*map(tuple, after.tolist())}
        assert len(moved) <= 2
