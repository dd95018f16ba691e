"""Pictures of a comparison and their numbers: classes in the manner of scikit-learn's displays.

A display is made by one of its ``from_...`` class methods, which compute and then draw on ``ax``,
or on a new figure. ``plot`` draws it again elsewhere, ``frame`` gives the numbers that are drawn,
``alt`` says in words what is to be seen; `svg` and `save` write it.

No figure is registered with pyplot and no style is changed: what is drawn on a new figure is shown
by a notebook, or written by `save`. Series differ by marker, line or lightness, never by colour
alone. Names are drawn as they are, without mathematics, shortened to 24 characters.
"""

from .cooccurrence import CooccurrenceDisplay
from .critical_difference import CriticalDifferenceDisplay
from .files import save, svg
from .gains import LabelGainDisplay
from .imbalance import LabelImbalanceDisplay
from .labelsets import LabelSetDisplay
from .latent import LatentSpaceDisplay
from .scores import ScoreDisplay
from .training import TrainingDisplay

__all__ = [
    "CooccurrenceDisplay",
    "CriticalDifferenceDisplay",
    "LabelGainDisplay",
    "LabelImbalanceDisplay",
    "LabelSetDisplay",
    "LatentSpaceDisplay",
    "ScoreDisplay",
    "TrainingDisplay",
    "save",
    "svg",
]
