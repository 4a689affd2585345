"""Draws of a table of counts: the resampling of all rows at a cost that knows no n."""

import numpy as np

from audit.stats.arrays import Floats


def resample(
    table: Floats, *, rng: np.random.Generator, draws: int, prior: float | Floats = 0.0
) -> Floats:
    """Draw tables like the one observed.

    Parameters
    ----------
    table : ndarray of float, any shape
        Counts >= 0 with a sum > 0; weighted counts in effective rows.
    rng : numpy.random.Generator
        Source of the draws.
    draws : int
        Number of tables.
    prior : float or ndarray of the shape of `table`, default 0
        Pseudo-rows for each cell. With 0, the draws are whole counts, the bootstrap of the rows.
        Otherwise they are draws of the posterior, a Dirichlet distribution with `table + prior`,
        times the number of rows: no cell with a prior is ever sure to be empty. 0.5 is Jeffreys'.

    Returns
    -------
    ndarray of float, shape (draws, *table.shape)
        Each table sums to the observed sum.

    References
    ----------
    .. [1] D. B. Rubin (1981), "The Bayesian bootstrap", Annals of Statistics 9, 130-134.

    Examples
    --------
    The bootstrap of 0 of 20 never sees a hit; the 97.5 % quantile of Jeffreys' posterior, Beta(0.5,
    20.5), is 0.1172:

    >>> rng = np.random.default_rng(0)
    >>> float(resample(np.array([0.0, 20.0]), rng=rng, draws=1000)[:, 0].max())
    0.0
    >>> hits = resample(np.array([0.0, 20.0]), rng=rng, draws=100_000, prior=0.5)[:, 0]
    >>> round(float(np.quantile(hits / 20, 0.975)), 2)
    0.12

    """
    total = table.sum()
    if not (np.isfinite(total) and total > 0 and (table >= 0).all()):
        msg = (
            f"a table of counts must be finite, at least 0 and not empty, but got {table.tolist()}"
        )
        raise ValueError(msg)
    shape, axes = (draws, *table.shape), tuple(range(1, table.ndim + 1))
    if np.all(np.equal(prior, 0)):
        rows = max(round(float(total)), 1)
        drawn = rng.multinomial(rows, (table / total).ravel(), size=draws).reshape(shape)
        return drawn * (float(total) / rows)
    weights = rng.standard_gamma(table + prior, size=shape)
    scaled: Floats = weights * (total / weights.sum(axis=axes, keepdims=True))
    return scaled
