"""Helpers that several test files use."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
"""Root folder of the repository."""
