"""What the functions of a comparison say to arguments of a wrong kind."""

import pandas as pd
import pytest

from skml_aemlo.compare import (
    advise,
    bayesian_signed_rank,
    block_means,
    calibration_error,
    make_estimator,
    nemenyi,
    rank_markdown,
    read_results,
    summarise,
    wilcoxon_holm,
    write_report,
)

SCORES = pd.DataFrame({"s0": [0.1, 0.2, 0.3], "s1": [0.2, 0.1, 0.4]})
TABLE = pd.DataFrame(
    {"dataset": "a", "estimator": "e", "sampler": ["s0", "s1"], "macro_f": 0.5, "error": ""}
)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: summarise([]), "table must be a DataFrame, as run returns it; got list"),
        (lambda: block_means(None, "macro_f"), "table must be a DataFrame"),
        (lambda: rank_markdown("a"), "ranks must be a DataFrame, as rank_table returns it"),
        (lambda: summarise(pd.DataFrame({"dataset": ["a"]})), "table has no column 'sampler'"),
        (lambda: summarise(TABLE, "macro"), "unknown metric 'macro'; did you mean 'macro_f'"),
        (lambda: block_means(TABLE, ["macro_f"]), "table has no column \\['macro_f'\\]"),
        (lambda: block_means(TABLE, "macro_f", by=3), "by must be a column, or a list of columns"),
        (
            lambda: nemenyi(SCORES, greater_is_better=True, alpha="5%"),
            "alpha must lie between 0 and 1, got '5%'",
        ),
        (
            lambda: wilcoxon_holm(SCORES, control=["s0"], greater_is_better=True),
            "control=\\['s0'\\] is no sampler",
        ),
        (
            lambda: bayesian_signed_rank(
                SCORES, control="s0", greater_is_better=True, random_state="a"
            ),
            "random_state must be None or a whole number",
        ),
        (lambda: calibration_error([[1]], [[0.5]], n_bins=1.5), "n_bins must be a whole number"),
        (lambda: calibration_error([[1]], {}), "scores must be a matrix of numbers, got dict"),
        (lambda: make_estimator(["br-tree"]), "unknown estimator"),
        (lambda: read_results(None), "path must be a path, got None"),
        (lambda: write_report(3), "results_or_folder must be a path, got 3"),
        (lambda: advise(None, [[1, 0]]), "X must have rows"),
    ],
)
def test_what_does_not_fit_is_named(call, message):
    """One error names the argument and what came."""
    with pytest.raises((TypeError, ValueError), match=message):
        call()
