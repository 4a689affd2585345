"""Pictures of numbers: pure functions from numbers to SVG text."""
