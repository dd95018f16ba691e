"""Literal transcriptions of what each tool does with an answer, cell by cell.

Nothing here imports the library. ``truth`` and ``answer`` are lists of rows.
"""

import math
from itertools import chain
from statistics import fmean, median
from typing import Any

Rows = list[list[Any]]
NAN = float("nan")


def columns(rows: Rows) -> Rows:
    """Return the columns of a list of rows."""
    return [list(column) for column in zip(*rows, strict=True)]


def mean_of(values: list[float | None]) -> float:
    """Return the mean of what is not None, NaN when nothing is left."""
    kept = [value for value in values if value is not None]
    return fmean(kept) if kept else NAN


def confusion(truth: Rows, answer: Rows) -> list[tuple[int, int, int, int]]:
    """Return true positives, false positives, false negatives, true negatives of each label."""
    cells = [[0, 0, 0, 0] for _ in truth[0]]
    for true_row, answer_row in zip(truth, answer, strict=True):
        for j, (true, guess) in enumerate(zip(true_row, answer_row, strict=True)):
            cells[j][(0 if guess else 2) if true else (1 if guess else 3)] += 1
    return [tuple(cell) for cell in cells]  # type: ignore[misc]


def f1(tp: int, fp: int, fn: int, absent: float) -> float:
    """F1, or ``absent`` where nothing is borne and nothing predicted."""
    return 2 * tp / (2 * tp + fp + fn) if tp + fp + fn else absent


def macro_f(truth: Rows, answer: Rows, convention: str) -> float:
    """Mean of F1 over labels; mldr's is F1 of mean precision and mean recall."""
    counts = confusion(truth, answer)
    if convention != "mldr":
        absent = 1.0 if convention == "mulan" else 0.0
        return fmean(f1(tp, fp, fn, absent) for tp, fp, fn, _ in counts)
    precision = fmean(
        tp / (tp + fp) if tp + fp else float(tp + fp + fn == 0) for tp, fp, fn, _ in counts
    )
    recall = fmean(
        tp / (tp + fn) if tp + fn else float(tp + fp + fn == 0) for tp, fp, fn, _ in counts
    )
    return 2 * precision * recall / (precision + recall) if precision + recall else NAN


def micro_f(truth: Rows, answer: Rows, convention: str) -> float:
    """F1 of the sums; mldr divides by precision plus recall."""
    tp, fp, fn, _ = (sum(part) for part in zip(*confusion(truth, answer), strict=True))
    if convention == "mldr" and tp == 0 and fp + fn:
        return NAN
    return f1(tp, fp, fn, 1.0 if convention in ("mulan", "mldr") else 0.0)


def hamming(truth: Rows, answer: Rows, convention: str) -> float:
    """Share of cells that differ."""
    cells = zip(chain(*truth), chain(*answer), strict=True)
    return fmean(t != a for t, a in cells)


def subset_accuracy(truth: Rows, answer: Rows, convention: str) -> float:
    """Share of rows that agree in every cell."""
    return fmean(list(t) == list(a) for t, a in zip(truth, answer, strict=True))


def g_mean(truth: Rows, answer: Rows, convention: str) -> float:
    """Mean of the root of sensitivity times specificity, labels without both left out."""
    return mean_of(
        [
            math.sqrt(tp / (tp + fn) * tn / (tn + fp)) if tp + fn and tn + fp else None
            for tp, fp, fn, tn in confusion(truth, answer)
        ]
    )


def balanced_accuracy(truth: Rows, answer: Rows, convention: str) -> float:
    """Mean of the mean of those recalls that a label has."""
    means = []
    for tp, fp, fn, tn in confusion(truth, answer):
        recalls = [tp / (tp + fn)] if tp + fn else []
        recalls += [tn / (tn + fp)] if tn + fp else []
        means.append(fmean(recalls))
    return fmean(means)


def macro_auc(truth: Rows, scores: Rows, convention: str) -> float:
    """Mean over labels of the share of pairs of rows in the right order."""
    areas: list[float | None] = []
    for true, column in zip(columns(truth), columns(scores), strict=True):
        positive = [s for t, s in zip(true, column, strict=True) if t]
        negative = [s for t, s in zip(true, column, strict=True) if not t]
        if not positive or not negative:
            areas.append({"default": None, "mulan": NAN, "mldr": 0.5, "aemlo": 0.0}[convention])
            continue
        tie = 1.0 if convention == "aemlo" else 0.5
        area = fmean(1.0 if p > n else tie * (p == n) for p in positive for n in negative)
        turned = convention == "mldr" and median(negative) > median(positive)
        areas.append(1 - area if turned else area)
    return mean_of(areas)


