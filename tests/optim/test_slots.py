import numpy as np
import pytest

from gdexplorer.optim.adam import ADAM, AdamKnobs
from gdexplorer.optim.sgd import MOMENTUM, MomentumKnobs


@pytest.fixture
def slots():
    slots = ADAM.init(3, np.dtype(np.float64), AdamKnobs(), None)
    slots.gradient[:] = [1, 2, 3]
    ADAM.propose(np.zeros(3), slots, np.empty(3))
    return slots


def test_a_copy_shares_within_itself_what_the_original_does_and_nothing_with_it(slots):
    twin = slots.copy()
    assert np.shares_memory(twin.gradient, twin.scratch["powers"])
    assert np.shares_memory(twin.arrays["M"], twin.scratch["moments"])
    assert not np.shares_memory(twin.scratch["powers"], slots.scratch["powers"])
    twin.gradient[:] = 7
    twin.arrays["V"][:] = 8
    twin.knobs["epsilon"][()] = 9
    twin.numbers["beta1"] = 0
    np.testing.assert_array_equal(twin.scratch["powers"][0], 7)
    np.testing.assert_array_equal(twin.scratch["moments"][1], 8)
    np.testing.assert_array_equal(slots.gradient, [1, 2, 3])
    np.testing.assert_array_equal(slots.arrays["V"], [1, 4, 9])
    assert slots.knobs["epsilon"] < 9
    assert slots.numbers["beta1"] == 0.9


def test_saved_lists_the_state_by_name(slots):
    arrays, numbers = slots.saved()
    assert list(arrays) == ["gradient", "M", "V"]
    assert numbers["product1"] == 0.9
    numbers["product1"] = 0
    assert slots.numbers["product1"] == 0.9


def _wrong_names(arrays, numbers):
    return {"gradient": arrays["gradient"]}, numbers


def _wrong_number_names(arrays, numbers):
    return arrays, {"beta1": 0.5}


def _wrong_shape(arrays, numbers):
    return arrays | {"V": np.zeros(4)}, numbers


def _wrong_dtype(arrays, numbers):
    return arrays | {"V": np.zeros(3, np.float32)}, numbers


def _wrong_number(arrays, numbers):
    return arrays, numbers | {"beta1": "0.5"}


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (_wrong_names, "has gradient, but M, V, gradient is needed"),
        (_wrong_number_names, "has beta1, but"),
        (_wrong_shape, "array 'V' is float64 \\(4,\\), but float64 \\(3,\\) is needed"),
        (_wrong_dtype, "array 'V' is float32"),
        (_wrong_number, "number 'beta1' is '0.5'"),
    ],
)
def test_a_state_that_does_not_fit_is_refused_whole(slots, spoil, sentence):
    before = slots.copy()
    arrays, numbers = spoil({name: array + 1 for name, array in slots.saved()[0].items()}, dict(slots.numbers))
    with pytest.raises(ValueError, match=sentence):
        slots.restore(arrays, numbers)
    np.testing.assert_array_equal(slots.scratch["moments"], before.scratch["moments"])
    assert slots.numbers == before.numbers


def test_numbers_come_back_through_json_types(slots):
    momentum = MOMENTUM.init(3, np.dtype(np.float64), MomentumKnobs(), None)
    arrays, numbers = momentum.saved()
    momentum.restore(arrays, numbers | {"started": 1, "dampening": 0})
    assert momentum.numbers == {"started": 1, "dampening": 0}
