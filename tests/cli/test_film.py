"""`gdexplorer film`."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gdexplorer.cli.main import BAD_INPUT, main
from tests.cli.test_export import toml  # noqa: F401 - a fixture
from tests.leftovers import nothing_left_running  # noqa: F401 - every test here stops what it starts

SMALL = ["--size", "800x500", "--frames", "2", "--width", "200"]


def test_a_panel_at_the_updates_that_were_asked_for_and_the_same_again(
    toml: str,  # noqa: F811
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    films = [tmp_path / name for name in ("a.gif", "b.gif")]
    for path in films:
        assert main(["film", toml, str(path), "--updates", "6", "--panel", "curves", "--first", "2", *SMALL]) == 0
        assert capsys.readouterr().out == f"Wrote {path}.\n"
    with Image.open(films[0]) as image:
        assert (image.size[0], image.n_frames) == (200, 2)  # type: ignore[attr-defined]
        first = np.array(image.convert("RGB"))
        image.seek(1)
        assert not np.array_equal(first, np.array(image.convert("RGB")))
    assert films[0].read_bytes() == films[1].read_bytes()


@pytest.mark.parametrize(
    ("arguments", "why"), [
        (["a.txt"], "'a.txt' is no film; give it one of the extensions"),
        (["missing/a.gif"], "There is no folder 'missing'"),
        (["a.gif", "--size", "large"], "--size takes width x height"),
        (["a.gif"], "does not pause by itself; say how many updates"),
        (["a.gif", "--updates", "3", "--theme", "pink"], "There is no theme 'pink'"),
        (["a.gif", "--updates", "3", "--panel", "loss", *SMALL], "There is no panel 'loss'"),
        (["a.gif", "--updates", "3", "--first", "3", *SMALL], "The run has 3 updates, nothing to film from 3 on")],
)  # fmt: skip
def test_bad_input_is_one_sentence(
    arguments: list[str],
    why: str,
    toml: str,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["film", toml, *arguments]) == BAD_INPUT
    told = capsys.readouterr().err
    assert why in told
    assert told.count("\n") == 1
    assert not list(tmp_path.glob("a.*"))
