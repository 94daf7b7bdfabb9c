"""``python -m editor.bench NAME``: figures of the window to quote, taken the same way every time."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

BENCHES = {
    "latency": "from a pen event to the picture that shows it, while painting on a large photo",
    "start": "from the command to a window that can be used",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark named in ``argv``; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m editor.bench", description="Measure the window.")
    commands = parser.add_subparsers(dest="bench", required=True, metavar="NAME")
    chosen = next((word for word in (sys.argv[1:] if argv is None else argv) if word in BENCHES), None)
    module = None
    for name, help_text in BENCHES.items():
        command = commands.add_parser(name, help=help_text, description=help_text)
        if name == chosen:
            module = importlib.import_module(f"editor.bench.{name}")
            module.add_arguments(command)
    arguments = parser.parse_args(argv)
    return 2 if module is None else int(module.run(arguments))


if __name__ == "__main__":
    sys.exit(main())
