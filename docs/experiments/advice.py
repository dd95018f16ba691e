"""Make the evidence that `compare.advise` rests on: what samplers gained, and what they cost.

    python docs/experiments/advice.py DATA_FOLDER --out runs/advice

DATA_FOLDER holds Mulan's ARFF files with their XML label lists. Every finished cell is on disk at
once: interrupted, the same command goes on. What `docs/experiments/aemlo.py` found is taken from
its means; the rest is computed here, and all of it written to `skml_aemlo/compare/evidence.csv`.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from sklearn.base import clone

from skml_aemlo import SAMPLERS, MLRkNNOS, compare, datasets, make_sampler, measures
from skml_aemlo.compare.evidence import profile_row
from skml_aemlo.compare.identity import tell_categorical

HERE = Path(__file__).parent
EVIDENCE = HERE.parents[1] / "skml_aemlo" / "compare" / "evidence.csv"
METRICS = ("macro_f", "macro_auc", "ranking_loss")

EIGHT = ("flags", "emotions", "birds", "genbase", "cal500", "enron", "yeast", "scene")
WIDE = ("yahoo_arts", "rcv1subset1_top944", "corel5k", "bibtex")
CHEAP = ("none", "mlros", "mlsmote", "mlsol", "mlul", "remedial", "aemlo")
# what is compared, under which classifiers, on which data sets; one repeat of two folds
STAGES: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "thresholds": (
        ("none",),
        ("br-tree", "br-tree-tuned", "mlknn", "mlknn-tuned"),
        EIGHT,
    ),
    "logistic": (CHEAP, ("br-logistic",), EIGHT),
    "tuned": (("none",), ("br-logistic", "br-logistic-tuned"), EIGHT),
    # a sampler under a tuned classifier works once for every inner fold: only the quick ones
    "inside": (("none", "mlros", "mlsmote", "mlsol"), ("br-logistic-tuned", "mlknn-tuned"), EIGHT),
    "wide": (("none", "mlros", "mlsmote", "mlsol", "mlul", "aemlo"), ("mlknn",), WIDE),
}
# MLRkNNOS as docs/experiments/aemlo.py bounds it: its own default makes up to 57 rows of one
BOUNDED = {"mlrknnos": MLRkNNOS(fraction=1.0)}
# a search among all rows of a wide table takes minutes in these
SLOW = ("mlrknnos", "lp-smote")


def read(folder: Path, names: tuple[str, ...]) -> list[Any]:
    """Load data sets by name from a folder of ARFF files, packed or not."""
    return [datasets.load_arff(min(folder.glob(f"{name}.arff*"))) for name in names]


def compute(folder: Path, out: Path, stage: str) -> None:
    """Compute what is missing of a stage and write the means over its folds."""
    samplers, estimators, names = STAGES[stage]
    table = compare.run(
        read(folder, names),
        list(samplers),
        list(estimators),
        cv="1x2",
        metrics=METRICS,
        out=out / f"{stage}.jsonl",
    )
    if (table["error"] != "").any():
        raise SystemExit(f"{stage}: {sorted(set(table['error']))}")
    means = table.groupby(["dataset", "estimator", "sampler"], sort=False)[list(METRICS)].mean()
    means.round(6).to_csv(out / f"{stage}.csv")


def clock(folder: Path, out: Path) -> None:
    """Time one call of every sampler on every data set, whole, in CPU seconds of one core."""
    path = out / "seconds.jsonl"
    done = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    known = {(one["dataset"], one["sampler"]) for one in done}
    for data in read(folder, (*EIGHT, *WIDE)):
        for name in SAMPLERS:
            slow = data.name in WIDE and name in SLOW
            if name == "none" or slow or (data.name, name) in known:
                continue
            sampler = clone(BOUNDED[name]) if name in BOUNDED else make_sampler(name)
            if "random_state" in sampler.get_params():
                sampler.set_params(random_state=0)
            tell_categorical(sampler, data.categorical)
            start = time.process_time()
            X, _ = sampler.fit_resample(data.X, data.Y)
            line = {
                "dataset": data.name,
                "sampler": name,
                "resample_seconds": round(time.process_time() - start, 4),
                "n_rows_before": data.n_samples,
                "n_rows_after": X.shape[0],
            }
            with path.open("a") as file:
                file.write(json.dumps(line) + "\n")


def profiles(folder: Path) -> Any:
    """Return the measures of every data set that advice compares, one row a data set."""
    import pandas as pd

    rows = []
    for data in read(folder, (*EIGHT, *WIDE)):
        found = measures.describe(data.Y)
        rows.append({"dataset": data.name, **profile_row(found.to_dict())})
    return pd.DataFrame(rows)


def collect(folder: Path, out: Path) -> None:
    """Lay all studies together, with profiles and seconds, and write the evidence."""
    import pandas as pd

    studies = [pd.read_csv(HERE / "aemlo-means.csv").assign(study="aemlo")]
    for stage in STAGES:
        studies.append(pd.read_csv(out / f"{stage}.csv").assign(study=stage))
    table = pd.concat(studies, ignore_index=True)
    table = table[table["sampler"].isin(SAMPLERS)]
    seconds = pd.read_json(out / "seconds.jsonl", lines=True)
    table = table.merge(seconds, how="left", on=["dataset", "sampler"])
    table = table.merge(profiles(folder), how="left", on="dataset")
    table.to_csv(EVIDENCE, index=False, float_format="%.6g", lineterminator="\n")


def main() -> None:
    """Compute what is missing, then write the evidence."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=Path("runs/advice"))
    parser.add_argument("--stages", nargs="*", choices=[*STAGES, "seconds"])
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    for stage in STAGES if chosen.stages is None else chosen.stages:
        if stage != "seconds":
            compute(chosen.folder, chosen.out, stage)
    if chosen.stages is None or "seconds" in chosen.stages:
        clock(chosen.folder, chosen.out)
    if chosen.stages is None:
        collect(chosen.folder, chosen.out)


if __name__ == "__main__":
    main()
