"""Turns the options of the command line into the settings of a run."""

import ast
from dataclasses import fields
from typing import Any

from train.errors import TrainError
from train.recipes import settings_for
from train.settings import Settings, read_settings


def chosen_settings(given: dict[str, Any]) -> Settings:
    """Returns the settings of the recipe, changed by the settings file and then by the options.

    Args:
        given: the values of the options by name; None for options that were not given.

    Raises:
        TrainError: see `settings_for` and `read_settings`.
    """
    options = {f.name: given[f.name] for f in fields(Settings) if f.name in given}
    options |= {
        "classes": parse_names(given.get("classes")),
        "held_out": parse_names(given.get("hold_out")),
        "model_args": parse_pairs("--model-arg", given.get("model_arg")),
        "dropouts": parse_pairs("--dropout", given.get("dropout")),
    }
    file = given.get("settings")
    return settings_for(given["recipe"], read_settings(file) if file else {}, options)


def parse_pairs(option: str, pairs: list[str] | None) -> dict[str, Any] | None:
    """Parses ['mlp_ratio=0.125', 'pad_type=same'] to {'mlp_ratio': 0.125, 'pad_type': 'same'}.

    Raises:
        TrainError: a pair has no key or no equals sign.
    """
    parsed: dict[str, Any] = {}
    for pair in pairs or []:
        key, equals, value = pair.partition("=")
        if not (key and equals):
            raise TrainError(
                f"{option} '{pair}' must have the form KEY=VALUE, as in head.drop=0.5."
            )
        try:
            parsed[key] = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            parsed[key] = value  # a bare word is a string
    return parsed or None


def parse_names(names: str | None) -> tuple[str, ...] | None:
    """Parses 'A,B' to ('A', 'B'), and 'all' to ()."""
    if names is None:
        return None
    return () if names == "all" else tuple(name.strip() for name in names.split(","))
