"""Runs every benchmark, or those named: `python -m benchmarks [name …] [N]`."""

import sys
from importlib import import_module
from pathlib import Path


def main(arguments: list[str]) -> None:
    """Run the benchmarks in *arguments*; a number among them is handed to each as its size."""
    folder = Path(__file__).parent
    files = [*folder.glob("*.py"), *(file.parent for file in folder.glob("*/__init__.py"))]
    known = sorted(file.stem for file in files if not file.stem.startswith("_"))
    sizes = [int(word.replace("_", "")) for word in arguments if word.replace("_", "").isdigit()]
    wanted = [word for word in arguments if not word.replace("_", "").isdigit()]
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        sys.exit(f"no benchmark {unknown[0]!r}; there are {', '.join(known)}")
    for name in wanted or known:
        print(f"== {name}")
        import_module(f"benchmarks.{name}").main(*sizes[:1])


main(sys.argv[1:])
