"""What a comparison costs beside the cells that it consists of: resample, fit, predict, score."""

from time import process_time

import pytest

from skml_aemlo.compare import Experiment, cell
from skml_aemlo.datasets import load_arff, load_synthetic

SAMPLERS = ["none", "mlros", "mlsmote", "remedial", "aemlo"]
LIMIT = 0.03


class Clock:
    """CPU seconds spent in a function."""

    def __init__(self, function):
        self.function = function
        self.seconds = 0.0

    def __call__(self, *args, **options):
        """Call it and note the time."""
        start = process_time()
        try:
            return self.function(*args, **options)
        finally:
            self.seconds += process_time() - start


def overhead(data, samplers, estimators, out, monkeypatch):
    """Return the share of a run's CPU time that is not the cells' own, and the seconds of these."""
    scoring = Clock(cell.score_answers)
    monkeypatch.setattr(cell, "score_answers", scoring)
    monkeypatch.setattr(cell, "perf_counter", process_time)
    start = process_time()
    experiment = Experiment(data, samplers, estimators, cv="1x5", out=out)
    experiment.compute()
    table = experiment.table()
    whole = process_time() - start
    assert (table["error"] == "").all()
    # the cells of one fold and sampler share what was resampled once
    folds = table.drop_duplicates(["dataset", "sampler", "repeat", "fold"])
    own = folds["resample_seconds"].sum() + scoring.seconds
    own += table["fit_seconds"].sum() + table["predict_seconds"].sum()
    return (whole - own) / own, own / len(table)


def tell(name, share, seconds):
    """Print a line of the table in docs/benchmarks.md."""
    print(f"\n| {name} | {1000 * seconds:.0f} ms | {share:.1%} |")


def test_the_built_in_data(tmp_path, monkeypatch):
    """The comparison of `nox -s demo`, journal and all."""
    share, seconds = overhead(
        load_synthetic(), SAMPLERS, ["br-tree", "mlknn"], tmp_path / "r.jsonl", monkeypatch
    )
    tell("synthetic, five samplers, br-tree and mlknn", share, seconds)
    assert share < LIMIT


@pytest.mark.reference
@pytest.mark.parametrize(
    ("names", "samplers"),
    [(("emotions", "birds"), SAMPLERS), (("yeast", "scene"), SAMPLERS[:-1])],
    ids=["readme", "without-aemlo"],
)
def test_real_data(names, samplers, reference, tmp_path, monkeypatch):
    """README's comparison, and one on middling data whose samplers take no time."""
    files = [next((reference / "data").glob(f"{name}.arff*")) for name in names]
    share, seconds = overhead(
        [load_arff(file) for file in files],
        samplers,
        ["br-tree", "mlknn"],
        tmp_path / "r.jsonl",
        monkeypatch,
    )
    tell(f"{' and '.join(names)}, {len(samplers)} samplers", share, seconds)
    assert share < LIMIT
