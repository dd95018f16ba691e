"""Resampling for imbalanced multi-label data.

How imbalanced is my label matrix, and which resampling really helps my classifier? Samplers share
one base class and ``fit_resample(X, Y)``; `MultiLabelResampledClassifier` resamples inside each
training fold; `measures` tell how skewed labels are; `compare` shows what helps; `ensemble` holds
classifiers that meet imbalance themselves.
"""

from . import compare, datasets, ensemble, measures
from .base import MultiLabelSampler, Resampling
from .classifier import MultiLabelResampledClassifier
from .registry import SAMPLERS, make_sampler, register_sampler
from .samplers.adapters import LabelPowersetSampler
from .samplers.aemlo import AEMLO
from .samplers.cleaning import MLTL, MLUL, MLeNN
from .samplers.decoupling import REMEDIAL
from .samplers.interpolation import MLSMOTE, MLSOL, MLRkNNOS
from .samplers.selection import LPROS, LPRUS, MLROS, MLRUS
from .samplers.sequence import SamplerSequence
from .thresholds import FixedThresholdsClassifier, TunedThresholdsClassifierCV

__version__ = "0.1.0"

__all__ = [
    "AEMLO",
    "LPROS",
    "LPRUS",
    "MLROS",
    "MLRUS",
    "MLSMOTE",
    "MLSOL",
    "MLTL",
    "MLUL",
    "REMEDIAL",
    "SAMPLERS",
    "FixedThresholdsClassifier",
    "LabelPowersetSampler",
    "MLRkNNOS",
    "MLeNN",
    "MultiLabelResampledClassifier",
    "MultiLabelSampler",
    "Resampling",
    "SamplerSequence",
    "TunedThresholdsClassifierCV",
    "compare",
    "datasets",
    "ensemble",
    "make_sampler",
    "measures",
    "register_sampler",
]
