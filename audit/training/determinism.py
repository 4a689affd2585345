"""The same numbers from the same seed, without touching what the caller has set."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager


def seed_of(*parts: str | int) -> int:
    """Return a seed that belongs to these parts alone.

    Examples
    --------
    >>> seed_of(7, "fold 1", 3) == seed_of(7, "fold 1", 3) != seed_of(7, "fold 1", 4)
    True

    """
    text = "\0".join(map(str, parts)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little") >> 1


@contextmanager
def drawing(*parts: str | int) -> Iterator[None]:
    """Seed torch with these parts within; its state is restored after."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed_of(*parts))
        yield


@contextmanager
def deterministic() -> Iterator[None]:
    """Let torch use exact algorithms within; what was set is restored after."""
    import torch

    exact = torch.are_deterministic_algorithms_enabled()
    warn = torch.is_deterministic_algorithms_warn_only_enabled()
    torch.use_deterministic_algorithms(mode=True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(exact, warn_only=warn)
