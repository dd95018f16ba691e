"""The statistics against the libraries that reviewers use: scikit-posthocs and statsmodels."""

import numpy as np
import pytest

pd = pytest.importorskip("pandas")
posthocs = pytest.importorskip("scikit_posthocs")
multitest = pytest.importorskip("statsmodels.stats.multitest")

from skml_aemlo.compare import nemenyi, wilcoxon_holm  # noqa: E402 - see above


def blocks(seed, n_blocks, n_samplers, digits):
    """Return scores, rounded so that some of them tie."""
    values = np.random.default_rng(seed).normal(size=(n_blocks, n_samplers)).round(digits)
    return pd.DataFrame(values, columns=[f"s{j}" for j in range(n_samplers)])


@pytest.mark.parametrize(("n_blocks", "n_samplers"), [(8, 3), (12, 6), (40, 10)])
@pytest.mark.parametrize("digits", [0, 12])
def test_nemenyi_is_scikit_posthocs(n_blocks, n_samplers, digits):
    """Every pair's p-value, with ties and without."""
    scores = blocks(1, n_blocks, n_samplers, digits)
    expected = posthocs.posthoc_nemenyi_friedman(scores)
    found = nemenyi(scores, greater_is_better=True)
    assert found.p_values.to_numpy() == pytest.approx(expected.to_numpy(), abs=1e-6)


@pytest.mark.parametrize("n_samplers", [3, 8])
def test_holm_is_statsmodels(n_samplers):
    """The p-values adjusted, and which of them are rejected."""
    found = wilcoxon_holm(blocks(2, 20, n_samplers, 12), control="s0", greater_is_better=True)
    rejected, adjusted, *_ = multitest.multipletests(found["p_value"], method="holm")
    assert found["p_holm"].to_numpy() == pytest.approx(adjusted)
    assert (found["p_holm"] <= 0.05).tolist() == rejected.tolist()
