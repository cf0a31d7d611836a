"""Codes of an autoencoder, and what is decoded at a point of their plane: two errands, so that the second is fast."""

from collections.abc import Callable
from functools import partial

from gdexplorer.lab.capture import captured
from gdexplorer.lab.errands import Errands
from gdexplorer.lab.run import Run
from gdexplorer.probes import latent
from gdexplorer.probes.context import Context
from gdexplorer.probes.latent import CodesReport, Decoded, Latent, LatentReport

CODES, DECODED = "codes", "decoded"


class Latents:
    """Answers requests for codes."""

    def __init__(self, errands: Errands) -> None:
        self._errands = errands

    @staticmethod
    def names() -> tuple[str, str]:
        """Return the names of the errands."""
        return CODES, DECODED

    def measure(self, run: Run, request: Latent) -> LatentReport | str | None:
        """Return what is known, and see to it that more will be; a sentence if there are no codes."""
        if "reconstruct" not in run.objective.can:
            return latent.NO_CODES

        def encode() -> Callable[[], tuple[CodesReport, Context]]:
            context, before = captured(run), self._errands.known(CODES)
            return lambda: (latent.measure(request, context, before and before[0]), context)

        known: tuple[CodesReport, Context] | None = self._errands.run(
            CODES, (run.version, run.state.step, request.split), encode)  # fmt: skip
        if known is None:
            return None
        codes, context = known
        decoded: tuple[Context, Decoded] | None = None
        if codes.width:
            point = request.point or codes.mean
            work = partial(_decoded, point, context, codes)
            decoded = self._errands.run(DECODED, (id(context), point), lambda: work)
        # of other parameters, or another network's, it would not belong to these codes
        fits = decoded is not None and decoded[0].objective is context.objective
        return LatentReport(codes, decoded[1] if decoded is not None and fits else None)


def _decoded(point: tuple[float, float], context: Context, codes: CodesReport) -> tuple[Context, Decoded]:
    return context, latent.decode(point, context, codes)
