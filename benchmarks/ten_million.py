"""Bias and calibration with intervals on up to 10,000,000 rows x 8 levels from Parquet.

Run: python benchmarks/ten_million.py [--rows 100000 1000000 10000000]

Each size runs in a process of its own, so that its peak memory is its own. Budget of the largest:
15 s and 1.5 GB on 2 cores, the intervals under 5 % of it.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LEVELS = 8
SIZES = (100_000, 1_000_000, 10_000_000)
CHECKS = ("bias.selection_rate", "bias.error_rates", "calibration.error")


def write(rows: int, path: Path) -> None:
    """Write a table of a calibrated model and eight groups, in pieces."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(7)
    names = pa.array([f"level {i}" for i in range(LEVELS)])
    writer = None
    for start in range(0, rows, 1_000_000):
        n = min(1_000_000, rows - start)
        score = rng.beta(2, 3, n)
        table = pa.table(
            {
                "group": pa.DictionaryArray.from_arrays(rng.integers(0, LEVELS, n), names).cast(
                    pa.string()
                ),
                "label": (rng.random(n) < score).astype(np.int8),
                "prediction": (score >= 0.5).astype(np.int8),
                "score": score,
                "unused": rng.random(n),
            }
        )
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    if writer:
        writer.close()


def measure(path: Path) -> None:
    """Run the checks and print seconds by check and the peak memory."""
    started = time.perf_counter()
    from audit import jobs
    from audit.catalogue import make_check
    from audit.data.roles import Roles
    from audit.data.tables import read_files
    from audit.runner import Job, run
    from audit.subjects import Subject
    from audit.units import units_of

    imported = time.perf_counter()
    roles = Roles(label="label", prediction="prediction", scores=("score",), groups={"group": ()})
    subject = Subject(units=units_of(read_files(str(path), base=Path()), roles))
    loaded = time.perf_counter()
    now = jobs.utc_now()
    job = Job(
        checks=[make_check(check, {}) for check in CHECKS],
        subject=subject,
        provenance=jobs.provenance(7, 0.95, now=now),
        today=now.date(),
    )
    record = run(job)
    ended = time.perf_counter()
    assert record.measured, [str(a) for c in record.checks for a in c.unmeasured]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    parts = " ".join(f"{check.id}={check.seconds:.2f}" for check in record.checks)
    print(
        f"rows={subject.units.rows} total={ended - started:.2f}s imports={imported - started:.2f} "
        f"digest_and_validation={loaded - imported:.2f} {parts} peak={peak:.0f}MB"
    )


def main() -> None:
    """Measure each size in its own process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=SIZES)
    parser.add_argument("--measure", type=Path)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure)
        return
    with tempfile.TemporaryDirectory() as folder:
        for rows in options.rows:
            path = Path(folder) / f"{rows}.parquet"
            write(rows, path)
            subprocess.run([sys.executable, __file__, "--measure", str(path)], check=True)
            path.unlink()


if __name__ == "__main__":
    main()
