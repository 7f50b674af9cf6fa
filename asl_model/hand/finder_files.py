"""Loads a finder from its folder: graph.xml and model.safetensors, no torch."""

import os
from functools import cache
from pathlib import Path

from asl_model.bundle_config import WEIGHTS
from asl_model.errors import BundleError
from asl_model.graph_file import GRAPH, read_graph
from asl_model.hand.finder import SIZE, HandFinder
from asl_model.hand.maps import MAPS
from asl_model.inference import Network

EMBEDDED = Path(__file__).with_name("embedded")
"""The finder that is part of the project."""


def load_finder(folder: str | os.PathLike[str] | None = None) -> HandFinder:
    """Loads a finder that `python -m train fit-hands` wrote.

    Args:
        folder: its folder, or None for the embedded finder.

    Raises:
        BundleError: the folder is not a finder's, or its files do not fit together.
    """
    place = EMBEDDED if folder is None else Path(folder)
    name = "the embedded finder" if folder is None else str(folder)
    missing = [file for file in (WEIGHTS, GRAPH) if not (place / file).is_file()]
    if missing:
        raise BundleError(
            f"'{name}' is not a hand finder: {' and '.join(missing)} missing. `python -m train "
            "fit-hands` writes one."
        )
    graph = read_graph(place, name, (SIZE, SIZE), MAPS, {})
    assert graph is not None  # the file is there
    return HandFinder(Network(graph))


@cache
def embedded_finder() -> HandFinder:
    """Returns the embedded finder; loads it at the first call."""
    return load_finder()
