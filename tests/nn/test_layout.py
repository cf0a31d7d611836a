import numpy as np
import pytest

from gdexplorer.nn.layout import Block, Layout
from tests.builders import laid

SHAPES = {"h1": (3, 3), "h2": (2, 4), "output": (1, 3)}


@pytest.fixture
def layout():
    return laid(SHAPES)


def test_blocks_lie_one_behind_the_other(layout):
    assert [(b.id, b.start, b.stop) for b in layout.blocks] == [("h1", 0, 9), ("h2", 9, 17), ("output", 17, 20)]
    assert layout.size == 20
    assert Layout(()).size == 0


def test_views_are_theta_itself(layout):
    theta = np.arange(20.0)
    weights, biases = layout.view(theta, "h2", "weight"), layout.view(theta, "h2", "bias")
    np.testing.assert_array_equal(weights, [[9, 10, 11], [13, 14, 15]])
    np.testing.assert_array_equal(biases, [12, 16])
    weights[1, 2], biases[0] = -1, -2
    layout.block(theta, "output")[0, 2] = -3
    assert (theta[15], theta[12], theta[19]) == (-1, -2, -3)


def test_views_of_a_stack_are_the_stack_itself(layout):
    thetas = np.arange(60.0).reshape(3, 20)
    assert layout.block(thetas, "h1").shape == (3, 3, 3)
    for theta, weights, biases in zip(
        thetas, layout.view(thetas, "h1", "weight"), layout.view(thetas, "h1", "bias"), strict=True
    ):
        np.testing.assert_array_equal(weights, layout.view(theta, "h1", "weight"))
        np.testing.assert_array_equal(biases, layout.view(theta, "h1", "bias"))
    layout.view(thetas, "output", "bias")[2, 0] = -1
    assert thetas[2, 19] == -1


def test_the_mask_tells_weights_from_biases(layout):
    marked = layout.weights.astype(float)
    for id in SHAPES:
        assert layout.view(marked, id, "weight").all()
        assert not layout.view(marked, id, "bias").any()


def test_layouts_of_the_same_shapes_are_equal(layout):
    assert layout == laid(dict(SHAPES))
    assert layout != laid(SHAPES | {"h2": (4, 4)})
    assert layout != laid({"other": (3, 3), "h2": (2, 4), "output": (1, 3)})


def test_all_numbers_of_a_block_without_biases_are_weights():
    layout = Layout((Block("h", 0, (2, 3)), Block("point", 6, (1, 2), "weights")))
    theta = np.arange(8.0)
    np.testing.assert_array_equal(layout.view(theta, "point", "weight"), [[6, 7]])
    assert layout.view(theta, "point", "bias").size == 0
    stack = np.arange(24.0).reshape(3, 8)
    assert layout.view(stack, "point", "bias").shape == (3, 1, 0)
    np.testing.assert_array_equal(layout.view(stack, "point", "weight")[:, 0], stack[:, 6:])
    assert layout.weights.tolist() == [True, True, False, True, True, False, True, True]
    layout.view(theta, "point", "weight")[0, 1] = -1
    assert theta[7] == -1


def test_a_parameter_is_called_by_its_layer_unit_and_input(layout):
    assert [layout.name(k) for k in (0, 1, 2, 3, 8)] == ["h1 w[1,1]", "h1 w[1,2]", "h1 b[1]", "h1 w[2,1]", "h1 b[3]"]
    assert [layout.name(k) for k in (9, 12, 15, 16, 17, 19)] == [
        "h2 w[1,1]", "h2 b[1]", "h2 w[2,3]", "h2 b[2]", "output w[1,1]", "output b[1]",
    ]  # fmt: skip
    names = [layout.name(k) for k in range(layout.size)]
    assert len(set(names)) == 20
    for index, name in enumerate(names):
        assert (" w[" in name) == layout.weights[index]
    marked = np.arange(20)
    assert names[layout.view(marked, "h2", "weight")[1, 0]] == "h2 w[2,1]"
    assert names[layout.view(marked, "h2", "bias")[1]] == "h2 b[2]"
