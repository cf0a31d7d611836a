from pytestqt.qtbot import QtBot

from gdexplorer.panels.facts import Fact, Facts
from gdexplorer.panels.palette import LIGHT, PROJECTOR
from tests.pixels import colors

FACTS: tuple[Fact, ...] = (
    ("2 of 337 dimensions", "text"),
    ("off the plane by 0.41", "muted"),
    ("<b>last</b>", "warning"),
)


def made(qtbot: QtBot, width: int, height: int) -> Facts:
    facts = Facts()
    qtbot.addWidget(facts)
    facts.show_palette(LIGHT)
    facts.resize(width, height)
    facts.show()
    facts.show_facts(FACTS)
    return facts


def test_all_facts_stand_in_one_line_where_there_is_room(qtbot: QtBot) -> None:
    facts = made(qtbot, 600, 16)
    assert facts.text() == "2 of 337 dimensions · off the plane by 0.41 · <b>last</b>"
    assert facts.accessibleDescription() == facts.text()
    assert "&lt;b&gt;last" in facts.toolTip()


def test_the_last_facts_give_way_first(qtbot: QtBot) -> None:
    facts = made(qtbot, 220, 16)
    assert facts.text().startswith("2 of 337 dimensions")
    assert "last" not in facts.text()
    facts.resize(220, 40)
    assert "last" in facts.text()
    facts.show_palette(PROJECTOR)
    assert "last" not in facts.text()


def test_one_fact_that_is_too_long_ends_in_an_ellipsis(qtbot: QtBot) -> None:
    facts = made(qtbot, 60, 16)
    assert facts.text().endswith("…")


def test_a_column_has_one_fact_below_the_other(qtbot: QtBot) -> None:
    facts = made(qtbot, 150, 200)
    facts.set_column(True)
    tops = [rect.top() for rect, _, _ in facts._laid]
    assert len(tops) == 3
    assert tops == sorted(set(tops))
    assert {rect.left() for rect, _, _ in facts._laid} == {0}
    facts.resize(150, 20)
    assert facts.text() == "2 of 337 dimensions"


def test_each_fact_wears_its_color(qtbot: QtBot) -> None:
    facts = made(qtbot, 600, 16)
    assert {LIGHT.text.upper(), LIGHT.muted.upper()} & colors(facts.grab().toImage())


def test_one_that_is_wider_than_the_line_is_broken_where_there_is_height(qtbot: QtBot) -> None:
    facts = made(qtbot, 90, 60)
    assert facts.text().startswith("2 of 337 dimensions")
    (first, _, _), (second, _, _) = facts._laid[:2]
    assert first.height() == 2 * facts.line()
    assert second.top() == first.bottom() + 1
