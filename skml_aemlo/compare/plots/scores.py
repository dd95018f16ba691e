"""How the scores of every sampler lie, or what each gains over a control: boxes and points."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..._phrases import counted
from ..scoring import METRICS
from .display import BLUE, DARK, Display, bare, data_frame, only
from .names import plain, shown, tick_names

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["ScoreDisplay"]

_FIGURES = ("low", "q1", "median", "q3", "high", "mean")


@dataclass(eq=False)
class ScoreDisplay(Display):
    """Box plot of a metric, a row per sampler, with the score of every cell.

    Make it by `from_table`.

    Parameters
    ----------
    table : DataFrame
        One row per sampler: ``sampler``, ``n_scores``, ``n_failed`` (cells with an error),
        ``n_undefined`` (without a number otherwise), quartiles ``q1``, ``median`` and ``q3``,
        ``low`` and ``high`` (the furthest scores within one and a half box lengths of the box) and
        ``mean``; NaN where there are no scores.
    scores : list of ndarray
        Those of each sampler.
    metric : str
        What is drawn.
    control : str, optional
        Over which sampler the scores are gains; None where they are the scores themselves.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it was last drawn.
    figure_ : matplotlib Figure
        The figure of ``ax_``.

    Notes
    -----
    Boxes as Tukey's. Cells of one data set share its rows: a box shows how scores scatter, not how
    sure their mean is. The dashed line is the median without resampling, where that took part, or
    no gain.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"dataset": "toy", "sampler": ["none", "none", "mlros", "mlros"],
    ...     "estimator": "tree", "macro_f": [0.5, 0.7, 0.8, None], "error": ["", "", "", "oh"]})
    >>> ScoreDisplay.from_table(table, "macro_f").frame().iloc[:, :4]
      sampler  n_scores  n_failed  n_undefined
    0    none         2         0            0
    1   mlros         1         1            0
    """

    table: pd.DataFrame = field(repr=False)
    scores: list[np.ndarray] = field(repr=False)
    metric: str
    control: str | None = None

    @classmethod
    def from_table(
        cls,
        table: pd.DataFrame,
        metric: str,
        *,
        estimator: str | None = None,
        dataset: str | None = None,
        control: str | None = None,
        ax: Axes | None = None,
    ) -> ScoreDisplay:
        """Choose cells of a comparison, and draw their scores.

        Parameters
        ----------
        table : DataFrame
            One row per cell, as `run` returns it.
        metric : str
            Which column.
        estimator, dataset : str, optional
            Of which cells; of all by default.
        control : str, optional
            Draw what each cell gains over this sampler's on the same data set, estimator and fold,
            positive where it is better. Data sets and estimators whose scores are of different
            height can so share a picture.
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        ScoreDisplay

        Raises
        ------
        ValueError
            If there is no such column or cell, or none but the control's.
        """
        for name in ("sampler", metric):
            if name not in table:
                held = ", ".join(map(str, table.columns))
                raise ValueError(f"table has no column {name!r}; it holds {held}.")
        part = only(table, "table", estimator=estimator, dataset=dataset)
        part = part if control is None else _gains(part, metric, control)
        figures = {
            name: _figures(rows, metric) for name, rows in part.groupby("sampler", sort=False)
        }
        rows = [{"sampler": name, **row} for name, (row, _) in figures.items()]
        frame = data_frame({name: [row[name] for row in rows] for name in rows[0]})
        return cls(frame, [scores for _, scores in figures.values()], metric, control).plot(ax)

    @property
    def alt(self) -> str:
        """What is to be seen, in a sentence or two of plain text."""
        median = self.table.set_index("sampler")["median"].dropna()
        over = "" if self.control is None else f" gained over {plain(self.control)}"
        text = (
            f"Box plots of {plain(self._title)}{over}, {counted(len(self.table), 'sampler')}, "
            f"{counted(int(self.table['n_scores'].sum()), 'score')}."
        )
        if len(median):
            low, high = median.idxmin(), median.idxmax()
            text += (
                f" Medians go from {median.min():.3g} ({plain(low)}) to {median.max():.3g} "
                f"({plain(high)})."
            )
        failed = int(self.table["n_failed"].sum())
        return f"{text} {counted(failed, 'cell')} failed." if failed else text

    @property
    def _title(self) -> str:
        """What people call the metric; its name where it is none of ours."""
        return METRICS[self.metric].title if self.metric in METRICS else self.metric

    @property
    def _label(self) -> str:
        """What stands under the axis."""
        title = shown(self._title)
        if self.control is None:
            return title
        sense = "gain in" if _sign(self.metric) > 0 else "reduction of"
        return f"{sense} {title} over {shown(self.control)} (right of 0: better)"

    def _size(self) -> tuple[float, float]:
        return 6.4, float(np.clip(0.9 + 0.26 * len(self.table), 1.6, 14))

    def _draw(self, ax: Axes) -> None:
        rng = np.random.default_rng(0)  # of the heights of points, the same every time
        n = len(self.table)
        for y, scores in enumerate(self.scores):
            heights = y + rng.uniform(-0.2, 0.2, size=len(scores))
            style: dict[str, Any] = {"mfc": "none", "mec": BLUE, "ms": 3, "mew": 0.7, "zorder": 3}
            ax.plot(scores, heights, "o", gid="scores", **style)
        _boxes(ax, self.table)
        self._draw_reference(ax)
        ax.set_ylim(n - 0.4, -0.6)
        ax.set_xlabel(self._label, parse_math=False)
        ax.grid(axis="x", color="0.9", lw=0.6)
        ax.set_axisbelow(True)
        bare(ax)
        tick_names(ax, self.table["sampler"].tolist())
        self._tell_of_gaps(ax)

    def _draw_reference(self, ax: Axes) -> None:
        if self.control is not None:
            ax.axvline(0, c="0.5", lw=0.9, ls="--", zorder=1, gid="reference")
            return
        none = self.table.loc[self.table["sampler"] == "none", "median"].dropna()
        for median in none:
            ax.axvline(median, c="0.5", lw=0.9, ls="--", zorder=1, gid="reference")

    def _tell_of_gaps(self, ax: Axes) -> None:
        """Say on the right how many cells of a sampler have no score."""
        at = ax.get_yaxis_transform()
        for y, row in self.table.iterrows():
            gaps = {"failed": row["n_failed"], "undefined": row["n_undefined"]}
            n = row["n_scores"] + sum(gaps.values())
            said = ", ".join(f"{count} of {n} {how}" for how, count in gaps.items() if count)
            if said:
                ax.text(1.01, y, said, transform=at, va="center", fontsize=7, color=DARK)


def _sign(metric: str) -> int:
    return -1 if metric in METRICS and not METRICS[metric].greater_is_better else 1


def _gains(table: pd.DataFrame, metric: str, control: str) -> pd.DataFrame:
    """Return the other samplers' rows, the metric less that of the control's cell beside each."""
    is_control = table["sampler"] == control
    if not is_control.any() or is_control.all():
        there = ", ".join(plain(name) for name in table["sampler"].unique()[:20])
        raise ValueError(
            f"control={control!r} has no cells here, or no other sampler has; the samplers there "
            f"are {there}."
        )
    cell = [name for name in ("dataset", "estimator", "repeat", "fold") if name in table]
    beside = table.loc[is_control, [*cell, metric]].rename(columns={metric: "beside"})
    rows = table[~is_control].merge(beside, on=cell, how="left", validate="many_to_one")
    return rows.assign(**{metric: _sign(metric) * (rows[metric] - rows["beside"])})


def _figures(rows: pd.DataFrame, metric: str) -> tuple[dict[str, Any], np.ndarray]:
    """Return counts and quantiles of one sampler's cells, and their scores."""
    values = rows[metric].to_numpy(dtype=float, na_value=np.nan)
    failed = np.zeros(len(values), dtype=bool)
    if "error" in rows:
        failed = (rows["error"].fillna("") != "").to_numpy()
    scores = values[~failed & np.isfinite(values)]
    counts = {
        "n_scores": len(scores),
        "n_failed": int(failed.sum()),
        "n_undefined": int(len(values) - failed.sum() - len(scores)),
    }
    return {**counts, **_box(scores)}, scores


