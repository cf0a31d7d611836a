"""`gdexplorer film`: what it hands over; what comes of that is in tests/app/test_filmshot.py."""

from pathlib import Path
from typing import Any

import pytest

from gdexplorer.cli.main import BAD_INPUT, main
from tests.cli.conftest import EXPERIMENT

pytest.importorskip("PySide6")


def test_a_film_is_of_what_was_asked_for(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from gdexplorer.app import filmshot
    from gdexplorer.app.film import Order

    asked: list[Any] = []
    monkeypatch.setattr(filmshot, "film", lambda *arguments: asked.append(arguments))
    given = (
        "--updates 6 --first 2 --frames 3 --rate 9 --width 200 --panel curves --size 800x500 --theme dark --set seed=3"
    )
    assert main(["film", "moons", "film.gif", *given.split()]) == 0
    [(session, *others)] = asked
    assert (session.step, session.start.seed) == (6, 3)
    assert others == [Path("film.gif"), Order(2, 10**9, 3, 9, 200), "curves", (800, 500), "dark", None]
    assert capsys.readouterr().out == "Wrote film.gif.\n"


@pytest.mark.parametrize(
    ("arguments", "why"), [
        (["a.txt"], "'a.txt' is no film; give it one of the extensions"),
        (["missing/a.gif"], "There is no folder 'missing'"),
        (["a.gif", "--size", "large"], "--size takes width x height"),
        (["a.gif"], "does not pause by itself; say how many updates"),
        (["a.gif", "--updates", "3", "--set", "2:seed=1"], "leave the update away")],
)  # fmt: skip
def test_bad_input_is_one_sentence(
    arguments: list[str], why: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "test.toml").write_text(EXPERIMENT)
    assert main(["film", "test.toml", *arguments]) == BAD_INPUT
    told = capsys.readouterr().err
    assert why in told
    assert told.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["test.toml"]