def macro_aucpr(truth: Rows, scores: Rows, convention: str) -> float:
    """Mean over labels of precision at each threshold times the recall it adds."""
    areas: list[float | None] = []
    for true, column in zip(columns(truth), columns(scores), strict=True):
        if len(set(true)) < 2:
            areas.append({"default": None, "mulan": NAN, "mldr": 0.5, "aemlo": 0.0}[convention])
            continue
        area, found_before = 0.0, 0
        for threshold in sorted(set(column), reverse=True):
            taken = [t for t, s in zip(true, column, strict=True) if s >= threshold]
            area += fmean(taken) * (sum(taken) - found_before) / sum(true)
            found_before = sum(taken)
        areas.append(area)
    return mean_of(areas)


def later_first(scores: list[float]) -> list[int]:
    """Ranks from 1 for the highest; of equal scores the one to the right ranks higher."""
    return [
        1 + sum(b > a or (b == a and k > j) for k, b in enumerate(scores))
        for j, a in enumerate(scores)
    ]


def worst_ranks(scores: list[float]) -> list[int]:
    """Ranks from 1 for the highest; equal scores all have the worst of their ranks."""
    return [sum(b >= a for b in scores) for a in scores]


def ranking_loss(truth: Rows, scores: Rows, convention: str) -> float:
    """Mean over rows of the share of label pairs in the wrong order."""
    losses: list[float | None] = []
    for true, row in zip(truth, scores, strict=True):
        relevant = [j for j, t in enumerate(true) if t]
        others = [j for j, t in enumerate(true) if not t]
        if not relevant or not others:
            losses.append(None if convention == "default" else 0.0)
            continue
        ranks = later_first(row)
        wrong = 0.0
        for j in relevant:
            for k in others:
                if convention == "mulan":
                    wrong += ranks[j] > ranks[k]
                else:
                    tie = 0.5 if convention == "default" else 1.0
                    wrong += 1.0 if row[k] > row[j] else tie * (row[k] == row[j])
        losses.append(wrong / (len(relevant) * len(others)))
    return mean_of(losses)


def one_error(truth: Rows, scores: Rows, convention: str) -> float:
    """Mean over rows of whether the label on top is wrong."""
    errors: list[float | None] = []
    for true, row in zip(truth, scores, strict=True):
        tops = [j for j, score in enumerate(row) if score == max(row)]
        if convention in ("default", "sklearn"):
            errors.append(fmean(1 - true[j] for j in tops) if any(true) else None)
        else:
            errors.append(1.0 - true[tops[-1] if convention == "mulan" else tops[0]])
    return mean_of(errors)


def coverage(truth: Rows, scores: Rows, convention: str) -> float:
    """Mean over rows of the rank of the last label, from 0 in Mulan and mldr."""
    later = convention in ("mulan", "mldr")
    depths = []
    for true, row in zip(truth, scores, strict=True):
        ranks = (later_first if later else worst_ranks)(row)
        reached = [rank - later for rank, t in zip(ranks, true, strict=True) if t]
        depths.append(max(reached) if reached else 0)
    return fmean(depths)


def average_precision(truth: Rows, scores: Rows, convention: str) -> float:
    """Mean over rows of the mean precision at the rank of each label."""
    later = convention in ("mulan", "mldr")
    means: list[float | None] = []
    for true, row in zip(truth, scores, strict=True):
        ranks = (later_first if later else worst_ranks)(row)
        mine = [rank for rank, t in zip(ranks, true, strict=True) if t]
        if mine:
            means.append(fmean(sum(other <= rank for other in mine) / rank for rank in mine))
        else:
            means.append(None if convention == "mulan" else 1.0)
    return mean_of(means)


def calibration_error(truth: Rows, scores: Rows, n_bins: int) -> float:
    """Distance of sure from true, bin by bin of equal width, weighted by the cells in it."""
    bins: list[list[tuple[int, float]]] = [[] for _ in range(n_bins)]
    for true, row in zip(truth, scores, strict=True):
        for t, p in zip(true, row, strict=True):
            bins[min(int(p * n_bins), n_bins - 1)].append((t, p))
    total = sum(map(len, bins))
    return sum(
        len(cells) / total * abs(fmean(t for t, _ in cells) - fmean(p for _, p in cells))
        for cells in bins
        if cells
    )
