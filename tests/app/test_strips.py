import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gdexplorer.app.strips import StatusLine
from gdexplorer.lab.commands import Change
from gdexplorer.lab.session import Session
from tests.builders import CATALOGUE, experiment


@pytest.fixture
def status(qtbot: QtBot) -> StatusLine:
    made = StatusLine(CATALOGUE)
    qtbot.addWidget(made)
    made.resize(1280, 30)
    made.show()
    return made


def test_a_run_that_is_wrong_on_purpose_says_so_as_long_as_it_is(status: StatusLine) -> None:
    session = Session(experiment(), CATALOGUE)
    for path, value, alarm in (
        ("bugs.lab", True, ""),
        ("bugs.wrong_sign", True, "Wrong on purpose: wrong sign"),
        ("bugs.no_shuffling", True, "Wrong on purpose: wrong sign, no shuffling"),
        ("bugs.lab", False, ""),
    ):
        session.send(Change(path, value))
        status.show_frame(session.frame(), 60.0, True, 60.0)
        status.showMessage("something that hides the text for a while")
        QApplication.processEvents()
        assert status._alarm.text() == alarm
        assert status._alarm.isVisible() == bool(alarm)
    assert not status._text.isVisible(), "so that the alarm must be elsewhere"


@pytest.mark.parametrize(("count", "batch"), [(1, " · B 7 · "), (8, " · B 7 × 8 · ")])
def test_the_batch_is_shown_with_what_it_is_accumulated_over(status: StatusLine, count: int, batch: str) -> None:
    status.show_frame(Session(experiment({"training.accumulate": count}), CATALOGUE).frame(), 60.0, False, None)
    assert batch in status._text.text()
