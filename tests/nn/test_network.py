import numpy as np
import pytest

from gdexplorer.nn.network import Network
from gdexplorer.nn.plan import Plan
from tests.builders import ACTIVATION, dense, forward, learner, point, run_plan
from tests.over_rows import over_rows

NETWORKS = {
    "linear regression": (),
    "one unit": (dense("a", 1),),
    "one activation": (dense("a", 3), dense("b", 4), dense("c", 2)),
    "mixed": (dense("a", 3, "relu"), dense("b", 3, "relu"), dense("c", 2, "gelu"), dense("d", 4, "relu")),
    "knobs": (
        dense("a", 3, "leaky_relu"),
        dense("b", 3, "leaky_relu", ACTIVATION["leaky_relu"].Knobs(slope=0.4)),
        dense("c", 2, "elu", ACTIVATION["elu"].Knobs(alpha=2.0)),
        dense("d", 2, "elu"),
    ),
    "every activation": tuple(dense(name, 3, name) for name in ACTIVATION),
}
each = over_rows("hidden", NETWORKS.values(), ids=NETWORKS)


@each
@pytest.mark.parametrize("batch", [1, 7])
@pytest.mark.parametrize("stack", [0, 3])
def test_the_plan_computes_what_stands_on_paper(rng, hidden, batch, stack):
    objective = learner(rng, hidden, output="tanh", inputs=3, examples=batch)
    network, plan = objective.network, Plan(np.dtype(float), stack)
    theta = rng.normal(size=(stack, objective.layout.size) if stack else objective.layout.size)
    groups = network.allocate(plan, batch)
    network.forward(plan, theta, groups)
    for _ in range(2):  # the second run finds the first one's leftovers
        run_plan(plan, objective.full().x)
        found = groups[-1].tapes[-1].a
        expected = [forward(objective, t, objective.data.train.x).T for t in np.atleast_2d(theta)]
        np.testing.assert_allclose(found, expected if stack else expected[0], rtol=1e-12, atol=1e-14)


def test_layers_in_a_row_share_buffers_only_with_the_same_activation_and_knobs(rng):
    network = learner(rng, NETWORKS["knobs"]).network
    groups = network.allocate(Plan(np.dtype(float)), 4)
    assert [[tape.layer.id for tape in group.tapes] for group in groups] == [["a"], ["b"], ["c"], ["d"], ["output"]]
    network = learner(rng, NETWORKS["mixed"]).network
    groups = network.allocate(Plan(np.dtype(float)), 4)
    assert [[tape.layer.id for tape in group.tapes] for group in groups] == [["a", "b"], ["c"], ["d"], ["output"]]


@each
def test_the_row_of_ones_survives_every_pass(rng, hidden):
    objective = learner(rng, hidden)
    batch, theta, out = objective.full(), point(objective, rng, 3.0), np.empty(objective.layout.size)
    program = objective.program(batch)
    for _ in range(3):
        program.value_and_gradient(theta, np.zeros(0), batch, out)
    for group in program._last.groups:
        for tape in group.tapes:
            np.testing.assert_array_equal(tape.output[-1], 1.0)


def test_the_layout_has_a_block_a_layer_with_the_bias_last():
    network = Network((2,), (dense("a", 5), dense("b", 3), dense("output", 1, "linear")))
    assert [(block.id, block.shape) for block in network.layout.blocks] == [("a", (5, 3)), ("b", (3, 6)),
                                                                            ("output", (1, 4))]  # fmt: skip
