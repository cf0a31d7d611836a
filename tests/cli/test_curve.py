import json

import pytest

from gdexplorer.cli.main import main
from gdexplorer.lab.experiments import load
from gdexplorer.lab.run import Run
from tests.builders import CATALOGUE


def test_json_has_means_and_each_seed(toml: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--sizes", "12, 36", "--updates", "30", "--seeds", "2", "--set", "optimizer.learning_rate=0.05"]
    assert main(["curve", toml, *arguments, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["experiment"], found["sizes"], found["updates"], found["diverged"]) == (toml, [12, 36], 30, 0)
    for name in ("train_loss", "test_loss", "train_accuracy", "test_accuracy"):
        rows = found[f"{name}_by_seed"]
        assert found[name] == pytest.approx([(a + b) / 2 for a, b in zip(*rows, strict=True)])
    gaps = [test - train for test, train in zip(found["test_loss"], found["train_loss"], strict=True)]
    assert found["gap"] == pytest.approx(gaps)
    run = Run(load(toml, CATALOGUE), CATALOGUE)
    run.state.experiment = run.state.experiment.model_copy(
        update={"optimizer": run.state.experiment.optimizer.model_copy(update={"learning_rate": 0.05})}
    )
    run.fresh_slots()
    run.advance(30)
    assert found["test_loss_by_seed"][0][1] == run.scores()[1].loss


def test_the_table_has_a_row_for_each_size(toml: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["curve", toml, "--updates", "3", "--seeds", "1"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[2:]]
    assert [row[0] for row in rows] == ["10", "13", "17", "22", "28", "36"]
    assert all(row[-1].endswith("%") for row in rows)


def test_regression_has_no_accuracy(toml: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["curve", toml, "--updates", "3", "--sizes", "9", "--set", "data.kind=sine", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["test_accuracy"] == [None]


def test_divergence_is_told(toml: str, capsys: pytest.CaptureFixture[str]) -> None:
    sets = ["--set", "loss=mse", "--set", "optimizer.learning_rate=1e6"]
    assert main(["curve", toml, "--updates", "60", "--sizes", "36", "--seeds", "1", *sets]) == 2
    assert capsys.readouterr().err == "1 of 1 trainings diverged and are left out.\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [(["--sizes", "5,x"], "--sizes takes numbers of examples"), (["--sizes", "40"], "There are 36 training examples"),
     (["--sizes", "0"], "choose sizes from 1 to 36"), (["--set", "9:penalty.l2=1"], "comes after the start"),
     (["--set", "problem=himmelblau"], "learns from examples")],
)  # fmt: skip
def test_bad_input_is_one_sentence(
    toml: str, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    assert main(["curve", toml, *arguments]) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1
