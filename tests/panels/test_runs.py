import pytest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from gdexplorer.lab.sheet import encoded
from gdexplorer.panels.palette import PALETTES
from gdexplorer.panels.runs import ALONE, RunsPanel
from gdexplorer.panels.runtable import NAME
from tests.panels.branches import branched, frame, restarted
from tests.panels.runs import session


@pytest.fixture
def panel(qtbot: QtBot) -> RunsPanel:
    made = RunsPanel()
    qtbot.addWidget(made)
    made.resize(1000, 300)
    made.show()
    made.commanded.connect(lambda command: pytest.fail(f"it sent {command}"))
    return made


def test_a_run_alone_is_told_how_others_come_to_be(panel: RunsPanel) -> None:
    panel.show_frame(frame(session(steps=3)))
    assert panel.waiting.isVisible()
    assert panel.waiting.text() == ALONE
    assert panel.summary() == f"Runs: {ALONE}"
    assert not panel.go_on.isVisible()


def test_runs_are_listed_with_what_they_are(panel: RunsPanel) -> None:
    panel.show_frame(frame(branched()))
    assert panel.table.isVisible()
    rows = panel.table.listed()
    assert [(row["run"], row["state"], row["updates"]) for row in rows] == [
        ("run 1", "ghost", "60"), ("run 2", "active", "30")]  # fmt: skip
    assert rows[1]["branched from"] == "run 1 at 20"
    assert rows[0]["differs in"]
    assert "run 2, active" in panel.summary()
    assert "branched from run 1 at 20" in panel.summary()
    for palette in PALETTES.values():
        panel.show_palette(palette, True)
        assert not panel.grab().isNull()


def test_buttons_act_on_the_selected_run_and_never_on_the_active_one(panel: RunsPanel) -> None:
    sent: list[tuple[str, int]] = []
    panel.run_activated.connect(lambda run: sent.append(("go on", run)))
    panel.run_discarded.connect(lambda run: sent.append(("remove", run)))
    panel.show_frame(frame(restarted()))
    panel.table.setCurrentCell(1, NAME)
    assert not panel.go_on.isEnabled()
    assert not panel.remove.isEnabled()
    panel.table.setCurrentCell(0, NAME)
    panel.go_on.click()
    panel.remove.click()
    assert sent == [("go on", 1), ("remove", 1)]


def test_the_menu_offers_all_of_it(panel: RunsPanel, qtbot: QtBot) -> None:
    panel.show_frame(frame(restarted()))
    panel.table.setCurrentCell(1, NAME)
    assert actions(panel.menu()) == ["Rename", "Copy table", "Sort by"]
    panel.table.setCurrentCell(0, NAME)
    menu = panel.menu()
    assert actions(menu) == ["Go on with this run", "Show as a ghost", "Rename", "Remove", "Copy table", "Sort by"]
    with qtbot.waitSignal(panel.run_shown) as sent:
        menu.actions()[1].trigger()
    assert sent.args == [1, False]
    sorts = menu.actions()[-1].menu()
    assert isinstance(sorts, QMenu)
    sorts.actions()[1].trigger()
    assert panel.table.horizontalHeader().isSortIndicatorShown()


def actions(menu: QMenu) -> list[str]:
    return [action.text() for action in menu.actions() if not action.isSeparator()]


def test_the_table_is_copied_as_it_is_sorted(panel: RunsPanel) -> None:
    made = restarted()
    made.rename(1, "=1+1")
    panel.show_frame(frame(made))
    panel.table.sort_by("updates")
    panel.copy.click()
    lines = QApplication.clipboard().text().splitlines()
    assert lines[0].split("\t")[:3] == ["run", "state", "updates"]
    assert [line.split("\t")[0] for line in lines[1:]] == ["run 2", "'=1+1"], "no spreadsheet computes a name"


def test_all_runs_are_taken_away_together(panel: RunsPanel) -> None:
    panel.show_frame(shown := frame(branched()))
    table, curves, batch = panel.sheets()
    assert [sheet.name for sheet in (table, curves, batch)] == ["", "curves", "batch"]
    assert list(table.columns["run"]) == ["run 1", "run 2"]
    assert list(table.columns["branched_from"]) == ["", "run 1"]
    assert list(table.columns["train_loss"]) == [entry.latest[1] for entry in shown.runs]
    for sheet in (curves, batch):
        lengths = {len(column) for column in sheet.columns.values()}
        assert len(lengths) == 1
        assert dict.fromkeys(sheet.columns["lane"]) == {"run 2": None, "run 1": None}
        assert encoded(sheet).count(b"\n") == lengths.pop() + 1
