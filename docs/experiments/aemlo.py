"""Measure whether AEMLO ranks first, which of its ingredients matter, and what it costs.

    python docs/experiments/aemlo.py DATA_FOLDER --out runs/aemlo --jobs 2

DATA_FOLDER holds Mulan's ARFF files with their XML label lists. Every finished cell is on disk at
once: interrupted, the same command goes on. The tables lie in the folder ``--out`` names.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from skml_aemlo import AEMLO, MLROS, MLSMOTE, MLSOL, SAMPLERS, MLRkNNOS, compare, datasets
from skml_aemlo.compare.statistics import (
    block_means,
    friedman,
    rank_markdown,
    rank_table,
    wilcoxon_holm,
)

DATA = ("flags", "emotions", "birds", "genbase", "cal500", "enron", "yeast", "scene")
ESTIMATORS = ("br-tree", "cc-tree", "rakeld-tree", "mlknn")
METRICS = {"macro_f": True, "macro_auc": True, "ranking_loss": False}  # greater is better

# its own default makes up to 57 rows for every one it is given (cal500)
BOUNDED = {"mlrknnos": MLRkNNOS(fraction=1.0)}
# the classical ones with as many new rows as there are old ones
MATCHED = {
    "mlros, fraction 1": MLROS(fraction=1.0),
    "mlsmote, fraction 1": MLSMOTE(fraction=1.0),
    "mlsol, fraction 1": MLSOL(fraction=1.0),
}
CONTENDERS = {name: BOUNDED.get(name, name) for name in SAMPLERS} | {
    "aemlo, fraction 1": AEMLO(fraction=1.0),
    "aemlo-paper": AEMLO.paper(),
    **MATCHED,
}

# one ingredient of the default taken away at a time
ABLATION = {
    "default": AEMLO(),
    "published objective": AEMLO(objective="paper"),
    "published sizes": AEMLO(latent_dim=500),
    "published training": AEMLO(epochs=200, batch_size=128, learning_rate=1e-4, patience=200),
    "no noise": AEMLO(noise=0.0, dropout=0.0),
    "nothing held out": AEMLO(validation_fraction=0.0, labels="added"),
    "values unbounded": AEMLO(valid=False),
    "no decorrelation": AEMLO(decorrelation=0.0),
    "no label loss": AEMLO(alpha=0.0),
    "no feature loss": AEMLO(beta=0.0),
    "features decoded": AEMLO(features="decoded"),
    "no partner": AEMLO(features="decoded", n_neighbors=0),
    "labels of the seed": AEMLO(labels="seed"),
    "labels added unearned": AEMLO(labels="added"),
    "labels decoded": AEMLO(labels="decoded"),
    "seeds by shortage": AEMLO(seeds="shortage"),
    "seeds from all rows": AEMLO(seeds="rows"),
    "seeds cycled": AEMLO(seeds="cycled"),
    "thresholds by prevalence": AEMLO(threshold="prevalence"),
    "threshold 0.5": AEMLO(threshold=0.5),
}
SENSITIVITY = {
    **{f"fraction {f}": AEMLO(fraction=f) for f in (0.1, 0.25, 1.0, 2.0)},
    **{f"latent {m}": AEMLO(latent_dim=m) for m in (8, 16, 128)},
    **{f"epochs {e}": AEMLO(epochs=e) for e in (5, 25, 300)},
}
# what is compared, under which classifiers, on which folds
STAGES: dict[str, tuple[dict[str, Any], tuple[str, ...], str]] = {
    "main": (CONTENDERS, ESTIMATORS, "5x2"),
    "ablation": ({"none": "none", **ABLATION}, ("br-tree", "mlknn"), "1x2"),
    "sensitivity": (
        {"none": "none", "default": AEMLO(), **SENSITIVITY},
        ("br-tree", "mlknn"),
        "1x2",
    ),
}


def read(folder: Path, names: list[str]) -> list[Any]:
    """Load data sets by name from a folder of ARFF files, packed or not."""
    found = []
    for name in names:
        paths = sorted(folder.glob(f"{name}.arff*"))
        if not paths:
            raise SystemExit(f"{folder} holds no {name}.arff: name others with --datasets.")
        found.append(datasets.load_arff(paths[0]))
    return found


def gains(table: Any) -> str:
    """Lay out the gain over no resampling, by sampler and data set, averaged over classifiers."""
    lines = []
    for metric, greater in METRICS.items():
        means = block_means(table, metric).unstack("estimator")
        # a sampler with a failed cell has no mean: the folds it survived may be the easy ones
        means = means.T.groupby(level=0, sort=False).agg(lambda part: part.mean(skipna=False))
        gain = (means - means.loc["none"]) * (1 if greater else -1) + 0.0
        lines += [f"\n### {metric}: gain over none\n", "| | " + " | ".join(gain) + " | mean |"]
        lines.append("|---" * (len(gain.columns) + 2) + "|")
        for sampler in dict.fromkeys(table["sampler"]):
            row = [*gain.loc[sampler], gain.loc[sampler].mean(skipna=False)]
            cells = " | ".join("failed" if x != x else f"{x:+.3f}" for x in row)
            lines.append(f"| {sampler} | {cells} |")
    return "\n".join(lines)


def costs(table: Any) -> str:
    """Lay out the seconds of resampling and fitting a training fold, and the rows made of one."""
    table = table.assign(growth=table["n_rows_after"] / table["n_rows_before"])
    columns = ["resample_seconds", "fit_seconds", "growth", "macro_f"]
    means = table.groupby("sampler", sort=False)[columns].mean()
    score = block_means(table, "macro_f").mean(skipna=False)
    means["macro_f"] = score - score["none"]
    lines = [
        "| sampler | seconds to resample | to fit | rows after / before | gain in Macro-F |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.Index} | {row.resample_seconds:.3f} | {row.fit_seconds:.2f} "
        f"| {row.growth:.2f} | {row.macro_f:+.3f} |"
        for row in means.itertuples()
    ]
    return "\n".join(lines)


def diagnoses(table: Any) -> str:
    """Lay out what the samplers made, by `skml_aemlo.measures.diagnose`; means over folds."""
    titles = {
        "share_unseen_labelsets": "unseen label sets",
        "cooccurrence_drift": "co-occurrence drift",
        "share_duplicates": "duplicates",
        "nearest_real_distance": "distance to a real row",
        "label_agreement": "agreement of labels",
        "label_agreement_real": "of real rows",
    }
    # estimators share a resampled fold: one of them tells all
    folds = table.drop_duplicates(["dataset", "sampler", "repeat", "fold"])
    means = folds.groupby("sampler", sort=False)[list(titles)].mean()
    lines = ["| sampler | " + " | ".join(titles.values()) + " |", "|---" * (len(titles) + 1) + "|"]
    for sampler, row in means.iterrows():
        cells = " | ".join("" if value != value else f"{value:.2f}" for value in row)
        lines.append(f"| {sampler} | {cells} |")
    return "\n".join(lines)


def tests(table: Any) -> str:
    """Lay out Friedman's test, ranks against no resampling, and every duel with AEMLO."""
    samplers = list(dict.fromkeys(table["sampler"]))
    if len(block_means(table, "macro_f")) < 3 or len(samplers) < 2:
        return "Fewer than three blocks or two samplers: no test."
    parts = ["| metric | Friedman p | Iman-Davenport p | blocks |", "|---|---|---|---|"]
    for metric, greater in METRICS.items():
        test = friedman(block_means(table, metric), greater_is_better=greater)
        parts.append(
            f"| {metric} | {test.p_value:.2g} | {test.iman_davenport_p:.2g} | {test.n_blocks} |"
        )
    if "none" in samplers:
        ranks = rank_table(table, METRICS, control="none")
        parts += ["\n* better, † worse than none (Wilcoxon-Holm, 0.05)\n", rank_markdown(ranks)]
    if "aemlo" in samplers:
        parts += ["\nAEMLO against each: wins / losses over blocks, Holm-adjusted p\n"]
        parts += ["| | " + " | ".join(METRICS) + " |", "|---" * (len(METRICS) + 1) + "|"]
        duels = {
            metric: wilcoxon_holm(
                block_means(table, metric), control="aemlo", greater_is_better=greater
            )
            for metric, greater in METRICS.items()
        }
        for sampler in samplers:
            if sampler != "aemlo":
                rows = [duel.loc[sampler] for duel in duels.values()]
                cells = (f"{r.n_losses:.0f} / {r.n_wins:.0f}, {r.p_holm:.2g}" for r in rows)
                parts.append(f"| {sampler} | " + " | ".join(cells) + " |")
    return "\n".join(parts)


