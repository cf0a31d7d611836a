import re
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from gdexplorer.app import shot as camera
from gdexplorer.app.window import Window
from gdexplorer.lab.complaints import Complaint
from gdexplorer.probes.curvature import Curvature
from gdexplorer.probes.landscape import Landscape


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Window]:
    """The windows of which a picture was taken."""
    windows: list[Window] = []
    close = Window.close

    def noted(window: Window) -> bool:
        windows.append(window)
        frame = window.conductor.frame
        assert frame is not None
        window.last = frame, window.theme, window.host.workspace, window.conductor.playing  # type: ignore[attr-defined]
        window.solid = window.docks[0].panel.solid  # type: ignore[attr-defined]
        return close(window)

    monkeypatch.setattr(Window, "close", noted)
    return windows


def test_a_picture_is_of_that_update_size_theme_and_workspace(tmp_path: Path, seen: list[Window]) -> None:
    out = tmp_path / "picture.png"
    changes = [(30, "network.activation", "relu"), (40, "optimizer.learning_rate", 0.05)]
    assert camera.shot("moons", "Gradients", "dark", (1000, 700), 60, out, changes) == 0
    picture = QImage(str(out))
    assert (picture.width(), picture.height()) == (1000, 700)
    colors = {picture.pixelColor(x, y).name() for x in range(0, 1000, 7) for y in range(0, 700, 7)}
    assert len(colors) > 20
    frame, theme, workspace, playing = seen[0].last  # type: ignore[attr-defined]
    assert (theme, workspace, playing) == ("dark", "Gradients", False)
    assert frame.lane.state.step == 60
    assert [(marker.step, marker.label) for marker in frame.lane.history.markers] == [
        (30, "activation → ReLU"), (40, "η 0.1 → 0.05"),
    ]  # fmt: skip


def test_a_picture_can_be_of_several_runs(tmp_path: Path, seen: list[Window]) -> None:
    branches = [(10, "network.activation", "relu"), (20, "optimizer.learning_rate", 0.05)]
    assert camera.shot("moons", "Runs", "light", (1280, 720), 40, tmp_path / "runs.png", branches=branches) == 0
    frame, *_ = seen[0].last  # type: ignore[attr-defined]
    assert [(entry.shown or entry.active, entry.parent, entry.at) for entry in frame.runs] == [
        (True, None, 0), (True, 1, 10), (True, 2, 20),
    ]  # fmt: skip
    assert [lane.state.step for lane in frame.lanes] == [40, 40, 40]


@pytest.mark.parametrize("where", ["changes", "branches"])
def test_a_change_that_is_refused_is_said_and_nothing_is_saved(where: str, tmp_path: Path) -> None:
    wrong = {where: [(2, "optimizer.learning_rate", float("nan"))]}
    with pytest.raises(Complaint, match=r"optimizer.learning_rate must be a finite number, not nan"):
        camera.shot("line", "Explore", "light", (1000, 700), 3, tmp_path / "p.png", **wrong)
    assert not (tmp_path / "p.png").exists()


def test_the_start_can_be_pictured_too(tmp_path: Path, seen: list[Window]) -> None:
    assert camera.shot("line", "Explore", "light", (1280, 720), 0, tmp_path / "start.png") == 0
    frame, *_ = seen[0].last  # type: ignore[attr-defined]
    assert frame.lane.state.step == 0
    assert not frame.busy


def test_the_landscape_can_be_pictured_in_another_plane_and_solid(tmp_path: Path, seen: list[Window]) -> None:
    out = tmp_path / "solid.png"
    assert camera.shot("moons", "Landscape", "light", (900, 600), 5, out, (), 1.0, ["solid", "profile"], "layer") == 0
    frame, *_ = seen[0].last  # type: ignore[attr-defined]
    request, report = next((asked, found) for asked, found in frame.lane.views.items() if isinstance(asked, Landscape))
    assert (request.kind, request.profile) == ("layer", True)
    assert len(report.profiles) == 1
    assert seen[0].solid is not None  # type: ignore[attr-defined]


def test_sharpness_goes_over_the_moments_of_the_looks(tmp_path: Path, seen: list[Window]) -> None:
    assert camera.shot("edge", "Curvature", "light", (900, 600), 60, tmp_path / "edge.png", looks=3) == 0
    frame, *_ = seen[0].last  # type: ignore[attr-defined]
    report = next(view for request, view in frame.lane.views.items() if isinstance(request, Curvature))
    assert [step for step in report.series[:, 0].tolist() if step] == [20, 40, 60]


def test_a_plane_that_the_problem_has_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Complaint, match="no plane 'layer' of this problem"):
        camera.shot("saddle", "Landscape", "light", (900, 600), 0, tmp_path / "none.png", plane="layer")


def test_the_selftest_trains_and_leaves_a_picture(tmp_path: Path, seen: list[Window]) -> None:
    assert camera.selftest(tmp_path / "self.png") == 0
    assert QImage(str(tmp_path / "self.png")).width() == 1280
    frame, *_ = seen[0].last  # type: ignore[attr-defined]
    assert frame.lane.state.step == 400


@pytest.mark.parametrize(("arguments", "words"), [
    (("none", "Explore", "light"), "no experiment or file"),
    (("moons", "Explor", "light"), "did you mean 'Explore'?"),
    (("moons", "Explore", "pink"), "theme 'pink' is not known"),
])  # fmt: skip
def test_what_there_is_not_is_refused_in_one_sentence(
    tmp_path: Path, arguments: tuple[str, str, str], words: str
) -> None:
    with pytest.raises(Complaint, match=re.escape(words)) as refused:
        camera.shot(*arguments, (800, 600), 5, tmp_path / "none.png")
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "none.png").exists()


@pytest.mark.parametrize(("names", "plane", "words"), [
    (["solids"], None, "did you mean 'solid'?"), ([], "rando", "did you mean 'random'?"),
])  # fmt: skip
def test_a_switch_or_a_plane_is_to_be_known(tmp_path: Path, names: list[str], plane: str | None, words: str) -> None:
    with pytest.raises(Complaint, match=re.escape(words)):
        camera.shot("moons", "Landscape", "light", (800, 600), 5, tmp_path / "none.png", switches=names, plane=plane)


def test_a_picture_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(Complaint, match="could not be written"):
        camera.shot("moons", "Gradients", "light", (800, 600), 5, tmp_path / "no" / "folder.png")


def test_waiting_ends_with_a_sentence_when_nothing_comes(qtbot: object) -> None:
    with pytest.raises(Complaint, match="nothing new"):
        camera.wait(lambda: False, 30)
