"""The result of `python -m train evaluate`: one part, measured with one model."""

from asl_model.metrics_file import Figures, NotHands, SplitFigures


class Speed(Figures):
    """Median time from an image file to its letter, one picture at a time."""

    milliseconds: float
    pictures: int
    threads: int
    processor: str


class Evaluation(Figures):
    """What `evaluate` writes to metrics.json.

    Attributes:
        model, data: names of the model and of the data it was measured on.
        splits: the figures of the one part that was measured.
        warnings: reasons why the figures may be too high.
        threshold: the model's threshold for 'not sure'.
        best_temperature: above 1 if the model is too sure of these pictures, below 1 if not enough.
        speed: the speed on this machine.
        not_hands: the false alarms, if they were measured.
        suspects: folders that may be mislabelled.
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