def report(stage: str, table: Any) -> str:
    """Lay out ranks, tests, gains, costs and diagnoses of a stage as Markdown."""
    samplers = set(table["sampler"])
    parts = [f"# {stage}: {len(table)} cells, {(table['error'] != '').sum()} failed"]
    if (table["error"] != "").any():
        parts.append("\n".join(sorted(set(table["error"]) - {""})))
    # near copies of one sampler shift the ranks of all others: first without them
    registry = table[table["sampler"].isin([*SAMPLERS, "aemlo-paper"])]
    if stage == "main" and len(registry) < len(table):
        parts += ["\n## Registry and published AEMLO\n", tests(registry)]
    parts += ["\n## All\n", tests(table)]
    sections = [("Diagnoses", diagnoses)]
    if "none" in samplers:  # what gains are measured from
        sections = [("Gains", gains), ("Cost", costs), *sections]
    for title, lay_out in sections:
        parts += [f"\n## {title}\n", lay_out(table)]
    return "\n".join([*parts, ""])


def main() -> None:
    """Compute what is missing of each stage and write its tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=Path("runs/aemlo"))
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--stages", nargs="+", choices=list(STAGES), default=list(STAGES))
    parser.add_argument("--datasets", nargs="+", default=list(DATA))
    parser.add_argument("--samplers", nargs="+", help="only these of the main stage")
    parser.add_argument("--cv", help="repeats x folds, such as 1x2 for a first look")
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    data = read(chosen.folder, chosen.datasets)
    for stage in chosen.stages:
        samplers, estimators, cv = STAGES[stage]
        if chosen.samplers and stage == "main":
            samplers = {name: samplers[name] for name in chosen.samplers}
        table = compare.run(
            data,
            samplers,
            list(estimators),
            cv=chosen.cv or cv,
            metrics=list(METRICS),
            out=chosen.out / f"{stage}.jsonl",
            n_jobs=chosen.jobs,
            progress=True,
        )
        table.to_csv(chosen.out / f"{stage}.csv", index=False)
        means = table.groupby(["dataset", "estimator", "sampler"], sort=False)[list(METRICS)].mean()
        means.round(6).to_csv(chosen.out / f"{stage}-means.csv")
        text = report(stage, table)
        (chosen.out / f"{stage}.md").write_text(text, encoding="utf-8")
        print(text)


if __name__ == "__main__":
    main()
