"""Ensembles that meet imbalance themselves: resampled copies, undersampled chains, coupled labels.

All are multi-label classifiers that average their members' probabilities and predict a label from
a threshold of its own on, tuned on the training rows.
"""

from .chains import ECCRU, ECCRU2, ECCRU3
from .coupling import COCOA
from .resampled import EnsembleOfSampling

__all__ = ["COCOA", "ECCRU", "ECCRU2", "ECCRU3", "EnsembleOfSampling"]
