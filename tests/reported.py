"""Comparisons laid down by hand for reports: any names, any size, nothing computed."""

import json
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

METRICS = {"macro_f": "0 where absent", "macro_auc": "labels skipped", "hamming": ""}

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "{{7*7}}{% raw %}",
    "</style></script><!--",
    "nul\0bell\x07end",
    "endless " + "0123456789" * 1000,
    "\u202egnp.exe",
    "half\ud800surrogate",
    'it\'s & "quoted" \U0001f984',
    "$x^2_{\\frac{1}{2}}$ 50% #1 ~",
    "javascript:alert(3)",
    "\u05e9\u05dc\u05d5\u05dd 3 \u0633\u0644\u0627\u0645",
    "",
)


def profile(label_names: Sequence[str], n_rows: int = 200) -> dict[str, Any]:
    """Return a data set's profile, label j borne by one row in j + 2."""
    n_labels = len(label_names)
    counts = [max(1, n_rows // (j + 2)) for j in range(n_labels)]
    shown = min(n_labels, 60)
    together = np.minimum.outer(counts[:shown], counts[:shown]) // 3
    np.fill_diagonal(together, counts[:shown])
    return {
        "n_samples": n_rows,
        "n_features": 7,
        "n_labels": n_labels,
        "n_labelsets": n_labels,
        "n_minority_labels": n_labels // 2,
        "diversity": 0.5,
        "scumble_cv": 0.2,
        "cardinality": sum(counts) / n_rows,
        "density": sum(counts) / n_rows / n_labels,
        "mean_ir": 3.25,
        "max_ir": counts[0] / counts[-1],
        "cvir": 0.5,
        "scumble": 0.1,
        "tcs": None,
        "label_names": list(label_names),
        "counts": counts,
        "ir_per_label": [counts[0] / count for count in counts],
        "labelsets": [[[j], count] for j, count in enumerate(counts[:30])],
        "cooccurrence": {"labels": list(range(shown)), "counts": together.tolist()},
    }


def comparison(
    datasets: Sequence[str],
    samplers: Sequence[str],
    estimators: Sequence[str],
    labels: Sequence[str] = ("sky", "bird"),
    *,
    metrics: Sequence[str] = tuple(METRICS),
    n_folds: int = 2,
    change: Callable[[dict[str, Any]], dict[str, Any] | None] = lambda cell: cell,
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Return the description and the cells of a comparison; ``change`` may alter or drop one.

    Scores rise with the position of the sampler, and by a tenth of that with the fold.
    """
    places = list(product(datasets, samplers, estimators, range(n_folds)))
    description = {
        "version": "0.0.0",
        "random_state": 5,
        "cv": f"1x{n_folds}",
        "metrics": {name: METRICS.get(name, "") for name in metrics},
        "datasets": {name: f"digits{j}" for j, name in enumerate(datasets)},
        "profiles": {name: profile(labels) for name in datasets},
        "samplers": dict.fromkeys(samplers, None),
        "estimators": {name: {"class": "Tree", "params": {}} for name in estimators},
        "plan": [f"k{j}" for j in range(len(places))],
    }
    made = (_cell(j, place, samplers, labels, metrics) for j, place in enumerate(places))
    changed = {f"k{j}": change(cell) for j, cell in enumerate(made)}
    return description, {key: cell for key, cell in changed.items() if cell is not None}


def _cell(
    j: int,
    place: tuple[str, str, str, int],
    samplers: Sequence[str],
    labels: Sequence[str],
    metrics: Sequence[str],
) -> dict[str, Any]:
    dataset, sampler, estimator, fold = place
    height = (samplers.index(sampler) + fold / 10 + (j % 7) / 1000) / (len(samplers) + 1)
    scores = {name: 1 - height if name == "hamming" else height for name in metrics}
    before = [10 + 2 * k for k in range(len(labels))]
    seconds = {f"{what}_seconds": 0.25 for what in ("resample", "fit", "predict")}
    return {
        "dataset": dataset,
        "sampler": sampler,
        "estimator": estimator,
        "repeat": 0,
        "fold": fold,
        **scores,
        **seconds,
        "n_rows_before": 100,
        "n_rows_after": 120,
        "mean_ir_before": 3.0,
        "mean_ir_after": 2.0,
        "label_counts": {"before": before, "after": [count + 5 for count in before]},
        "label_answers": {
            "borne": [10] * len(labels),
            "predicted": [10] * len(labels),
            "hits": [round(10 * height)] * len(labels),
        },
        "error": None,
        "warnings": [],
    }


def write(folder: Path, description: dict[str, Any], cells: dict[str, dict[str, Any]]) -> Path:
    """Write a comparison as `run` would, and return its folder."""
    lines = [{"format": "skml_aemlo comparison 1", "experiment": description}]
    lines += [{"key": key, "cell": cell} for key, cell in cells.items()]
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (folder / "results.jsonl").write_text(text, encoding="utf-8")
    return folder
