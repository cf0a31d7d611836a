import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gdexplorer.app.panels import PANELS
from gdexplorer.app.strips import StatusLine, offers
from gdexplorer.lab import experiments
from gdexplorer.lab.commands import Change
from gdexplorer.lab.experiment import validated
from gdexplorer.lab.narrator import RULES
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


@pytest.mark.parametrize("name", experiments.names())
def test_an_invitation_offers_what_can_be_done(name: str) -> None:
    of = experiments.load(name, CATALOGUE)
    found = offers(of, CATALOGUE)
    assert found[-1] == ("Go on as it is", None)
    assert len(found) == len(of.show.offers) + 1
    assert bool(of.show.invitation) or len(found) == 1
    for label, command in found[:-1]:
        assert label
        session = Session(of, CATALOGUE)
        assert session.send(command).accepted


def test_what_is_so_already_is_not_offered() -> None:
    of = experiments.load("too-slow", CATALOGUE)
    values = of.model_dump()
    values["optimizer"]["learning_rate"] = 0.1
    assert offers(validated(values, CATALOGUE), CATALOGUE) == [("Go on as it is", None)]


def test_every_panel_that_the_narrator_names_is_there() -> None:
    assert {rule.panel for rule in RULES} <= {kind.name for kind in PANELS}


def test_what_has_no_room_is_left_out_but_what_a_picture_depends_on(status: StatusLine) -> None:
    frame = Session(experiment(), CATALOGUE).frame()
    status.show_frame(frame, 60.0, True, 59.3)
    assert status._text.text().endswith(" parameters · epoch 0 · update 0 · 59.3 updates/s (of 60 updates/s)")
    status.resize(330, 30)
    QApplication.processEvents()
    status.show_frame(frame, 60.0, True, 59.3)
    assert status._text.text().startswith(status.settings[:12])
    assert status._text.text().endswith(" · update 0 · 59.3 updates/s")
    assert "parameters" not in status._text.text()
    assert "parameters" in status.settings


def test_a_message_takes_the_place_of_the_settings_for_a_while(status: StatusLine) -> None:
    status.show_frame(Session(experiment(), CATALOGUE).frame(), 60.0, False, None)
    status.showMessage("Saved. " + 60 * "A long sentence. ")
    status.setStyleSheet("QLabel { color: red; }")  # after which Qt shows what a message hid
    QApplication.processEvents()
    assert status._message.isVisible()
    assert status._message.text().startswith("Saved. ")
    assert status._message.text().endswith("…")
    assert not status._text.isVisible()
    status.clearMessage()
    assert status._text.isVisible()
    assert not status._message.isVisible()
