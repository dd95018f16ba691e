"""The table on screen: ranks, marks, and what is said where nothing can be marked."""

import io

import numpy as np
import pytest

pd = pytest.importorskip("pandas")
pytest.importorskip("rich")

from skml_aemlo.compare import summarise, wilcoxon_holm  # noqa: E402 - needs pandas
from skml_aemlo.compare.console import print_summary  # noqa: E402
from skml_aemlo.compare.power import blocks_needed  # noqa: E402

GAINS = (0.05, 0.04, 0.03, 0.02, 0.01, 0.06, 0.07)


def shown(
    n_datasets,
    metric="macro_f",
    samplers=("none", "up", "down"),
    names=None,
    dataset="d{}",
    **options,
):
    """Return what is printed of one sampler that always wins and one that always loses."""
    sides = {"none": 0, "up": 1, "down": -1}
    rows = [
        {
            "dataset": dataset.format(i),
            "sampler": (names or {}).get(sampler, sampler),
            "estimator": "tree",
            "repeat": 0,
            "fold": fold,
            metric: 0.5 + sides[sampler] * gain + fold / 100,
            "error": "",
        }
        for i, gain in enumerate(GAINS[:n_datasets])
        for sampler in samplers
        for fold in (0, 1)
    ]
    file = io.StringIO()
    print_summary(summarise(pd.DataFrame(rows)), file, **options)
    return file.getvalue()


def ranks_of(text):
    """Return the cells of the line of mean ranks."""
    line = next(line for line in text.splitlines() if "mean rank" in line)
    return line.split("mean rank")[1].split()


def test_winners_and_losers_are_marked_against_none():
    """Seven wins of seven: p is 2/128, doubled by Holm still below five hundredths."""
    text = shown(7)
    assert ranks_of(text) == ["2.00", "1.00", "*", "3.00", "†"]
    assert "significantly better than none over data sets" in text


def test_where_lower_is_better_the_marks_change_sides():
    """The sampler of the larger loss is the worse one."""
    assert ranks_of(shown(7, "ranking_loss")) == ["2.00", "3.00", "†", "1.00", "*"]


def test_holm_is_obeyed():
    """Six wins of six are 2/64 = .031 alone, and twice that beside a second comparison."""
    assert ranks_of(shown(6, samplers=("none", "up"))) == ["2.00", "1.00", "*"]
    assert ranks_of(shown(6)) == ["2.00", "1.00", "3.00"]


def test_too_few_data_sets_are_said():
    """One sampler beside the control takes 2/64, two take twice 2/128."""
    one = "to tell a sampler from none at 5% takes 6 data sets (Wilcoxon's signed ranks, Holm)"
    assert f"{one}, and there are 5" in shown(5, samplers=("none", "up"))
    assert "to tell 2 samplers from none at 5% takes 7 data sets" in shown(6)
    assert "and there is 1" in shown(1)


@pytest.mark.parametrize("n_compared", [1, 2, 3, 6, 13])
def test_the_number_it_takes_is_that_of_the_test(n_compared):
    """With so many data sets one that always wins is significant, with one fewer it is not."""
    needed = blocks_needed(n_compared)
    smallest = []
    for n_datasets in (needed - 1, needed):
        rng = np.random.default_rng(n_datasets)
        scores = {f"s{i}": rng.random(n_datasets) for i in range(n_compared - 1)}
        scores |= {"none": np.full(n_datasets, 0.5), "up": 2 + rng.random(n_datasets)}
        found = wilcoxon_holm(pd.DataFrame(scores), control="none", greater_is_better=True)
        smallest.append(found.loc["up", "p_holm"])
    assert smallest[1] < 0.05 <= smallest[0]


def test_a_convention_other_than_the_default_is_named():
    """Ranks of published tables hang on it."""
    assert "convention" not in shown(2)
    assert "rank 1 is best; metrics by the convention mulan" in shown(2, convention="mulan")


def test_no_name_moves_the_cursor():
    """Neither a data set's nor a sampler's: they come from files."""
    text = shown(7, samplers=("up", "down"), names={"up": "\x1b[2Jup\r"}, dataset="\x9b2J{}")
    assert not {"\x1b", "\r", "\x9b"} & set(text)
    assert text.count(r"\x1b[2Jup\r") == 2  # the column, and the control of the legend
    assert r"\x9b2J3" in text


def test_a_lone_sampler_is_compared_with_nothing():
    """No legend of marks."""
    assert "significan" not in shown(7, samplers=("up",))


def test_the_first_sampler_is_the_control_where_none_is_absent():
    """Its name is text, not markup."""
    text = shown(7, samplers=("up", "down"), names={"up": "[red]up[/red]"})
    assert "better than [red]up[/red] over data sets" in text
    assert ranks_of(text) == ["1.00", "2.00", "†"]
