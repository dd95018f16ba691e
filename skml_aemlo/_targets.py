"""What every classifier of several labels says of its target: what it reads, knows and takes."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.metadata_routing import get_routing_for_object
from sklearn.utils.multiclass import type_of_target

from ._containers import Labels


def read_target(Y: Any) -> Labels:
    """Read the labels, and say of another target what it is."""
    try:
        return Labels(Y)
    except ValueError as error:
        try:
            with np.errstate(invalid="ignore"):  # infinity as a whole number
                kind = type_of_target(Y)
        except (ValueError, TypeError, UnboundLocalError):  # of a sparse array of one dimension
            kind = "unknown"
        raise ValueError(
            "Only binary classification is supported, one column of the classes 0 and 1 for each "
            f"label; the type of the target is {kind}. {error}"
        ) from error


def describe_target(model: Any, given: Labels) -> None:
    """Leave number, classes and names of the labels on a classifier that is being fitted."""
    model.n_labels_ = given.matrix.shape[1]
    model.classes_ = np.tile([0, 1], (model.n_labels_, 1))
    remember(model, "label_names_in_", given.names)


def remember(model: Any, attribute: str, names: np.ndarray | None) -> None:
    """Set names that were seen; without any, those of an earlier fit go."""
    model.__dict__.pop(attribute, None)
    if names is not None:
        setattr(model, attribute, names)


def tag_target(tags: Any) -> Any:
    """Return a classifier's tags, made to say: a column for each of several labels."""
    tags.classifier_tags.multi_class = False
    tags.classifier_tags.multi_label = True
    tags.target_tags.single_output = False
    tags.target_tags.multi_output = True
    return tags


def own_requests(model: Any, inner: Any) -> Any:
    """Return the metadata that a classifier requests, which hands none on to what is inside it.

    Raises
    ------
    ValueError
        If what is inside requests weights, which would never reach it.
    """
    asks = hasattr(inner, "get_metadata_routing") and get_routing_for_object(inner)
    if asks and asks.consumes("fit", ["sample_weight"]):
        raise ValueError(
            f"{type(model).__name__} hands no sample_weight on to {type(inner).__name__}, which "
            "requests it; take the request back with set_fit_request(sample_weight=False), or give "
            "the classifier inside to MultiLabelResampledClassifier, which does."
        )
    return BaseEstimator.get_metadata_routing(model)
