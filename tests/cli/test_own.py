import json
from pathlib import Path

import pytest

from gdexplorer.cli.main import main
from gdexplorer.lab.archive import load
from tests.builders import CATALOGUE

EXPERIMENT = '[network]\nlayers = [{ id = "h1", units = 6, activation = "tanh" }]\n[training]\nbatch_size = 7\n'


@pytest.fixture
def toml(tmp_path: Path) -> str:
    (tmp_path / "t.toml").write_text(EXPERIMENT)
    return str(tmp_path / "t.toml")


@pytest.fixture
def flats(tmp_path: Path) -> str:
    """A German table: 60 flats, the label of one and the size of another missing."""
    rows = [f"{20 + k},{k % 10};{300 + 9 * k};{'Ulm' if k % 3 else 'Bern'}" for k in range(60)]
    rows[7], rows[9] = "27,7;363;", "n/a;381;Bern"
    (tmp_path / "flats.csv").write_text("size;price;city\n" + "\n".join(rows))
    return str(tmp_path / "flats.csv")


def trained(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, object], list[str]]:
    assert main(["run", *arguments, "--steps", "60", "--json"]) == 0
    said = capsys.readouterr()
    return json.loads(said.out.splitlines()[-1]), said.err.splitlines()


def test_a_table_trains_is_saved_and_replays(
    toml: str, flats: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(tmp_path / "s.gdx")
    found, said = trained([toml, "--data", flats, "--save", path], capsys)
    assert said == [
        "Column 'size' has 1 cell that is blank or NaN; such rows are left out where it is used.",
        "Column 'city' has 1 cell that is blank or NaN; such rows are left out where it is used.",
        "2 rows with a blank or wrong cell are left out; 58 remain.",
        "Learning 'city' (binary) from size, price: 58 examples.",
    ]
    assert found["status"] == "fine"
    Path(flats).unlink()
    assert main(["replay", path, "--check"]) == 0
    assert "agrees with the session bit for bit" in capsys.readouterr().out
    table = load(tmp_path / "s.gdx", CATALOGUE).start.data.table
    assert table is not None
    assert (table.title, len(table), table.labels) == ("flats.csv", 58, ("Bern", "Ulm"))


@pytest.mark.parametrize("name", ["formula", "dirac-gan"])
def test_a_network_learns_the_table_where_the_experiment_has_none(
    name: str, flats: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found, said = trained([name, "--data", flats], capsys)
    assert said[-1] == "A network learns it, in place of the experiment's own problem."
    assert isinstance(found["train_accuracy"], float)


def test_columns_and_task_can_be_said(toml: str, flats: str, capsys: pytest.CaptureFixture[str]) -> None:
    found, said = trained([toml, "--data", flats, "--target", "size", "--inputs", "price", "--task", "regression",
                           "--set", "data.amount=30", "--set", "optimizer.learning_rate=1e-4"], capsys)  # fmt: skip
    assert said[-1] == "Learning 'size' (regression) from price: 59 examples."
    assert found["train_accuracy"] is None


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--data", "none.csv"], "'none.csv' cannot be read: No such file or directory; choose another file."),
        (["--target", "x"], "--target, --inputs, --task and --decimal are about a table; give its file with --data."),
        (["--data", "FLATS", "--target", "prize"], "'flats.csv' has no column 'prize'; did you mean 'price'?"),
        (["--data", "FLATS", "--inputs", "city"], "'city' cannot be target and input"),
        (["--data", "FLATS", "--inputs", ""], "'flats.csv' has no column of numbers besides 'city'"),
        (["--data", "FLATS", "--task", "clases"], "task 'clases' is not known; did you mean 'classes'?"),
        (["--data", "FLATS", "--decimal", "x"], "Cells are separated by a comma, semicolon, tab or pipe"),
        (["--data", "FLATS", "--set", "data.amount=59"], "Data set 'own' has 58 examples, not 59"),
        (["--set", "data.kind=own"], "data: there are no own data yet"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    options: list[str], sentence: str, toml: str, flats: str, capsys: pytest.CaptureFixture[str]
) -> None:
    options = [flats if option == "FLATS" else option for option in options]
    assert main(["run", toml, "--steps", "5", *options]) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith(sentence)
