"""Adapters: whatever a model is, it answers rows or texts with probabilities."""
