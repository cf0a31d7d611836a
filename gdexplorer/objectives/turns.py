"""Whose turn it is in a game of two players: the generator's, player 0, or the discriminator's, player 1."""

import numpy as np

from gdexplorer.objectives.streams import Streams

GENERATOR, DISCRIMINATOR = 0, 1
BOTH = (GENERATOR, DISCRIMINATOR)
NO_HESSIAN = "A game has two losses and no Hessian; choose a network or a function to see a curvature."


def whose_turn(streams: Streams, generator_steps: int, discriminator_steps: int) -> int:
    """Return the player whose update is next.

    A round is all steps of the discriminator, then all of the generator. The streams count rounds as epochs, and the
    turns of a round as the examples of one; other numbers of steps begin another round.
    """
    turns = generator_steps + discriminator_steps
    if len(streams.permutation) != turns or streams.cursor >= turns:
        streams.permutation, streams.cursor = np.arange(turns), 0
        streams.epoch += 1
    streams.cursor += 1
    return DISCRIMINATOR if streams.cursor <= discriminator_steps else GENERATOR
