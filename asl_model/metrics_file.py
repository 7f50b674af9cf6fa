"""The contents of metrics.json: what was measured, on which split, on how many pictures.

`train` writes the file; the model card, the page and the API read it. Shares are in 0..1. Fields
that older bundles do not have are optional.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

UNSEEN = "unseen_people"
"""The split with letters A to Z from people, cameras and rooms that were never trained on."""

UNSEEN_FRAMES = "unseen_frames"
"""The split with whole camera frames of people, cameras and rooms that were never trained on."""

Interval = tuple[float | None, float | None]
"""Lower and upper end of a 95 % confidence interval; (None, None) if undefined."""

Count = Annotated[int, Field(ge=1)]


class Figures(BaseModel):
    """Base class: figures are checked when they are read, and are immutable."""

    model_config = ConfigDict(frozen=True, strict=True)


class SourceFigures(Figures):
    """The figures of one source: the pictures of one person, or of one data set."""

    n: Count
    top1: float
    top3: float
    answered: float | None = None
    right_when_answered: float | None = None


class LetterFigures(Figures):
    """The figures of one class. `read_as` counts its pictures by predicted class."""

    n: Count
    precision: float | None = None
    precision_interval: Interval = (None, None)
    recall: float | None = None
    recall_interval: Interval = (None, None)
    read_as: dict[str, int]


class ReliabilityBin(Figures):
    """Pictures of similar confidence: their share, mean confidence, and the share of right ones."""

    share: float
    confidence: float
    right: float


class Reliability(Figures):
    """The expected calibration error (ECE) and the bins that it is computed from."""

    ece: float
    bins: tuple[ReliabilityBin, ...] = ()


class CoveragePoint(Figures):
    """The share of right answers if only the most confident pictures are answered."""

    answered: float
    right: float
    threshold: float


class Clusters(Figures):
    """The units that the bootstrap resamples: each 'source', or each 'run' of frames."""

    kind: str
    n: Count


class SplitFigures(Figures):
    """All figures of one split. Every source has the same weight, whatever its size."""

    n: Count
    clusters: Clusters | None = None
    top1: float
    top1_interval: Interval = (None, None)
    top3: float
    top3_interval: Interval = (None, None)
    macro_f1: float | None = None
    macro_f1_interval: Interval = (None, None)
    answered: float | None = None
    answered_interval: Interval = (None, None)
    right_when_answered: float | None = None
    right_when_answered_interval: Interval = (None, None)
    sources: dict[str, SourceFigures]
    letters: dict[str, LetterFigures] = {}
    calibration: Reliability | None = None
    coverage: tuple[CoveragePoint, ...] = ()


class WithoutBiases(Figures):
    """The figures without biases, on the first split that the biases were chosen on."""

    top1: float
    top3: float


class CalibrationRecord(Figures):
    """How the calibration was chosen. The numbers themselves are in config.json.

    Attributes:
        chosen_on: the split that the calibration was chosen on; several are joined by commas.
        cross_fitted: whether each source of these splits is measured with the calibration that the
            other sources choose.
        without_biases: figures of the first split without the biases, for comparison.
    """

    chosen_on: str
    cross_fitted: bool = False
    without_biases: WithoutBiases | None = None

    @property
    def splits(self) -> tuple[str, ...]:
        """The splits in `chosen_on`."""
        return tuple(self.chosen_on.split(", "))


class Mirrored(Figures):
    """Top-1 on the mirrored pictures of a split; `lost` is how much lower it is than unmirrored."""

    split: str
    n: Count
    top1: float
    lost: float


class NotHands(Figures):
    """Pictures without a hand sign, and the share in which the model claimed a letter."""

    n: Count
    letter_claimed: float
    letter_claimed_interval: Interval = (None, None)


class Part(Figures):
    """One part of the training data: its size, its sources and a hash of its pictures."""

    n: int
    sources: tuple[str, ...] = ()
    contents: str | None = None
    near_duplicates: int | None = None


class Training(Figures):
    """How the model was trained. `settings` are the `train.settings.Settings` of that time.

    `weights_origin` says what the pre-trained weights are and under which licence, if `train` knows
    the file they came from.
    """

    command: str = ""
    minutes: float = 0.0
    settings: dict[str, Any] = {}
    sources: tuple[str, ...] = ()
    notes: str = ""
    base_model: str | None = None
    weights_origin: str | None = None
    history: tuple[dict[str, Any], ...] = ()
    split: dict[str, Part] | None = None


class Metrics(Figures):
    """Everything in a bundle's metrics.json."""

    training: Training = Training()
    splits: dict[str, SplitFigures] = {}
    calibration: CalibrationRecord | None = None
    mirrored: Mirrored | None = None
    not_hands: NotHands | None = None

    def to_json(self) -> str:
        """Returns the text of metrics.json. Fields that were never set are left out."""
        return self.model_dump_json(indent=2, exclude_unset=True) + "\n"
