"""Resampling for imbalanced multi-label data."""

__version__ = "0.1.0"
