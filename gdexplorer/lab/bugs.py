"""Injected bugs: what a wrong program would do, for those who want to learn to recognize it."""

from collections.abc import Callable
from typing import Any

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.fields import Settings, describe, knob
from gdexplorer.objectives.streams import Streams
from gdexplorer.optim.adam import uncorrected
from gdexplorer.optim.slots import Slots

Propose = Callable[[Array, Slots, Array], None]


class BugSettings(Settings):
    """Bugs that can be put in; none acts unless the lab is open."""

    lab: bool = knob(False, "bug lab", "Opens the list of bugs; closing it takes all of them out. As long as one is "
                     "in, the status line says so.", more=True)  # fmt: skip
    wrong_sign: bool = knob(False, "wrong sign", "The optimizer is given −g in place of g, so that it goes uphill. "
                            "Searches have no such bug.", more=True)  # fmt: skip
    omitted_slope: bool = knob(False, "omitted derivative", "The backward pass leaves out f′(z), the derivative of the "
                               "activations.", more=True)  # fmt: skip
    no_bias_correction: bool = knob(False, "no bias correction", "Adam, AdamW and Nadam take m̂ = m and v̂ = v, though "
                                    "both begin at 0.", more=True)  # fmt: skip
    no_shuffling: bool = knob(False, "no shuffling", "From the next epoch on, every epoch takes the examples in the "
                              "same order, that of the training split.", more=True)  # fmt: skip

    def has(self, name: str) -> bool:
        """Whether a bug is in."""
        return self.lab and bool(getattr(self, name))

    @property
    def present(self) -> tuple[str, ...]:
        """The labels of the bugs that are in."""
        return tuple(field.label for field in describe(BugSettings) if field.name != "lab" and self.has(field.name))


NO_BUGS = BugSettings()


def bugged(propose: Propose, bugs: BugSettings) -> Propose:
    """Return a rule's `propose` with the bugs of updates in it: the very same where there is none."""
    if bugs.has("no_bias_correction"):
        propose = uncorrected(propose)
    return _uphill(propose) if bugs.has("wrong_sign") else propose


def _uphill(propose: Propose) -> Propose:
    def proposed(theta: Array, slots: Slots, out: Array) -> None:
        np.negative(slots.gradient, slots.gradient)
        propose(theta, slots, out)
        np.negative(slots.gradient, slots.gradient)  # whoever looks at the gradient sees the true one

    return proposed


class InOrder(np.random.Generator):
    """A generator that does not permute; its state waits for the day when it does again."""

    def permutation(self, x: Any, axis: int = 0) -> Any:
        """Return the numbers below x, or x itself."""
        return np.arange(x) if isinstance(x, int) else x


def order(streams: Streams, bugs: BugSettings) -> None:
    """Let the order of the examples be drawn, or not."""
    kind = InOrder if bugs.has("no_shuffling") else np.random.Generator
    if type(generator := streams.generators["order"]) is not kind:
        streams.generators["order"] = kind(generator.bit_generator)


def copied(streams: Streams, bugs: BugSettings) -> Streams:
    """Return streams of their own that draw what these will; a copy by itself has forgotten not to shuffle."""
    made = streams.copy()
    order(made, bugs)
    return made