def _box(scores: np.ndarray) -> dict[str, float]:
    if not len(scores):
        return dict.fromkeys(_FIGURES, np.nan)
    q1, median, q3 = np.quantile(scores, (0.25, 0.5, 0.75))
    # a quantile between equal scores may differ from them by rounding
    reach = 1.5 * (q3 - q1) + 1e-12 * float(np.abs(scores).max())
    near = scores[(scores >= q1 - reach) & (scores <= q3 + reach)]
    values = (min(near.min(), q1), q1, median, q3, max(near.max(), q3), scores.mean())
    return {name: float(value) for name, value in zip(_FIGURES, values, strict=True)}


def _boxes(ax: Axes, table: pd.DataFrame) -> None:
    known = table[table["n_scores"] > 0]
    y = known.index.to_numpy()
    ax.barh(
        *(y, known["q3"] - known["q1"]), 0.62, left=known["q1"],
        facecolor="0.92", edgecolor=DARK, lw=0.9, zorder=2,
    )  # fmt: skip
    for near, far in (("q1", "low"), ("q3", "high")):
        ax.hlines(y, known[near], known[far], color=DARK, lw=0.9, zorder=2)
    ax.vlines(known["median"], y - 0.31, y + 0.31, color="k", lw=2.2, zorder=4, gid="median")
