"""One catalogue of samplers: name -> how to make it, its family and its paper.

It feeds lookup, the command line, the documentation's tables and the tests. Third parties add to it
with `register_sampler` or with the entry-point group ``skml_aemlo.samplers``.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from imblearn.over_sampling import SMOTE

from ._phrases import unknown
from .base import MultiLabelSampler
from .samplers.adapters import LabelPowersetSampler
from .samplers.aemlo import AEMLO
from .samplers.cleaning import MLTL, MLUL, MLeNN
from .samplers.decoupling import REMEDIAL
from .samplers.interpolation import MLSMOTE, MLSOL, MLRkNNOS
from .samplers.selection import LPROS, LPRUS, MLROS, MLRUS
from .samplers.sequence import SamplerSequence

__all__ = ["SAMPLERS", "SamplerEntry", "make_sampler", "register_sampler"]

ENTRY_POINTS = "skml_aemlo.samplers"
_LOOKING_UP = {"skml_aemlo", "collections"}  # Mapping's methods stand in collections.abc

_CHARTE_RANDOM = "Charte et al., Neurocomputing 163, 2015"
_CHARTE_HWR = "Charte et al., Neurocomputing 326-327, 2019"


@dataclass(frozen=True)
class SamplerEntry:
    """What the catalogue knows about a sampler.

    Parameters
    ----------
    name : str
        Lower-case name.
    factory : callable
        Class or recipe that makes the sampler without arguments.
    family : str
        "selection", "interpolation", "cleaning", "decoupling", "sequence", "adapter", "aemlo", ...
    paper : str
        Where it comes from, in short.
    summary : str
        What it does, in one sentence.

    Raises
    ------
    ValueError
        If the name is not lower-case.
    TypeError
        If ``factory`` cannot be called.

    Examples
    --------
    >>> SAMPLERS["mlros"].family
    'selection'
    """

    name: str
    factory: Callable[[], Any]
    family: str
    paper: str
    summary: str

    def __post_init__(self) -> None:
        _refuse_name(self.name)
        if not callable(self.factory):
            raise TypeError(
                f"the sampler {self.name!r} must be a class or a function; got {self.factory!r}."
            )


def _refuse_name(name: Any) -> None:
    if not isinstance(name, str) or not name or name != name.lower():
        raise ValueError(f"name must be a lower-case string; got {name!r}.")


def _no_sampler() -> None:
    """Make nothing: the baseline that resamples nothing."""


def _lp_smote() -> LabelPowersetSampler:
    return LabelPowersetSampler(SMOTE())


def _remedial_mlros() -> SamplerSequence:
    return SamplerSequence([("remedial", REMEDIAL()), ("mlros", MLROS())])


def _remedial_mlenn() -> SamplerSequence:
    return SamplerSequence([("remedial", REMEDIAL()), ("mlenn", MLeNN())])


def _remedial_mlsmote() -> SamplerSequence:
    return SamplerSequence([("remedial", REMEDIAL()), ("mlsmote", MLSMOTE())])


_OURS = (
    SamplerEntry("none", _no_sampler, "baseline", "", "Leaves the data as they are."),
    SamplerEntry(
        "mlros", MLROS, "selection", _CHARTE_RANDOM, "Clones random rows of minority labels."
    ),
    SamplerEntry(
        "mlrus", MLRUS, "selection", _CHARTE_RANDOM, "Drops random rows of majority labels."
    ),
    SamplerEntry(
        "lpros", LPROS, "selection", _CHARTE_RANDOM, "Clones random rows of rare label sets."
    ),
    SamplerEntry(
        "lprus", LPRUS, "selection", _CHARTE_RANDOM, "Drops random rows of frequent label sets."
    ),
    SamplerEntry(
        "mlsmote",
        MLSMOTE,
        "interpolation",
        "Charte et al., Knowledge-Based Systems 89, 2015",
        "Makes rows between neighbours that share a minority label.",
    ),
    SamplerEntry(
        "mlsol",
        MLSOL,
        "interpolation",
        "Liu, Tsoumakas, ECML-PKDD 2019",
        "Makes rows between neighbours where the neighbourhood contradicts rare label values.",
    ),
    SamplerEntry(
        "mlrknnos",
        MLRkNNOS,
        "interpolation",
        "Sadhukhan, Palit, Pattern Recognition Letters 125, 2019",
        "Makes rows towards reverse neighbours of a minority label; classifiers fill in the rest.",
    ),
    SamplerEntry(
        "mlenn",
        MLeNN,
        "cleaning",
        "Charte et al., IDEAL 2014",
        "Drops rows whose label sets differ from those of their neighbours.",
    ),
    SamplerEntry(
        "mltl",
        MLTL,
        "cleaning",
        "Pereira et al., Neurocomputing 383, 2020",
        "Drops rows whose label sets differ from that of their nearest neighbour.",
    ),
    SamplerEntry(
        "mlul",
        MLUL,
        "cleaning",
        "Liu et al., Pattern Recognition 122, 2022",
        "Drops rows that mislead the rows around them.",
    ),
    SamplerEntry(
        "lp-smote",
        _lp_smote,
        "adapter",
        "Chawla et al., JAIR 16, 2002, on label sets",
        "Makes rows between neighbours of the same label set, up to the most frequent set.",
    ),
    SamplerEntry(
        "remedial",
        REMEDIAL,
        "decoupling",
        "Charte et al., HAIS 2015",
        "Tears rows that mix rare and frequent labels in two.",
    ),
    SamplerEntry(
        "remedial-mlros",
        _remedial_mlros,
        "sequence",
        _CHARTE_HWR,
        "Tears mixed rows in two, then clones rows of minority labels.",
    ),
    SamplerEntry(
        "remedial-mlenn",
        _remedial_mlenn,
        "sequence",
        _CHARTE_HWR,
        "Tears mixed rows in two, then drops those their neighbours contradict.",
    ),
    SamplerEntry(
        "remedial-mlsmote",
        _remedial_mlsmote,
        "sequence",
        _CHARTE_HWR,
        "Tears mixed rows in two, then makes rows of minority labels between neighbours.",
    ),
    SamplerEntry(
        "aemlo",
        AEMLO,
        "aemlo",
        "Zhou et al., ECML-PKDD 2024",
        "Grows new rows in the latent space of an autoencoder of features and labels.",
    ),
)


class _Catalogue(Mapping[str, SamplerEntry]):
    """Entries by name; installed plug-ins are looked up when the catalogue is first read."""

    def __init__(self, entries: tuple[SamplerEntry, ...]) -> None:
        self._entries = {entry.name: entry for entry in entries}
        self._asked = False

    def add(self, entry: SamplerEntry) -> None:
        self._entries[entry.name] = entry

    def _all(self) -> dict[str, SamplerEntry]:
        if not self._asked:
            self._asked = True
            for point in entry_points(group=ENTRY_POINTS):
                self._load(point)
        return self._entries

    def _load(self, point: EntryPoint) -> None:
        try:
            loaded = point.load()
            is_entry = isinstance(loaded, SamplerEntry)
            entry = loaded if is_entry else _entry_of(point.name.lower(), loaded)
        except Exception as error:  # a broken plug-in must not take the library down
            said = " ".join(f"{type(error).__name__}: {error}".rstrip(".").split())
            _warn_plugin(point, f"was left out ({said}); mend or uninstall it")
            return
        if entry.name in self._entries:
            problem = (
                f"was left out, since the name {entry.name!r} is taken; rename or uninstall it"
            )
            _warn_plugin(point, problem)
            return
        if entry.name != point.name:
            whose = "the name of its SamplerEntry" if is_entry else "since names are lower-case"
            _warn_plugin(point, f"is known as {entry.name!r}, {whose}; call the entry point so")
        self.add(entry)

    def __getitem__(self, name: str) -> SamplerEntry:
        return self._all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __repr__(self) -> str:
        return f"SAMPLERS({', '.join(self)})"


def _warn_plugin(point: EntryPoint, what: str) -> None:
    """Warn of a plug-in at the line that asked for the catalogue, which tells more than ours."""
    source = "" if point.dist is None else f" of {point.dist.name} {point.dist.version}"
    message = f"sampler plug-in {point.name!r} = {point.value!r}{source} {what}."
    level, frame = 1, sys._getframe()
    while frame.f_back and _root_of(frame.f_globals) in _LOOKING_UP:
        level, frame = level + 1, frame.f_back
    warnings.warn(message, stacklevel=level)


def _root_of(names: dict[str, Any]) -> str:
    return str(names.get("__name__", "")).partition(".")[0]


def _entry_of(
    name: str, factory: Any, family: str = "third-party", paper: str = "", summary: str = ""
) -> SamplerEntry:
    first_line = (factory.__doc__ or "").strip().split("\n")[0]
    return SamplerEntry(name, factory, family, paper, summary or first_line)


SAMPLERS: Mapping[str, SamplerEntry] = _Catalogue(_OURS)
"""Every sampler known: lower-case name -> `SamplerEntry`."""


def register_sampler(
    name: str,
    factory: Callable[[], MultiLabelSampler],
    *,
    family: str = "third-party",
    paper: str = "",
    summary: str = "",
    overwrite: bool = False,
) -> None:
    """Add a sampler to the catalogue of this process.

    Parameters
    ----------
    name : str
        Lower-case name.
    factory : callable
        Sampler class, or a function that makes a sampler without arguments.
    family, paper, summary : str
        What the catalogue tells about it; the summary defaults to the docstring's first line.
    overwrite : bool, default=False
        Whether an existing name may be replaced.

    Raises
    ------
    ValueError
        If the name is taken or is not lower-case.
    TypeError
        If ``factory`` cannot be called.

    Notes
    -----
    Worker processes do not see it; an installed package registers for good with an entry point of
    the group ``skml_aemlo.samplers`` whose value is a sampler class or a `SamplerEntry`. A plug-in
    that is broken, or whose name is taken, is left out with a warning.

    Examples
    --------
    >>> from skml_aemlo import MLROS, make_sampler, register_sampler
    >>> register_sampler("mlros-light", lambda: MLROS(fraction=0.05), family="selection")
    >>> make_sampler("mlros-light")
    MLROS(fraction=0.05)
    """
    _refuse_name(name)
    if name in SAMPLERS and not overwrite:
        raise ValueError(f"the name {name!r} is taken; pass overwrite=True to replace it.")
    SAMPLERS.add(_entry_of(name, factory, family, paper, summary))  # type: ignore[attr-defined]


def make_sampler(name: str, **params: Any) -> Any:
    """Make the sampler of that name.

    Parameters
    ----------
    name : str
        A name in `SAMPLERS`, in any case.
    **params : object
        Parameters to set; those of a sequence's samplers as ``mlsmote__n_neighbors``, those of the
        sampler inside "lp-smote" as ``sampler__k_neighbors``.

    Returns
    -------
    MultiLabelSampler or None
        None for "none".

    Raises
    ------
    ValueError
        If the name or a parameter is unknown.

    Examples
    --------
    >>> make_sampler("mlsmote", n_neighbors=3, random_state=0)
    MLSMOTE(n_neighbors=3, random_state=0)
    """
    key = name.lower() if isinstance(name, str) else name
    if key not in SAMPLERS:
        raise ValueError(unknown("sampler", name, SAMPLERS))
    sampler = SAMPLERS[key].factory()
    if sampler is not None and not hasattr(sampler, "fit_resample"):
        raise TypeError(f"the entry {key!r} made {sampler!r}, which has no fit_resample.")
    if sampler is None and params:
        raise ValueError(f"the sampler 'none' takes no parameters; got {sorted(params)}.")
    return sampler.set_params(**params) if params else sampler
