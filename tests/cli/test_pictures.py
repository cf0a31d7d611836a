from pathlib import Path

import pytest

from gdexplorer.cli.main import main

pytest.importorskip("PySide6")


def test_a_shot_hands_over_what_it_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from gdexplorer.app import shot

    asked = []
    monkeypatch.setattr(shot, "shot", lambda *arguments: asked.append(arguments) or 0)
    sets = ["--set", "400:network.activation=relu", "--set", "seed=3"]
    arguments = ["--experiment", "moons", "--workspace", "Explore", "--theme", "dark", "--size", "1920x1080"]
    assert main(["shot", *arguments, "--steps", "500", "--out", "o.png", *sets, "--scale", "1.5",
                 "--with", "solid", "--with", "profile", "--plane", "random",
                 "--looks", "3", "--branch", "60:seed=4"]) == 0  # fmt: skip
    changes = [(0, "seed", 3), (400, "network.activation", "relu")]
    assert asked == [("moons", "Explore", "dark", (1920, 1080), 500, Path("o.png"), changes, 1.5,
                      ["solid", "profile"], "random", 3, [(60, "seed", 4)])]  # fmt: skip


def test_a_selftest_that_fails_has_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from gdexplorer.app import shot

    monkeypatch.setattr(shot, "selftest", lambda out: 4)
    assert main(["selftest", "--out", "o.png"]) == 4
    assert capsys.readouterr().out == ""
