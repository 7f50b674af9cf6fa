"""The weights that the training loop returns, and the trainings that it refuses or stops."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
import torch

from train.errors import TrainError
from train.settings import Settings
from train.training import loop
from train.training.history import Epoch
from train.training.loop import train
from train.training.objective import Batch
from train.training.training_data import Data, Draws

SETTINGS = Settings(epochs=6, batch_size=16, learning_rate=0.05, schedule="constant")


class Points:
    """Sixteen points in a plane, in two classes."""

    def __len__(self) -> int:
        return 16

    def batches(self, draws: Draws, workers: int) -> Iterator[Batch]:
        """Yields batches of points, as `train.inputs.augmented_views.Views` does of pictures."""
        pixels = torch.randn(16, 2, generator=torch.Generator().manual_seed(0))
        for batch in draws:
            chosen = [number for number, _ in batch]
            yield {"pixels": pixels[chosen], "label": (pixels[chosen, 0] > 0).long()}


def trained(settings: Settings) -> tuple[list[dict[str, torch.Tensor]], torch.nn.Module]:
    """Returns the weights after each epoch (one step each), and the trained network."""
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.BatchNorm1d(4))
    after: list[dict[str, torch.Tensor]] = []

    def report(history: list[Epoch], _: torch.nn.Module) -> None:
        after.append({name: value.clone() for name, value in network.state_dict().items()})

    data = Data(Points(), Points(), lambda epoch: [[(i, 0) for i in range(16)]], 0)
    train(network, data, settings, None, report)
    return after, network


@pytest.mark.parametrize("name", ["0.weight", "1.running_var"])
def test_the_mean_of_the_weights_answers_where_it_is_asked_for(name: str) -> None:
    after, last = trained(SETTINGS)
    averaged_over, averaged = trained(Settings(**vars(SETTINGS) | {"ema_decay": 0.999}))
    for one, other in zip(after, averaged_over, strict=True):
        assert torch.equal(one[name], other[name])  # averaging does not change the training
    assert torch.equal(last.state_dict()[name], after[-1][name])
    mean = torch.stack([weights[name] for weights in after]).mean(0)
    assert torch.allclose(averaged.state_dict()[name], mean, atol=1e-6)
    assert not torch.allclose(mean, after[-1][name], atol=1e-3)


@pytest.mark.parametrize("name", ["0.weight", "1.running_var"])
def test_the_result_lies_between_the_weights_at_the_start_and_at_the_end(name: str) -> None:
    torch.manual_seed(0)
    first = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.BatchNorm1d(4)).state_dict()
    after, between = trained(Settings(**vars(SETTINGS) | {"start_share": 0.25}))
    expected = 0.25 * first[name] + 0.75 * after[-1][name]
    assert torch.allclose(between.state_dict()[name], expected, atol=1e-6)
    assert not torch.allclose(expected, after[-1][name], atol=1e-3)
    assert between.state_dict()["1.num_batches_tracked"] == SETTINGS.epochs


def test_a_batch_that_leaves_a_process_without_pictures_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    many = SimpleNamespace(num_processes=9)
    monkeypatch.setattr(loop, "processes", lambda: many)
    data = Data(Points(), Points(), lambda epoch: [], 0)
    with pytest.raises(TrainError, match="Batches of 16 pictures are too small for 9 processes"):
        train(torch.nn.Linear(2, 2), data, SETTINGS, None, lambda history, _: None)


def test_a_training_that_diverges_stops_before_it_is_kept() -> None:
    reports: list[int] = []
    settings = Settings(**vars(SETTINGS) | {"clip_norm": 0.0, "learning_rate": 1e30})
    network = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.Linear(4, 2))
    data = Data(Points(), Points(), lambda epoch: [[(i, 0) for i in range(16)]], 0)
    with pytest.raises(
        TrainError, match=r"diverged in epoch \d: .* lower --learning-rate than 1e\+30"
    ):
        train(network, data, settings, None, lambda history, _: reports.append(len(history)))
    assert len(reports) < settings.epochs
