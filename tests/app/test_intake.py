from pathlib import Path

import pytest

from gdexplorer.app.intake import Contents, Marks, check, commands, plan, read
from gdexplorer.data import Table
from gdexplorer.lab.commands import Change
from tests.builders import CATALOGUE, experiment

PEOPLE = "height;weight;town;sex;same\n" + "".join(
    f"{150 + 3 * k},5;{50 + k};{'Ulm' if k % 2 else 'Kiel'};{'w' if k < 6 else 'm'};1\n" for k in range(12)
)


def contents(folder: Path, text: str = PEOPLE, marks: Marks | None = None) -> Contents:
    file = folder / "people.csv"
    file.write_text(text, encoding="utf-8")
    return read(file, marks or Marks(), lambda share: None, lambda: False)


def fine(table: Table) -> None:
    pass


def test_a_column_is_told_in_words(tmp_path: Path) -> None:
    found = contents(tmp_path, PEOPLE.replace("153,5;", ";"))
    assert found.captions == ("numbers, 1 missing", "numbers", "text, 2 different", "text, 2 different", "all the same")
    assert found.target == "sex"


def test_marks_are_taken_at_their_word(tmp_path: Path) -> None:
    names = [column.name for column in contents(tmp_path, marks=Marks(header=False)).preview.columns]
    assert names[0] == "column 1"


def test_inputs_and_task_are_suggested_and_can_be_chosen(tmp_path: Path) -> None:
    preview = contents(tmp_path).preview
    made = plan(preview, "sex", None, None, fine)
    assert (made.inputs, made.task, made.refusal) == (("height", "weight"), "binary", "")
    assert made.chosen is not None
    assert made.chosen.table.labels == ("m", "w")
    assert any("town, same" in note for note in made.chosen.notes)
    made = plan(preview, "weight", ("height",), "regression", fine)
    assert made.chosen is not None
    assert made.chosen.table.y[0] == 50


@pytest.mark.parametrize(
    ("target", "inputs", "task", "words"),
    [
        ("same", None, "classes", "has one class only, '1'"),
        ("sex", (), None, "No column is an input; tick"),
        ("sex", None, "regression", "is text, which no regression can learn"),
    ],
)
def test_what_cannot_be_learned_is_refused_in_a_sentence(tmp_path: Path, target: str, inputs: tuple[str, ...] | None,
                                                          task: str | None, words: str) -> None:  # fmt: skip
    made = plan(contents(tmp_path).preview, target, inputs, task, fine)  # type: ignore[arg-type]
    assert made.chosen is None
    assert words in made.refusal


def test_a_table_that_the_experiment_cannot_learn_is_refused_before_it_is_sent(tmp_path: Path) -> None:
    searching = experiment({"optimizer": {"kind": "lbfgs"}, "training": {"batch_size": 4}})

    def suits(table: Table) -> None:
        check(searching, CATALOGUE, table)

    made = plan(contents(tmp_path).preview, "sex", None, None, suits)
    assert made.chosen is None
    assert "not a mini-batch's" in made.refusal


def test_a_function_gives_way_to_a_network() -> None:
    table = Table.of_points([[0, 0], [1, 0], [0, 1], [1, 1]], [0, 1, 1, 0])  # type: ignore[arg-type]
    assert commands(experiment(), table) == [Change("data.table", table)]
    function = experiment({"problem": {"kind": "himmelblau"}})
    assert commands(function, table) == [Change("data.table", table), Change("problem.kind", "network")]
    check(function, CATALOGUE, table)
