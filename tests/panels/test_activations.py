import pytest
from pytestqt.qtbot import QtBot

from gdexplorer.panels.activationplot import words
from gdexplorer.panels.activations import ActivationsPanel
from gdexplorer.panels.palette import PALETTES
from gdexplorer.probes.activations import NO_ACTIVATIONS
from tests.paired import paired
from tests.panels.runs import session
from tests.pixels import colors


@pytest.fixture
def panel(qtbot: QtBot) -> ActivationsPanel:
    made = ActivationsPanel()
    qtbot.addWidget(made)
    made.resize(1000, 420)
    made.show()
    made.commanded.connect(lambda command: pytest.fail(f"a frame made it send {command}"))
    made.needs_changed.connect(lambda: pytest.fail("a frame changed its needs"))
    return made


def layers(count: int, activation: str = "tanh") -> dict[str, object]:
    return {"layers": [{"id": f"h{k}", "units": 4, "activation": activation} for k in range(1, count + 1)]}


def look(panel: ActivationsPanel, of) -> None:  # type: ignore[no-untyped-def]
    panel.show_frame(of.frame(panel.needs()))
    panel.grab()


def drawn(panel: ActivationsPanel) -> list[str]:
    return [plot.layer.id for plot in panel.plots if not plot.isHidden() and plot.layer is not None]


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "leaky_relu", "elu", "gelu", "silu", "softplus"])
@pytest.mark.parametrize("steps", [0, 30])
def test_every_activation_is_drawn(activation: str, steps: int, panel: ActivationsPanel) -> None:
    look(panel, session(steps=steps, network=layers(2, activation)))
    assert drawn(panel) == ["h1", "h2"]
    assert len(panel.plots) == 2
    for plot in panel.plots[:2]:
        assert plot.layer is not None
        bars = sum(len(item.opts["x0"]) for item in (plot._bars, plot._flat))
        assert bars == (plot.layer.counts > 0).sum()
        assert plot.reading is not None
        assert plot.reading(0.0, 0.0).startswith("z 0: f ")


def test_many_layers_come_in_pages(panel: ActivationsPanel) -> None:
    run = session(network=layers(12))
    panel.resize(800, 300)
    look(panel, run)
    first = drawn(panel)
    assert 1 < len(first) < 12
    assert first[0] == "h1"
    seen = list(first)
    for page in range(1, panel.page.count()):
        panel.page.setCurrentIndex(page)
        panel.grab()
        seen += drawn(panel)
    assert seen == [f"h{k}" for k in range(1, 13)]
    run.advance(3)
    look(panel, run)
    assert drawn(panel)[-1] == "h12", "a frame does not turn the page"
    panel.resize(1800, 1000)
    panel.grab()
    assert drawn(panel) == [f"h{k}" for k in range(1, 13)]
    assert panel.header.isHidden()


def test_a_dead_layer_is_said_to_be(panel: ActivationsPanel) -> None:
    run = session(network=layers(2, "relu"))
    run.run.objective.layout.view(run.run.state.theta, "h1", "bias")[:] = -1e3
    run.run.objective.layout.view(run.run.state.theta, "h2", "bias")[:] = 1.0
    look(panel, run)
    plot = panel.plots[0]
    assert plot._alarm.text() == "off 100 %, dead 4 of 4 units"
    assert not plot._above[2].isVisible()
    assert panel.plots[1]._alarm.text() == ""
    assert "h1, ReLU: f′ at most 1, mean 0, off 100 %, dead 4 of 4 units" in panel.summary()
    assert "ReLU: max(z, 0), f′ at most 1" in panel.caption.accessibleDescription()


def test_linear_networks_say_so(panel: ActivationsPanel) -> None:
    look(panel, session("linear"))
    assert panel.waiting.text() == NO_ACTIVATIONS
    assert panel.summary() == f"Activations: {NO_ACTIVATIONS}"


def test_another_network_is_drawn_afresh(panel: ActivationsPanel) -> None:
    look(panel, session(network=layers(5)))
    look(panel, session(network=layers(2, "sigmoid")))
    assert drawn(panel) == ["h1", "h2"]
    assert panel.plots[0].layer is not None
    assert words(panel.plots[0].layer)[0][0].startswith("f′ at most 0.25, mean 0.2")


@paired("name", PALETTES, "size", [(260, 160), (640, 300), (1500, 900)])
def test_every_theme_and_size(name: str, size: tuple[int, int], panel: ActivationsPanel) -> None:
    panel.resize(*size)
    panel.show_palette(PALETTES[name], True)
    look(panel, session(network=layers(6, "gelu"), steps=10))
    for plot in panel.plots[: len(drawn(panel))]:
        assert plot.width() > 100
        assert len(colors(plot.grab().toImage())) > 3
