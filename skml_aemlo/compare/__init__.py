"""Which resampler really helps which classifier: data sets x samplers x estimators x folds.

`run` computes the grid and returns one tidy table; `summarise` averages it over folds and ranks the
samplers; `block_means` and the tests after it say whether they differ; `advise` says what to try.
"""

from .advice import Advice, advise
from .bayes import bayesian_signed_rank
from .conventions import CONVENTIONS
from .estimators import ESTIMATORS, RangeScaler, make_estimator
from .experiment import Experiment, run
from .rankings import calibration_error
from .report import write_report
from .results import Results, read_results
from .scoring import (
    METRICS,
    average_precision,
    balanced_accuracy,
    coverage,
    g_mean,
    hamming,
    macro_auc,
    macro_aucpr,
    macro_f,
    micro_f,
    one_error,
    ranking_loss,
    score_answers,
    subset_accuracy,
)
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
    "CONVENTIONS",
    "ESTIMATORS",
    "METRICS",
    "Advice",
    "Experiment",
    "Fold",
    "RangeScaler",
    "Results",
    "advise",
    "average_precision",
    "average_ranks",
    "balanced_accuracy",
    "bayesian_signed_rank",
    "block_means",
    "calibration_error",
    "coverage",
    "friedman",
    "g_mean",
    "hamming",
    "macro_auc",
    "macro_aucpr",
    "macro_f",
    "make_estimator",
    "make_folds",
    "micro_f",
    "nemenyi",
    "one_error",
    "rank_markdown",
    "rank_table",
    "ranking_loss",
    "read_results",
    "run",
    "score_answers",
    "subset_accuracy",
    "summarise",
    "wilcoxon_holm",
    "write_report",
]
