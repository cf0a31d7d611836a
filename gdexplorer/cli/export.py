"""Files for other programs, without a window."""

import sys
from pathlib import Path

import typer

from gdexplorer.cli import settings
from gdexplorer.cli.usage import output
from gdexplorer.lab import archive, experiments, onnx, pytorch, sheet, takeaway
from gdexplorer.lab.catalogue import Catalogue, standard
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.narrator import narrate
from gdexplorer.lab.pytorch import MOST
from gdexplorer.lab.race import names
from gdexplorer.lab.retrace import retrace
from gdexplorer.lab.session import Session
from gdexplorer.lab.state import Health
from gdexplorer.probes.landscape import Landscape, LandscapeReport

FINER = 4  # times that a surface is refined at most


def export(
    experiment: str = typer.Argument(
        metavar="EXPERIMENT",
        help="Name of an experiment (see 'gdexplorer list'), or the path of a .toml file or of a session (.gdx).",
    ),
    steps: int | None = typer.Option(
        None,
        metavar="N",
        min=0,
        max=10**9,
        help="Number of updates in all; if not given, until the experiment pauses, or as a session was saved.",
    ),
    sets: list[str] = typer.Option([], "--set", metavar="PATH=VALUE", help=settings.HELP),
    weights: Path | None = typer.Option(None, metavar="FILE", help="Weights by PyTorch's names (.safetensors)."),
    script: Path | None = typer.Option(
        None, "--pytorch", metavar="FILE", help="A PyTorch script that reproduces the run (.py)."
    ),
    surface: Path | None = typer.Option(None, metavar="FILE", help="The loss landscape, plane and paths (.npz)."),
    curves: Path | None = typer.Option(None, metavar="FILE", help="Losses and accuracies over updates (.csv)."),
    model: Path | None = typer.Option(
        None, "--onnx", metavar="FILE", help="The trained network as an ONNX model (.onnx); needs the package onnx."
    ),
) -> None:
    """Train an experiment, or open a session, and write files of it for other programs."""
    if not (weights or script or surface or curves or model):
        raise Complaint("Say what to write: --weights, --pytorch, --surface, --curves or --onnx, each with a file.")
    if model is not None:
        onnx.require()
    weights, script, surface, curves, model = (
        None if path is None else output(path, suffix)
        for path, suffix in ((weights, ".safetensors"), (script, ".py"), (surface, ".npz"), (curves, ".csv"),
                             (model, onnx.SUFFIX))
    )  # fmt: skip
    catalogue = standard()
    session = trained(experiment, steps, sets, catalogue)
    files: dict[Path, bytes] = {}
    if weights is not None:
        files[weights] = takeaway.weights(session.run)
    if model is not None:
        files[model] = onnx.model(session.run)
    if script is not None:
        leg = retrace(session.start, session.log, session.updates, catalogue, MOST)
        files |= pytorch.script(leg, catalogue).files(script)
    if surface is not None:
        files[surface] = _surface(session)
    if curves is not None:
        lanes = dict(zip(names(session.runs), (run.recorder.view() for run in session.runs), strict=True))
        files |= sheet.files(curves, sheet.curves(lanes))
    for path, content in files.items():
        archive.write(path, content)
        print(f"Wrote {path}.")


def trained(name: str, steps: int | None, sets: list[str], catalogue: Catalogue) -> Session:
    """Return an experiment trained to an update, its pause if none is given, or a session, as it was saved if none is.

    Raises
    ------
    Complaint
        If there is no such thing, or it is not to be seen how far to train.
    """
    changes = settings.parsed(sets)
    if any(at for at, _ in changes):
        raise Complaint("--set changes the start; leave the update away.")
    if Path(name).suffix == archive.SUFFIX:
        if changes:
            raise Complaint("--set is for an experiment that begins; a session has its settings.")
        session = archive.load(Path(name), catalogue)
        if steps is not None and steps < session.step:
            raise Complaint(f"'{name}' has made {session.step:,} updates already; ask for that many or more.")
        steps = session.step if steps is None else steps
    else:
        session = Session(settings.begun(experiments.load(name, catalogue), changes, catalogue), catalogue)
        steps = session.start.show.pause_at if steps is None else steps
        if not steps and not session.start.show.pause_at:
            raise Complaint(f"'{name}' does not pause by itself; say how many updates to make.")
    session.train(steps - session.step)
    if session.run.state.status.health is Health.DIVERGED:
        print(narrate(session.run).text, file=sys.stderr)
    return session


def _surface(session: Session) -> bytes:
    request = Landscape("weights" if session.run.state.theta.size == 2 else "pca")
    report: LandscapeReport | None = None
    for _ in range(FINER):  # coarse at first, finer with each measurement
        report = session.frame(frozenset({request})).lane.views.get(request)
    if report is None:
        raise Complaint("There is no landscape of this run: its weights are not finite; choose an earlier update.")
    return takeaway.surface(report, [run.recorder.view() for run in session.runs], session.run.state.experiment)
