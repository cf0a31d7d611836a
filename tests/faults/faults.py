"""The faults of one window, each as what is done to it; `told` words are what the log says of it, once."""

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from PySide6.QtCore import QLocale

from gdexplorer.lab import archive, memory
from gdexplorer.lab.commands import Change
from gdexplorer.nn.plan import Plan
from gdexplorer.panels import glview, renderer
from gdexplorer.panels.axis import Axis
from gdexplorer.panels.landscape import LandscapePanel
from tests.builders import CATALOGUE
from tests.faults.scene import Scene, replayed

RATE = "optimizer.learning_rate"
LAYERS = [{"id": f"h{k}", "units": 390, "activation": {"kind": "tanh"}} for k in range(30)]


def raising(error: Exception, times: int = 10**9) -> Callable[..., Any]:
    """A function that raises so many times."""
    left = [times]

    def fail(*_: Any, **__: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise AssertionError("called again")
        raise error

    return fail


# ---- files ------------------------------------------------------------------------


def folder_cannot_be_written(scene: Scene) -> None:
    scene.conductor.save(str(scene.file("a file", "") / "run.gdx"))
    scene.told("could not be saved")


def session_of_a_newer_version(scene: Scene) -> None:
    path = scene.folder / "new.gdx"
    path.write_bytes(newer(scene.saved()))
    assert not scene.conductor.open_path(str(path))
    scene.told("newer gdexplorer")


def newer(content: bytes) -> bytes:
    """A session file that says it is of a later version."""
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    (key,) = [key for key, text in header["__metadata__"].items() if '"version"' in text]
    values = json.loads(header["__metadata__"][key])
    header["__metadata__"][key] = json.dumps(values | {"version": values["version"] + 1})
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + content[8 + size :]


def path_of_other_letters(scene: Scene) -> None:
    folder = scene.folder / "Größe 数据 Ελλάς" / ("d" * 200)
    folder.mkdir(parents=True)
    path = folder / ("né" * 60 + ".gdx")
    theta = scene.theta()
    scene.conductor.save(str(path))
    scene.told("Saved né")
    assert np.array_equal(archive.load(path, CATALOGUE).run.state.theta, theta)


def path_too_long(scene: Scene) -> None:
    scene.conductor.save(str(scene.folder / ("x" * 300 + ".gdx")))
    scene.told("could not be saved")


# ---- data -------------------------------------------------------------------------


def refused(content: str | bytes, words: str) -> Callable[[Scene], None]:
    """A file of data that cannot be used, and the words that say why."""

    def strike(scene: Scene) -> None:
        dialog = scene.import_file(scene.file("own.csv", content))
        assert words in dialog.refusal.text()
        assert not dialog.use.isEnabled()
        scene.told(words)
        dialog.reject()

    return strike


def taken(content: str | bytes, words: str) -> Callable[[Scene], None]:
    """A file of data that can be used, and what is remarked about it."""

    def strike(scene: Scene) -> None:
        dialog = scene.import_file(scene.file("own.csv", content))
        assert words in dialog.page.notes.toPlainText() + dialog.facts.text()
        assert dialog.use.isEnabled()
        dialog.reject()

    return strike


def import_cancelled(scene: Scene) -> None:
    path = scene.file("long.csv", "x,y\n" + "0.25,1\n" * 200_000)
    for wait in (0.0, 0.005, 0.02, 0.05, 0.1):
        scene.window.own_data.open(path)
        scene.loop.go_on(wait)
        scene.dialog.reject()
        assert scene.window.own_data.dialog is None


def import_of_many_rows(scene: Scene) -> None:
    """A sample is offered, taken, and drawn; reading it can be called back at once."""
    path = scene.file("long.csv", "x,y,kind\n" + "0.25,1.5,a\n-0.5,1,b\n" * 1_000_000)
    scene.loop.measure_anew()
    scene.window.own_data.open(path)
    scene.wait(lambda: scene.dialog.bar.value() > 100)
    scene.dialog.reject()
    dialog = scene.import_file(path)
    assert dialog.use.text() == "Use this sample"
    data = scene.state.experiment.data
    scene.click(dialog.use)
    scene.wait(lambda: scene.state.experiment.data.kind != data.kind)
    scene.settle()
    scene.conductor.command(Change("data", data))


def file_deleted_while_open(scene: Scene) -> None:
    path = scene.file("own.csv", "x,y\n" + "".join(f"{k / 7},{k % 3}\n" for k in range(50)))
    dialog = scene.import_file(path)
    path.unlink()
    assert dialog.use.isEnabled()  # what was read is there
    dialog.page.header.setCurrentIndex(1 - dialog.page.header.currentIndex())
    dialog.page.header.activated.emit(dialog.page.header.currentIndex())  # it is to be read again
    scene.wait(lambda: dialog._reading is None and dialog.refusal.text())
    scene.told(dialog.refusal.text())
    dialog.reject()


# ---- the machine ------------------------------------------------------------------


def german(scene: Scene) -> None:
    QLocale.setDefault(QLocale(QLocale.Language.German, QLocale.Country.Germany))
    scene.type(RATE, "0.25")
    scene.marked("η 0.1 → 0.25")
    assert scene.number(RATE).field.text() == "0.25"
    scene.type(RATE, "0.1")
    scene.marked("η 0.25 → 0.1")


def clock_moved(scene: Scene) -> None:
    real = time.time
    for days in (1, -1):
        scene.monkeypatch.setattr(time, "time", lambda days=days: real() + 86_400 * days)
        scene.conductor.play(True)
        scene.train(30)
        scene.window.trouble.watchdog.look()
        assert scene.window.status._busy.isHidden()
        scene.conductor.play(False)


def suspended(scene: Scene) -> None:
    """The clocks jump by a minute: no alarm, and no updates to catch up with."""
    shift, real, monotonic = [0.0], time.perf_counter, time.monotonic
    dog = scene.window.trouble.watchdog
    scene.monkeypatch.setattr(time, "perf_counter", lambda: real() + shift[0])
    scene.monkeypatch.setattr(dog, "_clock", lambda: monotonic() + shift[0])
    scene.conductor.set_speed(60)
    scene.conductor.play(True)
    scene.train(5)
    before = scene.trainer.made
    shift[0] = 60.0
    dog.look()
    scene.loop.measure_anew()
    assert scene.window.status._busy.isHidden()
    scene.monkeypatch.undo()
    scene.conductor.play(False)
    assert scene.steps < before + 1500  # 60 s of updates were 3600


def no_opengl(scene: Scene) -> None:
    scene.monkeypatch.setattr(renderer, "WITHOUT_GL", ())
    scene.monkeypatch.setattr(renderer.Renderer, "_missing", set())
    scene.monkeypatch.setattr(glview, "GLDrawing", raising(OSError("libGL.so.1 is not there")))
    panel = scene.dock("landscape").panel
    assert isinstance(panel, LandscapePanel)
    panel.switches["solid"].setChecked(True)
    scene.settle()
    assert panel.solid is not None
    assert panel.solid.isVisible()
    assert panel.solid.renderer == "painted"
    scene.told("OpenGL failed")
    panel.switches["solid"].setChecked(False)


def no_memory_for_an_architecture(scene: Scene) -> None:
    scene.monkeypatch.setattr(memory, "available", lambda: 2**30)
    scene.conductor.command(Change("data.amount", 100_000))
    scene.wait(lambda: scene.state.experiment.data.amount == 100_000)
    scene.conductor.command(Change("network.layers", LAYERS))
    scene.told("GB of memory")
    scene.conductor.command(Change("data.amount", 40))


def no_memory_in_mid_change(scene: Scene) -> None:
    """An allocation fails when the new network is compiled, after parts of the run were replaced."""
    theta, buffer, fail = scene.theta(), Plan.buffer, raising(MemoryError("no room for buffers"))

    def of_the_trainer(*arguments: Any, **more: Any) -> Any:  # and of no measurement that goes on beside it
        return (buffer if threading.current_thread().name == "measurement" else fail)(*arguments, **more)

    scene.monkeypatch.setattr(Plan, "buffer", of_the_trainer)
    scene.conductor.command(Change("network.layers", [{"id": "h1", "units": 3, "activation": {"kind": "relu"}}]))
    scene.wait(lambda: scene.reports)
    scene.monkeypatch.setattr(Plan, "buffer", buffer)
    scene.told("no room for buffers")
    scene.reports.clear()
    assert np.array_equal(scene.theta(), theta)


# ---- the program itself -----------------------------------------------------------


def trainer_raises(scene: Scene) -> None:
    """At an update in mid-run: pause, one message, back to the last good moment, on again at once."""
    scene.conductor.play(True)
    scene.train(50)

    def stumble(session: Any) -> None:
        run = session.active.run
        propose = run.rule.propose
        left = [17]

        def failing(*arguments: Any) -> None:
            left[0] -= 1
            if left[0] == 0:
                run.state.theta[...] = np.nan  # the worst that could be left behind
                raise FloatingPointError("the update broke")
            propose(*arguments)

        run.proposer = lambda *_: lambda theta, slots, out: failing(theta, slots, out)

    scene.ask(stumble)
    scene.wait(lambda: scene.reports)
    scene.told("the update broke")
    scene.reports.clear()
    assert not scene.trainer.playing
    assert np.array_equal(*scene.ask(lambda session: (session.run.state.theta.copy(), replayed(session))))
    scene.conductor.play(True)
    scene.train(20)
    scene.conductor.play(False)


def panel_raises(scene: Scene) -> None:
    dock, others = scene.dock("curves"), scene.dock("boundary")
    fail = raising(ValueError("cannot draw this"), 3)
    scene.monkeypatch.setattr(dock.panel, "show_frame", fail)
    hidden_and_shown_again(scene, lambda: scene.monkeypatch.delattr(dock.panel, "show_frame"))
    assert others.isVisible()
    scene.told("cannot draw this")


def painting_raises(scene: Scene) -> None:
    dock, find = scene.dock("curves"), Axis.tickStrings

    def fail(axis: Axis, *arguments: Any) -> list[str]:
        if any(dock.isAncestorOf(view) for view in axis.scene().views()):
            raise ValueError("cannot paint this")
        return find(axis, *arguments)

    scene.monkeypatch.setattr(Axis, "tickStrings", fail)
    hidden_and_shown_again(scene, lambda: scene.monkeypatch.setattr(Axis, "tickStrings", find))
    scene.told("cannot paint this")


def panel_cannot_be_made(scene: Scene) -> None:
    dock = scene.dock("noise")
    assert not dock.has_panel
    make = dock._make
    scene.monkeypatch.setattr(dock, "_make", raising(ImportError("no module named noise")))
    dock.show()
    scene.window.host.show_panel("noise", tabbed=True)
    hidden_and_shown_again(scene, lambda: scene.monkeypatch.setattr(dock, "_make", make), dock)
    scene.told("no module named noise")
    scene.wait(lambda: dock.has_panel)
    dock.hide()


def hidden_and_shown_again(scene: Scene, mend: Callable[[], None], dock: Any = None) -> None:
    """Wait until the panel that fails is hidden while the run goes on; mend it, and bring it back by the offer."""
    dock = dock or scene.dock("curves")
    scene.conductor.play(True)
    scene.wait(dock.isHidden)
    scene.train()
    assert scene.trainer.playing
    mend()
    scene.reports.clear()
    strip = scene.window.trouble.strip
    assert strip.isVisible()
    assert dock.windowTitle() in strip._text.text()
    scene.click(strip._offers[0][0])
    scene.wait(lambda: dock.isVisible() and strip.isHidden())
    scene.train()
    scene.conductor.play(False)
    scene.settle()
    assert not scene.reports


def trainer_does_not_answer(scene: Scene) -> None:
    """After 2 s it is said, after 10 s there is an offer, which leaves that thread to itself."""
    let_go, stuck = threading.Event(), scene.trainer
    before = scene.theta()
    scene.trainer.perform(lambda session: "" if let_go.wait(60) else "late")
    scene.wait(lambda: not stuck._inbox)
    dog, seconds = scene.window.trouble.watchdog, [time.monotonic()]
    scene.monkeypatch.setattr(dog, "_clock", lambda: seconds[0])
    for _ in range(30):
        seconds[0] += 0.5
        dog.look()
    assert "busy for" in scene.window.status._busy.text()
    scene.told("The trainer does not answer")
    scene.click(scene.window.trouble.strip._offers[0][0])
    assert scene.trainer is not stuck
    assert stuck.isRunning()
    scene.wait(lambda: scene.conductor.frame is not None)
    assert np.array_equal(scene.theta(), before)
    dog.look()
    assert scene.window.status._busy.isHidden()
    let_go.set()
    scene.wait(lambda: not stuck.isRunning())


def formula(text: str, words: str = "") -> Callable[[Scene], None]:
    """A formula that has no value anywhere, or is refused."""

    def strike(scene: Scene) -> None:
        scene.conductor.command(Change("problem.kind", "formula"))
        scene.wait(lambda: getattr(scene.state.experiment.problem, "kind", "") == "formula")
        scene.conductor.command(Change("problem.text", text))
        if words:
            scene.told(words)
        else:
            scene.wait(lambda: getattr(scene.state.experiment.problem, "text", "") == text)
        scene.conductor.play(True)
        scene.wait(lambda: scene.conductor.frame is not None and not scene.frame.busy)
        scene.conductor.play(False)
        scene.settle()
        scene.conductor.command(Change("problem.kind", "network"))

    return strike
