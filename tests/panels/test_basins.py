from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent
from pytestqt.qtbot import QtBot

from gdexplorer.lab.commands import MoveTo
from gdexplorer.panels.basins import ELSEWHERE, WAITING, BasinsPanel
from gdexplorer.panels.palette import PALETTES
from gdexplorer.probes.basins import DIVERGED, FLAT, MOVING, BasinReport, Basins, End
from tests.paired import paired
from tests.panels.map_frames import mouse, press
from tests.panels.races import NEEDS, himmelblau, rival, with_view
from tests.panels.runs import session


def report(size: int = 4, **changed: Any) -> BasinReport:
    """Two minima, left and right; a corner diverged, one moves, one rests."""
    xs = (np.arange(size) + 0.5) / size * 4 - 2
    labels = np.repeat((xs > 0).astype(int)[None], size, axis=0)
    labels[0, 0], labels[0, 1], labels[0, 2] = DIVERGED, MOVING, FLAT
    ends = tuple(End("minimum", np.array([x, 0.0]), 0.0, int((labels == k).sum())) for k, x in enumerate((-1, 1)))
    values = {"xs": xs, "ys": xs, "window": ((-2.0, 2.0), (-2.0, 2.0)), "labels": labels, "ends": ends,
              "optimizer": "SGD", "updates": 2000, "finest": True}  # fmt: skip
    return BasinReport(**(values | changed))


@pytest.fixture
def panel(qtbot: QtBot) -> BasinsPanel:
    made = BasinsPanel()
    qtbot.addWidget(made)
    made.resize(500, 400)
    made.show()
    return made


def show(panel: BasinsPanel, of: BasinReport, *rivals: dict[str, Any]) -> None:
    panel.show_frame(with_view(himmelblau(3, *rivals).frame(NEEDS), panel._request(), of))
    panel.grab()


def test_the_map_has_a_color_for_each_basin(panel: BasinsPanel) -> None:
    show(panel, report())
    image = panel._map._image
    height, width = image.height(), image.width()

    def at(x: float, y: float) -> int:
        return image.pixel(int((x + 2) / 4 * width), int((y + 2) / 4 * height))

    left, right, corner, moving, flat = at(-1, 1), at(1, 1), at(-1.5, -1.5), at(-0.5, -1.5), at(0.5, -1.5)
    assert len({left, right, corner, moving, flat}) == 5
    assert at(-1.5, 1.9) == left
    assert at(1.9, -1.9) == right
    assert [text.isVisible() for text in panel._numbers[:3]] == [True, True, False]


def test_a_real_map_is_shown(panel: BasinsPanel) -> None:
    run = himmelblau(3, rival("a", "newton"))
    for _ in range(2):
        panel.show_frame(run.frame(panel.needs()))
    assert "SGD from 96 × 96 starts" in panel.stage.facts.accessibleDescription()
    assert panel._read(3, 2).endswith("to minimum (3, 2), loss 0")
    assert (panel._dot.x(), panel._dot.y()) == pytest.approx(run.run.state.theta, rel=1e-6)
    asked: list[None] = []
    panel.needs_changed.connect(lambda: asked.append(None))
    panel.lane.setCurrentIndex(1)
    panel.lane.activated.emit(1)
    assert asked
    assert panel.needs() == {Basins(lane=1)}
    panel.show_frame(run.frame(panel.needs()))
    assert "Newton from 12 × 12 starts" in panel.stage.facts.accessibleDescription()
    assert "a finer map follows" in panel.stage.facts.accessibleDescription()


def test_a_click_starts_there(panel: BasinsPanel) -> None:
    sent: list[MoveTo] = []
    panel.commanded.connect(sent.append)
    show(panel, report())
    press(panel.plot, -1.25, 0.5)
    mouse(panel.plot, QEvent.Type.MouseButtonRelease, -1.25, 0.5)
    (command,) = sent
    assert isinstance(command, MoveTo)
    np.testing.assert_allclose(command.theta, [-1.25, 0.5], atol=0.03)
    assert panel.stage.reader.pinned is None


def test_a_click_before_there_is_a_map_does_nothing(panel: BasinsPanel) -> None:
    panel.commanded.connect(lambda command: pytest.fail(f"it sent {command}"))
    panel.show_frame(himmelblau(0).frame(NEEDS))
    assert panel.stage.sentence.text() == WAITING
    press(panel.plot, 0, 0)
    mouse(panel.plot, QEvent.Type.MouseButtonRelease, 0, 0)


def test_the_legend_has_shares(panel: BasinsPanel) -> None:
    show(panel, report())
    said = panel.stage.facts.accessibleDescription()
    assert "2 minimum (1, 0): 43.8 %" in said
    assert "1 minimum (−1, 0): 37.5 %" in said
    assert "diverged: 6.25 %" in said
    assert "still moving: 6.25 %" in said
    assert "at rest on flat ground: 6.25 %" in said
    assert "43.8 %" in panel.summary()


def test_of_many_minima_the_first_are_numbered(panel: BasinsPanel) -> None:
    labels = np.arange(36).reshape(6, 6)
    ends = tuple(End("minimum", np.array([k / 10, 0.0]), float(k), 1) for k in range(36))
    show(panel, report(6, labels=labels, ends=ends))
    assert sum(text.isVisible() for text in panel._numbers) == 12
    assert "24 more: 66.7 %" in panel.stage.facts.accessibleDescription()


def test_readings_say_where_a_start_ends(panel: BasinsPanel) -> None:
    show(panel, report())
    assert panel._read(1.5, 1.5) == "(1.5, 1.5)  to minimum (1, 0), loss 0"
    assert panel._read(-1.9, -1.9).endswith("diverged")
    assert panel._read(2.5, 0) == ""


def test_networks_have_no_such_map(panel: BasinsPanel) -> None:
    panel.show_frame(session(steps=2).frame(NEEDS))
    assert panel.stage.sentence.text() == ELSEWHERE
    assert panel.summary() == f"Basins of attraction: {ELSEWHERE}"


@paired("name", PALETTES, "size", [(220, 130), (480, 300), (900, 700)])
def test_every_theme_and_size(name: str, size: tuple[int, int], panel: BasinsPanel) -> None:
    show(panel, report(), rival("a", "adam"))
    panel.resize(*size)
    panel.show_palette(PALETTES[name], paused=True)
    assert not panel.grab().isNull()
    assert not panel.header.isHidden()
