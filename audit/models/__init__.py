"""Adapters: whatever a model is, it answers `Inputs` with probabilities."""
