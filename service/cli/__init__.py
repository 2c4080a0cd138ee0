"""The command ``freehold``: a table of commands, and one module for what each group of them does."""

import sys


def main() -> None:
    """Runs the command that the process's arguments name, and ends the process with its exit code."""
    from service.cli.app import run

    sys.exit(run(sys.argv[1:]))
