"""A process of its own that loads spoiled files: ``python fuzz_sessions.py FOLDER FIRST LAST``.

Each may cost 2 s of this process, after which the system ends it, and all of them 256 MiB beyond what the program and
sound files take. What comes out is one JSON line; what was loaded last stays in FOLDER, in a file named for FIRST.
"""

import json
import resource
import signal
import sys
from collections import Counter
from pathlib import Path
from typing import Any

MOST_SECONDS = 2.0
MOST_BYTES = 256 * 2**20


def main(folder: Path, first: int, last: int) -> None:
    """Load the files of seeds FIRST to LAST − 1."""
    from gdexplorer.lab.archive import load, packed
    from gdexplorer.lab.catalogue import standard
    from gdexplorer.lab.complaints import Complaint
    from tests.lab.mutations import mutated

    catalogue, spoiled = standard(), folder / f"{first}.gdx"
    sound = sorted(folder.glob("sound*.gdx"))
    bases = [path.read_bytes() for path in sound]
    for path in sound:
        packed(load(path, catalogue))
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MOST_BYTES, resource.RLIM_INFINITY))
    counts = Counter[str]()
    for seed in range(first, last):
        content = mutated(bases, seed)
        spoiled.write_bytes(content)
        (folder / f"{first}.seed").write_text(str(seed))
        signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)  # SIGPROF ends the process
        try:
            session = load(spoiled, catalogue)
        except Complaint as complaint:
            sentence = str(complaint)
            assert "\n" not in sentence, sentence
            assert sentence.endswith((".", "?")), sentence
            counts["refused"] += 1
            counts["memory"] += "more memory" in sentence
        else:
            counts["loaded"] += 1
            packed(session)  # what was accepted can be saved
            assert session.advance(2) <= 2  # and goes on
            counts["replayed"] += _looks_back(session, Complaint)
        signal.setitimer(signal.ITIMER_PROF, 0)
    print(json.dumps(counts))


def _looks_back(session: Any, refusal: type[Exception]) -> bool:
    """Go to the middle of the record; a log that somebody invented may refuse that, in a sentence."""
    try:
        session.travel(min(session.active.step // 2, 1000))
        session.approach(100)
    except refusal:
        return False
    return True


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
