"""Who is told how far a training has come."""

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[str, int, int], None]
"""Told after each epoch what is trained, how many epochs are done, and of how many in all."""
