"""The result of `python -m train evaluate`: one part, measured with one model."""

from asl_model.metrics import Figures, NotHands, SplitFigures


class Speed(Figures):
    """The median time from a file to its letter, one picture at a time."""

    milliseconds: float
    pictures: int
    threads: int
    processor: str


class Evaluation(Figures):
    """What `evaluate` writes to metrics.json.

    Attributes:
        model, data: what was measured on what.
        splits: the figures of the one part that was measured.
        warnings: what makes these figures say less than they seem to.
        threshold: of the model.
        best_temperature: over 1 if the model is too sure of these pictures, below 1 if not enough.
        speed: on this machine.
        not_hands: the false alarms, if they were measured.
        suspects: folders that may be named wrongly.
    """

    model: str
    data: str
    splits: dict[str, SplitFigures]
    warnings: tuple[str, ...]
    threshold: float
    best_temperature: float
    speed: Speed
    not_hands: NotHands | None = None
    suspects: tuple[str, ...]
