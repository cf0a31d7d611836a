"""``gdexplorer [FILE]``: the window, which does not load the command line; ``gdexplorer COMMAND``: a command."""

import gc
import sys


def main() -> int:
    """Open the window or carry out a command; return the exit code."""
    gc.disable()  # start-up leaves no garbage, and to look for it takes a fifth of the time; the window goes on so
    if len(sys.argv) == 2 and sys.argv[1].endswith((".toml", ".gdx")):
        from gdexplorer.app.main import main as window

        return window(sys.argv[1:])
    if len(sys.argv) > 1:
        from gdexplorer.cli.main import main as command

        gc.enable()
        return command()
    from gdexplorer.app.main import main as window

    return window()


if __name__ == "__main__":
    sys.exit(main())
