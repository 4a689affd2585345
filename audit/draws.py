"""Random numbers that belong to a row's id: order, selection and version change none of them."""

import hashlib
from collections.abc import Iterable
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Keys: TypeAlias = NDArray[np.uint64]
"""One number a row, made from the id of the unit that it came from."""

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_FIRST: Final = np.uint64(0xBF58476D1CE4E5B9)
_SECOND: Final = np.uint64(0x94D049BB133111EB)


def keys_of(ids: Iterable[str]) -> Keys:
    """Return the first 64 bits of BLAKE2b of each id, the same on every machine.

    Examples
    --------
    >>> keys_of(["a", "b"]).tolist() == keys_of(["b", "a"]).tolist()[::-1]
    True

    """
    digests = b"".join(hashlib.blake2b(each.encode(), digest_size=8).digest() for each in ids)
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


def uniforms(keys: Keys, *salt: str | int) -> NDArray[np.float64]:
    """Draw a number in (0, 1) for each key; another salt gives an independent one.

    Parameters
    ----------
    keys : ndarray of uint64, shape (n,)
    *salt
        What the draw is for, e.g. the run's seed, the probe, the feature.

    Returns
    -------
    ndarray of float, shape (n,)
        The key, moved by the salt, through the finaliser of SplitMix64 (Steele, Lea and Flood
        2014), twice.

    """
    bits = _mixed(_mixed(keys ^ _salted(salt)))
    return ((bits >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53


def normals(keys: Keys, *salt: str | int) -> NDArray[np.float64]:
    """Draw a standard normal number for each key."""
    from scipy.special import ndtri

    found: NDArray[np.float64] = ndtri(uniforms(keys, *salt))
    return found


def chosen(keys: Keys, rows: int, *salt: str | int) -> NDArray[np.int64]:
    """Return the places of `rows` rows, ascending; the same ids are chosen in any table.

    Those with the smallest draws are taken, so that a larger choice holds every smaller one.
    """
    if rows >= len(keys):
        return np.arange(len(keys))
    order = np.lexsort((keys, uniforms(keys, "chosen", *salt)))
    return np.sort(order[:rows]).astype(np.int64)


def first_half(keys: Keys, *salt: str | int) -> NDArray[np.bool_]:
    """Say which rows are in the first of two halves; about half of them are."""
    return uniforms(keys, "half", *salt) < 0.5  # noqa: PLR2004 - a half


def _salted(salt: Iterable[str | int]) -> np.uint64:
    text = "\0".join(map(str, salt)).encode()
    return np.uint64(int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little"))


def _mixed(bits: Keys) -> Keys:
    bits = bits + _GOLDEN
    bits = (bits ^ (bits >> np.uint64(30))) * _FIRST
    bits = (bits ^ (bits >> np.uint64(27))) * _SECOND
    return bits ^ (bits >> np.uint64(31))
