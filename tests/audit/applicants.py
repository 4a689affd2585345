"""Tables of applicants, for the tests that look at one and audit it."""

from typing import Final

import numpy as np
import pandas as pd

GATED: Final = 1500


def applicants(rows: int = GATED) -> pd.DataFrame:
    """Draw labels, scores that mean what they say, predictions and groups."""
    rng = np.random.default_rng(7)
    score = rng.uniform(size=rows).round(4)
    return pd.DataFrame(
        {
            "case_id": np.arange(rows),
            "y_true": (rng.uniform(size=rows) < score).astype(int),
            "y_pred": (score > 0.5).astype(int),
            "prob": score,
            "sex": rng.choice(["f", "m"], rows),
            "race": rng.choice(["black", "white", "rare"], rows, p=[0.4, 0.595, 0.005]),
            "age": rng.integers(18, 80, rows),
        }
    )
