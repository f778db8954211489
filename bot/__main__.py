"""The command `kkb`, also `python -m bot`."""

import sys
from collections.abc import Sequence

from bot.cli import app
from kkb_core.errors import KkbError


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command. What cannot be done is told on stderr, a line each, and exits with 1."""
    try:
        app(args=None if arguments is None else list(arguments))
    except KkbError as error:
        print(f"kkb: {error}", file=sys.stderr)  # noqa: T201  this is what a command says
        sys.exit(1)


if __name__ == "__main__":
    main()
