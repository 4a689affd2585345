"""Bias metrics with intervals: ours against fairlearn's bootstrap, on the same rows.

Run: python benchmarks/fairlearn_bootstrap.py [--rows 100000] [--boot 20]

fairlearn's MetricFrame(n_boot=1000) takes half an hour on 100,000 rows, so a few replicates are
timed beside none and the cost of one is multiplied by 1,000; `--boot 1000` runs it in full.
"""

import argparse
import time

import numpy as np
import pandas as pd
from fairlearn.metrics import MetricFrame, false_positive_rate, selection_rate, true_positive_rate

import audit

SHARES = {"a": 0.55, "b": 0.30, "c": 0.12, "d": 0.03}
METRICS = {
    "selection_rate": selection_rate,
    "true_positive_rate": true_positive_rate,
    "false_positive_rate": false_positive_rate,
}
BOOT = 1000


def rows(n: int) -> pd.DataFrame:
    """Draw decisions of four groups whose rates differ a little."""
    rng = np.random.default_rng(7)
    group = rng.choice(list(SHARES), size=n, p=list(SHARES.values()))
    y = (rng.random(n) < 0.4).astype(int)
    right = rng.random(n) < np.where(group == "d", 0.75, 0.80)
    return pd.DataFrame({"group": group, "y": y, "yhat": np.where(right, y, 1 - y)})


def ours(table: pd.DataFrame) -> float:
    """Time both checks: every rate, gap and ratio with interval and attainable limit."""
    started = time.perf_counter()
    for check in ("bias.selection_rate", "bias.error_rates"):
        audit.check(
            check,
            y_true=table["y"],
            y_pred=table["yhat"],
            sensitive_features=table["group"],
        )
    return time.perf_counter() - started


def theirs(table: pd.DataFrame, boot: int) -> float:
    """Time three metrics by group, with some bootstrap replicates or none."""
    started = time.perf_counter()
    more = {"n_boot": boot, "ci_quantiles": [0.025, 0.975], "random_state": 7} if boot else {}
    frame = MetricFrame(
        metrics=METRICS,
        y_true=table["y"],
        y_pred=table["yhat"],
        sensitive_features=table["group"],
        **more,
    )
    frame.difference()
    if boot:
        frame.difference_ci()
    return time.perf_counter() - started


def main() -> None:
    """Print both times and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--boot", type=int, default=20)
    options = parser.parse_args()
    table = rows(options.rows)
    ours(table.head(1000))  # imports
    theirs(table.head(1000), 0)
    mine = min(ours(table) for _ in range(3))
    point = theirs(table, 0)
    one = (theirs(table, options.boot) - point) / options.boot
    whole = point + BOOT * one
    print(f"rows={options.rows} levels={len(SHARES)}")
    print(f"release-audit: {mine:.3f} s, two checks with every interval")
    print(f"fairlearn: {point:.2f} s without interval, {one:.2f} s a replicate")
    print(f"fairlearn with {BOOT} replicates: {whole:.0f} s; ratio {whole / mine:,.0f}")


if __name__ == "__main__":
    main()
