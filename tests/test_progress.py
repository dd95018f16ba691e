"""What a person is told while a comparison runs."""

import pytest

from skml_aemlo.compare import progress
from skml_aemlo.compare.progress import progress_bar, seconds_left


@pytest.mark.parametrize("n_workers", [1, 3])
def test_time_left_is_right_for_cells_of_equal_length(n_workers: int) -> None:
    """A clockwork of workers: after every round, the time it takes to the end is foretold."""
    rounds, seconds = 4, 10.0
    for finished in range(1, rounds):
        now = finished * seconds
        left = seconds_left(rounds * n_workers, finished * n_workers, now, now)
        assert left == pytest.approx(rounds * seconds - now)
        later = seconds_left(rounds * n_workers, finished * n_workers, now, now + 4)
        assert later == pytest.approx(left - 4)


@pytest.mark.parametrize("show", [None, False, True])
@pytest.mark.parametrize("terminal", [False, True])
def test_the_bar_shows_where_someone_can_see_it_unless_told(
    show: bool | None,
    terminal: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    """Rich takes FORCE_COLOR for a terminal; a log has none."""
    pytest.importorskip("rich")
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    if terminal:
        monkeypatch.setenv("FORCE_COLOR", "1")
    with progress_bar(show, total=1, done=0) as bar:
        bar.finished(failed=False)
    assert bool(capsys.readouterr().err) == (terminal if show is None else show)


@pytest.mark.parametrize("drawn", [False, True])
def test_a_notebook_shows_the_bar_where_it_can_draw_it(
    drawn: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without ipywidgets rich would warn in every comparison, and draw nothing."""
    console = pytest.importorskip("rich.console")
    monkeypatch.setattr(console, "_is_jupyter", lambda: True)
    monkeypatch.setattr(progress, "find_spec", lambda name: object() if drawn else None)
    assert progress._is_seen() == drawn
