"""Multi-label data sets: read from ARFF, fetched from OpenML, or made to measure."""

from .arff import load_arff, save_arff
from .dataset import Dataset
from .header import ArffError
from .openml import fetch
from .synthetic import load_synthetic, make_imbalanced_multilabel

__all__ = [
    "ArffError",
    "Dataset",
    "fetch",
    "load_arff",
    "load_synthetic",
    "make_imbalanced_multilabel",
    "save_arff",
]
