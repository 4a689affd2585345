"""Checks of whether probabilities come true."""
