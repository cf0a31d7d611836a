"""CSV that spreadsheets take for what it is."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from gdexplorer.lab.history import joined
from gdexplorer.lab.session import Session
from gdexplorer.lab.sheet import Sheet, curves, encoded, files
from tests.builders import CATALOGUE, experiment


def rows(sheet: Sheet) -> list[list[str]]:
    return list(csv.reader(io.StringIO(encoded(sheet).decode())))


def test_numbers_come_back_as_they_were() -> None:
    values = np.array([1 / 3, 1e-300, -2.5, 7.0])
    found = rows(Sheet("", {"value": values, "count": np.arange(4)}))
    assert found[0] == ["value", "count"]
    assert [float(row[0]) for row in found[1:]] == values.tolist()
    assert [row[1] for row in found[1:]] == ["0", "1", "2", "3"]


def test_what_there_is_not_is_empty() -> None:
    assert rows(Sheet("", {"a": [np.nan, None, True], "b": [1, 2, 3]}))[1:] == [["", "1"], ["", "2"], ["1", "3"]]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "−1", "@sum", "\tx"])
def test_text_that_would_be_computed_is_marked_in_cells_and_heads(text: str) -> None:
    found = encoded(Sheet("", {text: [text, "plain"]})).decode().splitlines()
    assert found == [f"'{text}", f"'{text}", "plain"]


def test_separators_and_quotes_survive() -> None:
    odd = 'a, "b"\nc'
    assert rows(Sheet("", {"name": [odd]}))[1] == [odd]


def test_a_grid_has_a_row_for_each_point() -> None:
    z = np.arange(6.0).reshape(2, 3)
    sheet = Sheet.of_grid("", ("x", np.array([0.0, 1, 2])), ("y", np.array([5.0, 6])), z=z)
    assert all(z[int(y) - 5, int(x)] == value for x, y, value in zip(*sheet.columns.values(), strict=True))


def test_further_tables_stand_beside_the_first(tmp_path: Path) -> None:
    found = files(tmp_path / "a.csv", (Sheet("", {"x": [1]}), Sheet("path", {"x": [2]})))
    assert {path.name: content for path, content in found.items()} == {"a.csv": b"x\n1\n", "a-path.csv": b"x\n2\n"}


def test_curves_of_a_race_name_their_lanes() -> None:
    rivals = [{"id": "r1", "optimizer": {"kind": "adam"}}]
    for given in ({}, {"rivals": rivals}):
        session = Session(experiment(given), CATALOGUE)
        session.advance(6)
        lanes = session.frame().lanes
        full, batch = curves(lanes)
        assert (full.name, batch.name) == ("", "batch")
        assert ("lane" in full.columns) == bool(given)
        first = joined(session.run.recorder.batch.parts())
        assert np.array_equal(np.asarray(batch.columns["batch_loss"])[: len(first)], first[:, 1])
        assert len(batch.columns["update"]) == 6 * len(lanes)
        if given:
            assert list(dict.fromkeys(batch.columns["lane"])) == [lane.name for lane in lanes]
