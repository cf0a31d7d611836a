"""What an optimizer remembers (`Slots`) and what an optimizer is (`Rule`)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np

from gdexplorer.arrays import Array, zeros
from gdexplorer.fields import Settings

K = TypeVar("K", bound=Settings)


@dataclass(slots=True)
class Slots:
    """Everything an optimizer remembers between two steps.

    Arrays may be views of common blocks (Adam keeps g and g² in one, m and v in another);
    `copy` and ``copy.deepcopy`` rebuild the same sharing.
    """

    gradient: Array  # (P,): the objective writes g here
    arrays: dict[str, Array]  # moments, (P,) each
    numbers: dict[str, float]  # counters, products of decays and the decays the moments were made with
    knobs: dict[str, Array]  # 0-d, theta's dtype: operands of ufuncs, for a Python float costs 0.3 µs
    scratch: dict[str, Array]  # not state: init makes it anew

    def copy(self) -> "Slots":
        """Return an independent copy, equal bit for bit, in which views share memory as they do here."""
        owners: dict[int, Array] = {}
        return Slots(
            _twin(self.gradient, owners),
            {name: _twin(array, owners) for name, array in self.arrays.items()},
            dict(self.numbers),
            {name: _twin(array, owners) for name, array in self.knobs.items()},
            {name: _twin(array, owners) for name, array in self.scratch.items()},
        )

    def __deepcopy__(self, memo: dict[int, Any]) -> "Slots":
        """Copy as `copy` does: numpy's own deep copy would turn each view into an array of its own."""
        return self.copy()

    def saved(self) -> tuple[dict[str, Array], dict[str, float]]:
        """Return the state by name: the arrays (not copied) and the numbers."""
        return {"gradient": self.gradient, **self.arrays}, dict(self.numbers)

    def restore(self, arrays: Mapping[str, Array], numbers: Mapping[str, float]) -> None:
        """Overwrite the state in place with what `saved` listed.

        The slots must come from the same rule's ``init`` with the knobs of the saved run.

        Raises
        ------
        ValueError
            A name, a shape, a dtype or a number does not fit; then nothing is overwritten.
        """
        mine, _ = self.saved()
        _require_same_names(mine, arrays)
        _require_same_names(self.numbers, numbers)
        for name, array in mine.items():
            theirs = arrays[name]
            if theirs.shape != array.shape or theirs.dtype != array.dtype:
                raise ValueError(
                    f"The saved optimizer array '{name}' is {theirs.dtype} {theirs.shape}, but {array.dtype} "
                    f"{array.shape} is needed; restore it with the network and precision it was saved with."
                )
        for name, number in numbers.items():
            if isinstance(number, bool) or not isinstance(number, int | float):
                raise ValueError(f"The saved optimizer number '{name}' is {number!r}; it must be a number.")
        for name, array in mine.items():
            array[...] = arrays[name]
        self.numbers.update(numbers)


def pace(slots: Slots, knobs: Settings, rate: float) -> None:
    """Let slots that keep η among their knobs have another one."""
    slots.knobs["learning_rate"][()] = rate


@dataclass(frozen=True, slots=True)
class Rule(Generic[K]):
    """An optimizer: a record of pure functions, its knobs in the slots so that a slider can move them.

    Attributes
    ----------
    init
        ``(size, dtype, knobs, mask) -> Slots``; ``mask`` (P,) is 1 where decoupled weight decay acts and
        0 elsewhere, None meaning everywhere.
    tune
        ``(slots, knobs)``: takes over knobs that moved, keeping the moments' meaning.
    propose
        ``(theta, slots, out)``: writes the new θ into ``out`` (P,), which must not overlap ``theta``.
        θ stays as it is, the slots advance; ``slots.gradient`` is left untouched. It allocates nothing and
        checks nothing: whoever commits ``out`` checks that it is finite.
    pace
        ``(slots, knobs, rate)``: as ``tune`` with the slots' present knobs but this learning rate, at less cost.
    """

    name: str
    label: str
    formula: str
    help: str
    Knobs: type[K]
    init: Callable[[int, "np.dtype[Any]", K, Array | None], Slots]
    tune: Callable[[Slots, K], None]
    propose: Callable[[Array, Slots, Array], None]
    pace: Callable[[Slots, K, float], None] = pace


def allocate(size: int, dtype: "np.dtype[Any]", arrays: Iterable[str], knobs: Iterable[str]) -> Slots:
    """Return slots of zeros: a gradient, the named arrays of `size` and the named 0-d knobs."""
    return Slots(
        gradient=zeros(size, dtype),
        arrays={name: zeros(size, dtype) for name in arrays},
        numbers={},
        knobs={name: np.zeros((), dtype) for name in knobs},
        scratch={},
    )


def _twin(array: Array, owners: dict[int, Array]) -> Array:
    owner = array if array.base is None else array.base
    assert isinstance(owner, np.ndarray)
    if id(owner) not in owners:
        owners[id(owner)] = owner.copy()
    twin = owners[id(owner)]
    if array is owner:
        return twin
    offset = array.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
    return np.ndarray(array.shape, array.dtype, twin, offset, array.strides)


def _require_same_names(mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> None:
    if mine.keys() != theirs.keys():
        has, needs = (", ".join(sorted(names)) or "nothing" for names in (theirs, mine))
        raise ValueError(
            f"The saved optimizer state has {has}, but {needs} is needed; "
            "restore it with the optimizer it was saved with."
        )
