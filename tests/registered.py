"""The samplers of the registry, seeded and quick."""

from importlib.util import find_spec

from skml_aemlo import SAMPLERS, MultiLabelSampler, SamplerSequence, make_sampler

# as of now: what tests and doctests register later is none of the contract's business, nor are the
# plug-ins that happen to be installed here
OURS = {
    name: entry
    for name, entry in SAMPLERS.items()
    if entry.factory.__module__.partition(".")[0] == "skml_aemlo"
}
NAMES = [name for name in OURS if name != "none" and (name != "aemlo" or find_spec("torch"))]

QUICK = {"aemlo": {"epochs": 1, "latent_dim": 4, "hidden_dims": (8, 8, 8), "batch_size": 32}}


def quick_sampler(name: str) -> MultiLabelSampler:
    """Make a registered sampler that is seeded and takes no time."""
    sampler = make_sampler(name, **QUICK.get(name, {}))
    return sampler.set_params(random_state=0) if "random_state" in sampler.get_params() else sampler


def parameter_called(sampler: MultiLabelSampler, name: str) -> str | None:
    """Return what ``name`` is called in ``sampler``, be it one of a nested sampler's."""
    return next((key for key in sampler.get_params() if key.split("__")[-1] == name), None)


READERS = [name for name in NAMES if quick_sampler(name)._reads_features]
COPIERS = [name for name in NAMES if name not in READERS]


def names_with(parameter: str) -> list[str]:
    """Return the samplers that have this parameter, nested or not."""
    return [name for name in NAMES if parameter_called(quick_sampler(name), parameter)]


def names_that_draw() -> list[str]:
    """Return the samplers that draw anything: a sequence does when one of its steps does."""
    return [
        name
        for name in names_with("random_state")
        if not isinstance(quick_sampler(name), SamplerSequence)
        or sum(key.endswith("random_state") for key in quick_sampler(name).get_params()) > 1
    ]
