"""The way back after an error in the midst of an update or a command: to where the record ends.

A record grows only by what went well to its end, and its keyframes are copies; so it can be done again from there,
whatever the error left behind, and in another thread while the first does not answer.
"""

from gdexplorer.lab.branch import Branch


def rescued(branch: Branch) -> Branch:
    """Return a branch that stands where the record of another ends, or at its last keyframe if that fails too."""
    frame = branch.keyframes.frames[-1]
    try:
        found = branch.at(frame)
        found.follow(branch)
    except Exception:  # whatever broke the branch may break this one too
        found = branch.at(frame)
    found.adopt()
    found.id, found.name, found.color, found.drawn = branch.id, branch.name, branch.color, branch.drawn
    found.parent, found.at_step, found.opaque = branch.parent, branch.at_step, branch.opaque
    return found
