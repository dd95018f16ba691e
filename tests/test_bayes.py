"""The Bayesian signed-rank test against its definition in loops, its limits and its symmetries."""

import numpy as np
import pytest

pd = pytest.importorskip("pandas")

from skml_aemlo.compare import bayesian_signed_rank, wilcoxon_holm  # noqa: E402 - needs pandas

RNG = np.random.default_rng(3)
OUTCOMES = ["p_worse", "p_equivalent", "p_better"]


def frame(**columns):
    """Return scores of samplers beside a control of zeros."""
    n = len(next(iter(columns.values())))
    return pd.DataFrame({"none": np.zeros(n), **columns})


def by_loops(values, rope, strength, n_samples, seed):
    """Weigh every pair of blocks, draw by draw, as the paper defines it."""
    values = [*values, 0.0]
    alpha = [1.0] * (len(values) - 1) + [strength]
    wins = np.zeros(3)
    for weights in np.random.default_rng(seed).dirichlet(alpha, size=n_samples):
        worse = equal = better = 0.0
        for wi, zi in zip(weights, values, strict=True):
            for wj, zj in zip(weights, values, strict=True):
                total = zi + zj
                if total > 2 * rope:
                    better += wi * wj
                elif total == 2 * rope:
                    better += wi * wj / 2
                    equal += wi * wj / 2
                elif total < -2 * rope:
                    worse += wi * wj
                elif total == -2 * rope:
                    worse += wi * wj / 2
                    equal += wi * wj / 2
                else:
                    equal += wi * wj
        wins[np.argmax([worse, equal, better])] += 1
    return wins / n_samples


@pytest.mark.parametrize("rope", [0.01, 0.25])
@pytest.mark.parametrize("strength", [0.5, 3.0])
def test_it_is_the_definition(rope, strength):
    """The same draws, pair by pair; differences of a quarter lie right on the wider border."""
    values = [0.02, -0.01, 0.25, 0.3, -0.4, 0.0, 0.25]
    found = bayesian_signed_rank(
        frame(a=values),
        control="none",
        greater_is_better=True,
        rope=rope,
        prior_strength=strength,
        n_samples=300,
        random_state=7,
    )
    expected = by_loops(values, rope, strength, 300, 7)
    assert found.loc["a", OUTCOMES].to_numpy() == pytest.approx(expected, abs=1e-12)


def test_limits():
    """A wide region makes everything equivalent; large gains everywhere are better for certain."""
    values = RNG.normal(size=12)
    wide = bayesian_signed_rank(frame(a=values), control="none", greater_is_better=True, rope=100.0)
    assert wide.loc["a"].tolist() == [0.0, 1.0, 0.0]
    clear = bayesian_signed_rank(frame(a=5 + values), control="none", greater_is_better=True)
    assert clear.loc["a", "p_better"] > 0.99


def test_sides_change_with_the_direction():
    """Where lower is better, what was better is worse."""
    scores = frame(a=RNG.normal(0.01, 0.02, size=15))
    up = bayesian_signed_rank(scores, control="none", greater_is_better=True)
    down = bayesian_signed_rank(scores, control="none", greater_is_better=False)
    assert up[OUTCOMES].to_numpy() == pytest.approx(down[OUTCOMES[::-1]].to_numpy())
    assert up.sum(axis=1).to_numpy() == pytest.approx(1.0)


def test_differences_that_are_their_own_mirror_favour_no_side():
    """As many and as large wins as losses; within the error of fifty thousand draws."""
    gains = np.linspace(0.02, 0.3, 7)
    found = bayesian_signed_rank(
        frame(a=[*gains, *-gains]), control="none", greater_is_better=True, rope=0.0
    )
    assert found.loc["a", "p_better"] == pytest.approx(found.loc["a", "p_worse"], abs=0.02)


def test_a_failure_is_a_loss_larger_than_any():
    """As a loss of ten, paired with whatever gain; where both failed, there is no difference."""
    failed = frame(a=[np.nan, 0.5, 0.4, np.nan])
    failed.loc[3, "none"] = np.nan
    written = frame(a=[-10.0, 0.5, 0.4, 0.0])
    options = {"control": "none", "greater_is_better": True, "n_samples": 2000}
    pd.testing.assert_frame_equal(
        bayesian_signed_rank(failed, **options), bayesian_signed_rank(written, **options)
    )


def test_other_samplers_change_nothing():
    """The draws of one comparison do not depend on what else is compared."""
    scores = frame(a=RNG.normal(size=9), b=RNG.normal(size=9))
    both = bayesian_signed_rank(scores, control="none", greater_is_better=True)
    alone = bayesian_signed_rank(scores[["none", "b"]], control="none", greater_is_better=True)
    assert both.loc["b"].tolist() == alone.loc["b"].tolist()


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"rope": -1}, "rope"),
        ({"rope": float("nan")}, "rope"),
        ({"rope": "0.1"}, "rope"),
        ({"prior_strength": 0}, "prior_strength"),
        ({"n_samples": 0}, "n_samples"),
        ({"n_samples": 2.5}, "n_samples"),
        ({"control": "mlros"}, "control"),
    ],
)
def test_bad_settings_are_named(options, name):
    """One error that names the parameter."""
    options = {"control": "none", "greater_is_better": True, **options}
    with pytest.raises(ValueError, match=f"^{name}"):
        bayesian_signed_rank(frame(a=[1.0, 2.0, 3.0]), **options)


@pytest.mark.parametrize("direction", ["no", 1, None])
@pytest.mark.parametrize("test", [bayesian_signed_rank, wilcoxon_holm])
def test_a_direction_is_true_or_false(test, direction):
    """A word that happens to be true would turn a table round."""
    with pytest.raises(TypeError, match="greater_is_better must be True or False"):
        test(frame(a=[1.0, 2.0, 3.0]), control="none", greater_is_better=direction)
