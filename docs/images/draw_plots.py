"""Draw the pictures of the guide to displays: ``python docs/images/draw_plots.py [FOLDER]``.

Needs the extra ``compare``. AEMLO's own pictures are those of ``draw_aemlo.py``.
"""

import sys
import tempfile
import warnings
from pathlib import Path

from PIL import Image

from skml_aemlo import compare, datasets, make_sampler
from skml_aemlo.compare import plots

HERE = Path(__file__).parent
SAMPLERS = ["none", "mlros", "mlrus", "mlsmote", "mlsol", "remedial", "mlenn"]


def compared(n_datasets, cv):
    """Compare samplers on made data, and read the results back from their file."""
    made = [
        datasets.make_imbalanced_multilabel(400, n_labels=12, mean_ir=4 + 4 * k, random_state=k)
        for k in range(n_datasets)
    ]
    named = [(f"set {k}", one.X, one.Y) for k, one in enumerate(made)]
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        # rare labels are missing from some folds; the table counts them
        warnings.simplefilter("ignore", UserWarning)
        out = Path(folder) / "results.jsonl"
        compare.run(named, SAMPLERS, ["br-tree"], cv=cv, metrics=["macro_f"], out=out)
        return compare.read_results(out)


def displays(n_datasets, cv):
    """Return the displays by the names of their files."""
    data = datasets.load_synthetic()
    names = data.label_names
    sampler = make_sampler("mlsmote", random_state=0)
    _, Y_res = sampler.fit_resample(data.X, data.Y)
    results = compared(n_datasets, cv)
    table, labels = results.table(), results.label_table()
    means = compare.block_means(table, "macro_f")
    ranks = plots.CriticalDifferenceDisplay.from_scores(means, greater_is_better=True)
    return {
        "imbalance": plots.LabelImbalanceDisplay.from_labels(data.Y, Y_res, label_names=names),
        "cooccurrence": plots.CooccurrenceDisplay.from_labels(data.Y, label_names=names),
        "labelsets": plots.LabelSetDisplay.from_labels(data.Y, label_names=names),
        "ranks": ranks,
        "scores": plots.ScoreDisplay.from_table(table, "macro_f", dataset="set 0"),
        "gains": plots.LabelGainDisplay.from_label_table(labels, sampler="mlros"),
    }


def main(folder=HERE, n_datasets=8, cv="2x5"):
    """Draw all pictures into a folder, in few colours, which takes a third of the space."""
    for name, display in displays(n_datasets, cv).items():
        path = Path(folder) / f"plots_{name}.png"
        plots.save(display, path, dpi=90)
        with Image.open(path) as picture:
            small = picture.convert("RGB").quantize(64)
        small.save(path, optimize=True)


if __name__ == "__main__":
    main(*sys.argv[1:2])
