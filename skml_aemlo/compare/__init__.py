"""Which resampler really helps which classifier: data sets x samplers x estimators x folds.

`run` computes the grid and returns one tidy table; `summarise` averages it over folds and ranks the
samplers; `block_means` and the tests after it say whether they differ; `advise` says what to try.
"""

from .advice import Advice, advise
from .estimators import ESTIMATORS, RangeScaler, make_estimator
from .experiment import Experiment, run
from .results import Results, read_results
from .scoring import METRICS, hamming, macro_auc, macro_f, micro_f, ranking_loss, score_answers
from .splitting import Fold, make_folds
from .statistics import (
    average_ranks,
    block_means,
    friedman,
    nemenyi,
    rank_markdown,
    rank_table,
    wilcoxon_holm,
)
from .table import summarise

__all__ = [
    "ESTIMATORS",
    "METRICS",
    "Advice",
    "Experiment",
    "Fold",
    "RangeScaler",
    "Results",
    "advise",
    "average_ranks",
    "block_means",
    "friedman",
    "hamming",
    "macro_auc",
    "macro_f",
    "make_estimator",
    "make_folds",
    "micro_f",
    "nemenyi",
    "rank_markdown",
    "rank_table",
    "ranking_loss",
    "read_results",
    "run",
    "score_answers",
    "summarise",
    "wilcoxon_holm",
]
