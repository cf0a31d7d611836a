from pathlib import Path

import numpy as np
import pytest

from gdexplorer.data import Task
from gdexplorer.data import choice as module
from gdexplorer.data.choice import Chosen, choose, suggested_inputs, suggested_target, suggested_task
from gdexplorer.data.preview import Preview, read_csv

TABLE = """size,price,rooms,city,furnished,note,same,empty
30.5,300,1,Ulm,no,a1,5,
41.2,420.5,2,Bern,yes,a2,5,
,510,3,Graz,no,a3,5,
75,700.25,3,Ulm,,a4,5,
66,650,4,Bern,no,a5,5,3
52,500,2,Graz,yes,a6,5,
48,470,2,Ulm,yes,a7,5,
90,880,4,Bern,no,a8,5,
"""


@pytest.fixture
def flats(tmp_path: Path) -> Preview:
    return previewed(tmp_path, TABLE)


def previewed(folder: Path, text: str) -> Preview:
    (folder / "flats.csv").write_text(text)
    return read_csv(folder / "flats.csv")


def test_what_is_worth_learning_is_suggested(flats: Preview) -> None:
    assert suggested_target(flats) == "note"
    assert suggested_inputs(flats, "price") == ("size", "rooms")
    tasks = {column.name: suggested_task(column) for column in flats.columns}
    assert tasks == {
        "size": "regression", "price": "regression", "rooms": "classes", "city": "classes", "furnished": "binary",
        "note": "classes", "same": "classes", "empty": "classes",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "task"),
    [
        (["0", "1"] * 4, "binary"), (["1", "2", "3"] * 4, "classes"), (["0.5", "1"] * 4, "regression"),
        ([str(k) for k in range(20)] * 2, "classes"), ([str(k) for k in range(21)] * 2, "regression"),
        (["1", "2", "3", "4"], "regression"), (["-1", "1", ""] * 4, "binary"), (["a", "b"] * 4, "binary"),
        (["a", "b", "c"] * 4, "classes"),
    ],
)  # fmt: skip
def test_few_whole_numbers_and_texts_are_classes(cells: list[str], task: Task, tmp_path: Path) -> None:
    preview = previewed(tmp_path, "x,y\n" + "".join(f"{k},{cell}\n" for k, cell in enumerate(cells)))
    assert suggested_task(preview.columns[1]) == task
    assert suggested_target(preview) == "y"


def test_a_regression_takes_the_rows_that_have_everything(flats: Preview) -> None:
    table = (chosen := choose(flats, "price")).table
    assert (table.task, table.inputs, table.target, table.labels, table.title) == (
        "regression", ("size", "rooms"), "price", (), "flats.csv")  # fmt: skip
    np.testing.assert_array_equal(table.x, [[30.5, 1], [41.2, 2], [75, 3], [66, 4], [52, 2], [48, 2], [90, 4]])
    np.testing.assert_array_equal(table.y, [300, 420.5, 700.25, 650, 500, 470, 880])
    assert chosen.notes == (
        "Not used as inputs, being text, constant or mostly blank: city, furnished, note, same, empty.",
        "1 row with a blank or wrong cell is left out; 7 remain.",
        "'price' reaches 880, and targets are not scaled: begin with a small learning rate.",
    )


def test_a_blank_label_is_counted_and_never_a_class(flats: Preview) -> None:
    chosen = choose(flats, "furnished", ["price"])
    assert chosen.table.labels == ("no", "yes")
    np.testing.assert_array_equal(chosen.table.y, [0, 1, 0, 0, 1, 1, 0])
    assert chosen.notes == ("1 row with a blank or wrong cell is left out; 7 remain.",)


@pytest.mark.parametrize(
    ("target", "task", "labels", "y"),
    [
        ("city", None, ("Bern", "Graz", "Ulm"), [2, 0, 1, 2, 0, 1, 2, 0]),
        ("rooms", "classes", ("1", "2", "3", "4"), [0, 1, 2, 2, 3, 1, 1, 3]),
        ("rooms", "regression", (), [1, 2, 3, 3, 4, 2, 2, 4]),
        ("price", "classes", ("300", "420.5", "470", "500", "510", "650", "700.25", "880"), [0, 1, 4, 6, 5, 3, 2, 7]),
    ],
)
def test_classes_are_in_order(flats: Preview, target: str, task: Task, labels: tuple[str, ...], y: list[int]) -> None:
    table = choose(flats, target, ["price" if target != "price" else "rooms"], task).table
    assert table.labels == labels
    np.testing.assert_array_equal(table.y, y)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("prize",), "'flats.csv' has no column 'prize'; did you mean 'price'?"),
        (("price", ["sice"]), "'flats.csv' has no column 'sice'; did you mean 'size'?"),
        (("price", ["price"]), "'price' cannot be target and input; choose another column for one of them."),
        (("price", ["size", "size"]), "An input is named twice; name each once."),
        (("price", ["city"]), "Column 'city' is text, and an input must be numeric; leave it out."),
        (("price", []), "'flats.csv' has no column of numbers besides 'price' to learn it from; choose another target"
                        " or file."),
        (("city", ["size"], "regression"), "Column 'city' is text, which no regression can learn; choose classes."),
        (("city", ["size"], "binary"), "Column 'city' has 3 classes, and a binary task has 2; choose classes."),
        (("same", ["size"], "classes"), "Column 'same' has one class only, '5', so there is nothing to tell apart;"
                                        " choose another target."),
        (("empty", ["size"]), "Only 1 of 8 rows have all the chosen cells, and at least 4 are needed; choose other"
                              " columns."),
        (("price", None, "guess"), "There is no task 'guess'; choose regression, binary, classes."),
    ],
)  # fmt: skip
def test_what_cannot_be_chosen_is_refused(flats: Preview, arguments: tuple[str], sentence: str) -> None:
    with pytest.raises(ValueError, match=r"[.?]$") as caught:
        choose(flats, *arguments)
    assert str(caught.value) == sentence


def test_too_many_classes_are_refused(tmp_path: Path) -> None:
    preview = previewed(tmp_path, "x,n,t,u\n" + "".join(f"{k},{k},t{k},{'u' * 101}\n" for k in range(101)))
    with pytest.raises(ValueError, match=r"'n' has 101 different numbers, more than 100 classes; choose regression\."):
        choose(preview, "n", ["x"], "classes")
    for target in "tu":
        with pytest.raises(ValueError, match="more than 100 different texts or very long ones, too many for classes"):
            choose(preview, target, ["x"])
    hundred = previewed(tmp_path, "x,t\n" + "".join(f"{k},t{k % 100}\n" for k in range(200)))
    assert len(choose(hundred, "t").table.labels) == 100


def test_a_constant_regression_is_said_to_be_one(flats: Preview) -> None:
    assert (
        "'same' is 5 in every row, so there is nothing to learn." in choose(flats, "same", ["size"], "regression").notes
    )


def test_more_rows_than_a_table_takes_are_drawn_evenly_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_EXAMPLES", 100)
    preview = previewed(tmp_path, "x,y\n" + "".join(f"{k},{k % 2}\n" for k in range(1000)))
    chosen: Chosen = choose(preview, "y")
    assert chosen.notes == ("100 of 1,000 rows, drawn evenly, are used: as many as an experiment takes.",)
    rows = chosen.table.x[:, 0]
    assert len(set(rows)) == 100
    assert (np.diff(rows) > 0).all()
    assert 400 < rows.mean() < 600
    np.testing.assert_array_equal(chosen.table.y, rows % 2)
