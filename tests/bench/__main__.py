"""``python3 dev.py bench [NAME ...]``: runs ``tests/bench/bench_*.py`` and says which bounds were kept."""

from __future__ import annotations

import argparse
import importlib
import os
from pathlib import Path

from mlid_desktop.process.environment import prepare_environment
from tests.bench.report import Report

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
RESULTS = ROOT / "bench-results" / "latest.json"


def main() -> int:
    """Exit code 0 where every bound was kept, 1 where one was missed, 2 for a name that no benchmark has."""
    known = [path.stem.removeprefix("bench_") for path in sorted(HERE.glob("bench_*.py"))]
    parser = argparse.ArgumentParser(prog="dev.py bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(known) or 'none yet'}")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the figures go as JSON")
    parser.add_argument("--scale", type=float, default=1.0, help="of benchmarks that are as large as one likes")
    chosen = parser.parse_args()
    unknown = sorted(set(chosen.names) - set(known))
    if unknown:
        parser.error(f"no benchmark is called {', '.join(unknown)}; there are: {', '.join(known) or 'none yet'}")
    prepare_environment()
    shared = Path(os.environ.get("MLID_SHARED") or ROOT.parent / "shared").resolve()
    report = Report(shared if shared.is_dir() else None, chosen.scale)
    for name in chosen.names or known:
        report.begin(name)
        importlib.import_module(f"tests.bench.bench_{name}").run(report)
    report.write(chosen.out)
    print(f"\n{len(report.figures)} figures, {len(report.missed)} bounds missed; written to {chosen.out}")
    return 1 if report.missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
