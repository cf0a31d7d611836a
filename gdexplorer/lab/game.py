"""Updates of a game: each is the turn of one side, or of both at once, on its own slice of θ with its own slots."""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from gdexplorer.arrays import Array, zeros
from gdexplorer.lab.state import State
from gdexplorer.objectives.batch import Batch
from gdexplorer.objectives.objective import Objective, Program


class Played(Protocol):
    """What a game needs of a run."""

    state: State
    objective: Objective
    program: Program
    trial: Array
    examples: int

    def proposer(self, tally: None = None, player: int = 0) -> Callable[..., Any]:
        """Return what proposes an update of a player."""
        ...

    def committer(self, losses: list[float]) -> Callable[[float], bool]:
        """Return what commits the update that lies in `trial`."""
        ...

    def record(self, losses: list[float], batch: Batch) -> None:
        """Write down the losses of the updates just made."""
        ...


class Game:
    """What a run of several players has beside it."""

    def __init__(self, objective: Objective) -> None:
        self._players = objective.players
        self._whole = zeros(objective.layout.size, objective.dtype)  # gradient: the movers' slices, 0 elsewhere
        self.moved: tuple[str, ...] = ()  # who made the latest update, once one was made

    def play(self, run: Played, count: int) -> int:
        """Make `count` updates as `Run.advance` does; who does not move keeps its θ bit for bit."""
        state, trial, whole = run.state, run.trial, self._whole
        np.copyto(trial, state.theta)
        sides = [
            (state.theta[part], slots, run.proposer(player=k), trial[part], whole[part])
            for k, (slots, part) in enumerate(zip(state.slots, self._parts, strict=True))
        ]
        draw, value_and_gradient = run.objective.draw, run.program.value_and_gradient
        losses = list[float]()
        commit = run.committer(losses)
        for _ in range(count):
            batch = draw(state.streams)
            loss = value_and_gradient(state.theta, state.buffers, batch, whole)
            for mover in batch.movers:
                theta, slots, propose, out, gradient = sides[mover]
                np.copyto(slots.gradient, gradient)
                propose(theta, slots, out)
            if not commit(loss):
                break
        self.moved = tuple(self._players[mover].name for mover in batch.movers)
        run.record(losses, batch)
        return len(losses)

    def look(self, run: Played) -> None:
        """See to it that each side has a gradient: until its first move, its own on the fixed samples."""
        state = run.state
        blank = [k for k, slots in enumerate(state.slots) if not run.examples or not slots.gradient.any()]
        if blank:
            full = run.objective.full()
            with np.errstate(all="ignore"):
                run.program.value_and_gradient(state.theta, state.buffers, full, self._whole)
            for k in blank:
                np.copyto(state.slots[k].gradient, self._whole[self._parts[k]])
            run.examples = run.examples or full.size

    @property
    def _parts(self) -> list[slice]:
        return [player.parameters for player in self._players]
