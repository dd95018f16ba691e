"""How many blocks it takes before a comparison with the control can find anything."""

from __future__ import annotations

from .statistics import least_p_holm

__all__ = ["blocks_needed", "to_tell"]


def blocks_needed(n_compared: int, alpha: float = 0.05) -> int:
    """Return the fewest blocks on which a sampler can differ significantly from the control.

    Parameters
    ----------
    n_compared : int
        How many samplers are compared with the control, for each of which Holm allows.
    alpha : float, default=0.05
        The level.

    Returns
    -------
    int

    Notes
    -----
    That of a sampler that wins on all blocks, or loses on all; see `statistics.least_p_holm`.

    Examples
    --------
    >>> blocks_needed(1), blocks_needed(3)
    (6, 7)
    """
    n_blocks = 1
    while least_p_holm(n_blocks, n_compared) >= alpha:
        n_blocks += 1
    return n_blocks


def to_tell(n_compared: int, control: str = "the control") -> str:
    """Return what takes so many blocks, in words.

    Parameters
    ----------
    n_compared : int
    control : str

    Returns
    -------
    str

    Examples
    --------
    >>> to_tell(1), to_tell(3, "none")
    ('to tell a sampler from the control', 'to tell 3 samplers from none')
    """
    return f"to tell {'a sampler' if n_compared == 1 else f'{n_compared} samplers'} from {control}"
