"""What an update costs: seconds of one core in each lane of a race."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cost:
    """The request for a `CostReport`; equal requests share one measurement."""


@dataclass(frozen=True, slots=True)
class CostReport:
    """A calibration: each lane for itself, from its start, with the curves evaluated as seldom as in a long run."""

    seconds: tuple[float, ...]  # of an update, one a lane; NaN for a lane that cannot make any
