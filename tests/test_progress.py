"""What a person is told while a comparison runs."""

import pytest

from skml_aemlo.compare.progress import seconds_left


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
