import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gdexplorer.panels.heatmap import diverging
from gdexplorer.panels.palette import PALETTES, Palette
from gdexplorer.panels.stage import Stage

SIZES = [(300, 130), (300, 170), (400, 700), (640, 400), (1200, 800)]


@pytest.fixture
def stage(qtbot: QtBot) -> Stage:
    made = Stage("plot", lambda x, y: "", "Nothing yet.")
    qtbot.addWidget(made)
    made.show_facts([("first fact", "text"), ("second fact", "muted"), ("third fact, which is longer", "muted")])
    made.bar.show_scale(
        diverging("#0000FF", "#FFFFFF", "#FF0000", 1.0), (0.0, 1.0), [(0.0, "0.001"), (1.0, "1")], "loss"
    )
    made.show()
    return made


def test_a_sentence_stands_in_for_the_picture(stage: Stage) -> None:
    assert stage.sentence.isVisible()
    assert not stage.plot.isVisible()
    stage.show_picture(1.0, ("x", "y"), True)
    assert stage.plot.isVisible()
    stage.say("Nothing again.")
    assert stage.sentence.text() == "Nothing again."
    assert not stage.plot.isVisible()


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES.keys())
@pytest.mark.parametrize("ratio", [1.0, 0.75])
def test_the_data_keep_their_shape_and_nothing_overlaps(stage: Stage, palette: Palette, ratio: float) -> None:
    stage.show_palette(palette, True)
    stage.show_picture(ratio, ("x", "y"), True)
    for width, height in SIZES:
        stage.resize(width, height)
        area = stage.plot.area().toRect().translated(stage.plot.pos())
        assert area.height() / area.width() == pytest.approx(ratio, rel=0.05), (width, height)
        assert stage.rect().contains(area)
        shown = [stage.facts.geometry()] if stage.facts.text() else []
        if stage.bar.isVisible():
            shown.append(stage.bar.geometry())
            assert stage.rect().contains(stage.bar.geometry())
            assert abs(stage.bar.y() + stage.bar.overhang() - area.top()) <= 2
            assert abs(stage.bar.geometry().bottom() - stage.bar.overhang() - area.bottom()) <= 2
        everything: list[QRect] = [area, *shown]
        for k, first in enumerate(everything):
            assert not any(first.intersects(other) for other in everything[k + 1 :]), (width, height)


def test_the_caption_stands_beside_a_wide_picture_and_below_a_narrow_one(stage: Stage) -> None:
    stage.show_picture(1.0, ("x", "y"), True)
    stage.resize(1000, 400)
    assert stage.facts.x() > stage.bar.geometry().right()
    assert stage.facts.text().count("fact") == 3
    stage.resize(420, 400)
    assert stage.facts.y() > stage.plot.geometry().bottom() - 2


def test_without_a_shape_the_picture_fills_the_room(stage: Stage) -> None:
    stage.show_picture(None, ("x", "y"), False)
    stage.resize(900, 300)
    assert not stage.bar.isVisible()
    assert stage.plot.area().width() > 780
    assert "first fact" in stage.facts.text()


@pytest.mark.parametrize("size", SIZES)
def test_another_view_takes_the_place_of_plot_and_bar(stage: Stage, size: tuple[int, int]) -> None:
    stage.show_picture(1.0, ("x", "y"), True)
    stage.resize(*size)
    other = QWidget()
    stage.show_instead(other)
    assert other.isVisible()
    assert not stage.plot.isVisible()
    assert not stage.bar.isVisible()
    assert stage.rect().contains(other.geometry())
    assert not stage.facts.text() or not other.geometry().intersects(stage.facts.geometry())
    stage.show_instead(None)
    assert not other.isVisible()
    assert stage.plot.isVisible()


def test_a_note_stands_in_the_lower_right_corner(stage: Stage) -> None:
    stage.show_picture(1.0, ("x", "y"), True)
    stage.resize(640, 400)
    stage.show_note("evaluating…")
    assert stage.note.isVisible()
    area = stage.plot.area().toRect()
    assert area.contains(stage.note.geometry())
    assert stage.note.geometry().center().x() > area.center().x()
    assert stage.note.geometry().center().y() > area.center().y()
    stage.show_note("")
    assert not stage.note.isVisible()


def test_another_view_has_its_caption_where_that_costs_it_least(stage: Stage) -> None:
    stage.show_picture(1.0, ("x", "y"), True)
    view = QWidget()
    stage.show_instead(view)
    stage.resize(900, 400)
    assert stage.facts.geometry().left() > view.geometry().right()
    stage.resize(600, 550)
    assert stage.facts.geometry().top() >= view.geometry().bottom()
    assert view.width() > 550
