"""Features are computed once, and never used for anything but what they were computed from."""

import os
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from tests.helpers.pictures import draw
from tests.train.inputs.conftest import settings
from train import devices
from train.inputs import augmentations, feature_extractor, features
from train.inputs.feature_store import Writer
from train.inputs.features import Features, ReadOptions, compute_features
from train.training.training_task import Task, prepare


class Counter:
    """Counts the pictures that really run through the backbone."""

    def __init__(self) -> None:
        self.rows = 0

    def take(self) -> int:
        rows, self.rows = self.rows, 0
        return rows


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> Counter:
    counter, add = Counter(), Writer.add

    def counted(self: Writer, keys: list[bytes], rows: torch.Tensor) -> None:
        counter.rows += len(keys)
        add(self, keys, rows)

    monkeypatch.setattr(Writer, "add", counted)
    return counter


def compute(task: Task, cache: Path, count: int = 1) -> Features:
    views = task.views(task.pictures.parts["train"])
    return compute_features(task.model, views, count, "x", ReadOptions(0, cache))


def all_rows(found: Features) -> torch.Tensor:
    return found.store.read([key for keys in found.keys for key in keys])


def test_they_are_what_the_backbone_gives(tmp_path: Path, task: Task) -> None:
    found = compute(task, tmp_path / "cache")
    views = task.views(task.pictures.parts["train"])
    draws = [(3, 0), (0, 1)]
    (batch,) = found.batches([draws], 0)
    pixels = torch.stack([views[draw]["pixels"] for draw in draws])
    with torch.inference_mode():
        expected = task.model.eval().forward_features(pixels)
    assert batch["label"].tolist() == [views.labels[3], views.labels[0]]
    assert torch.allclose(batch["pixels"].float(), expected, rtol=0.02, atol=0.05)  # bfloat16


def test_torch_computes_them_where_openvino_cannot(
    tmp_path: Path, task: Task, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = all_rows(compute(task, tmp_path / "cache")).float()
    assert "OpenVINO" not in capsys.readouterr().out

    def refuse(model: Any) -> None:
        raise ValueError("its graph answers differently")

    monkeypatch.setattr(feature_extractor, "convert", refuse)
    found = all_rows(compute(task, tmp_path / "other")).float()
    assert "OpenVINO cannot convert this network (ValueError)" in capsys.readouterr().out
    assert torch.allclose(found, expected, rtol=0.02, atol=0.05)


def test_layers_that_compute_otherwise_start_anew(
    tmp_path: Path, task: Task, data: Path, test_resnet: Path, computed: Counter
) -> None:
    """Another padding, eps or activation gives other features with the same weights."""
    first = all_rows(compute(task, tmp_path / "cache", 0))
    computed.take()
    other = prepare(data, None, settings(model_args={"act_layer": "silu"}), test_resnet)
    second = all_rows(compute(other, tmp_path / "cache", 0))
    assert computed.take() == len(task.pictures.parts["train"])
    assert not torch.allclose(first.float(), second.float(), rtol=0.1, atol=0.1)


def test_another_head_or_dropout_does_not(
    tmp_path: Path, task: Task, data: Path, test_resnet: Path, computed: Counter
) -> None:
    compute(task, tmp_path / "cache", 0)
    computed.take()
    other = prepare(data, None, settings(model_args={"drop_rate": 0.3}, epochs=3), test_resnet)
    compute(other, tmp_path / "cache", 0)
    assert computed.take() == 0


def test_another_engine_starts_anew(
    tmp_path: Path, task: Task, computed: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    compute(task, tmp_path / "cache", 0)
    computed.take()
    monkeypatch.setattr(features, "engine", lambda: "OpenVINO 2099.1 with bfloat16")
    compute(task, tmp_path / "cache", 0)
    assert computed.take() == len(task.pictures.parts["train"])


def test_they_are_computed_once(tmp_path: Path, task: Task, computed: Counter) -> None:
    first = compute(task, tmp_path / "cache")
    assert computed.take() == 2 * len(
        task.pictures.parts["train"]
    )  # an augmented view and the plain one
    second = compute(task, tmp_path / "cache")
    assert computed.take() == 0
    assert torch.equal(all_rows(first), all_rows(second))


def test_another_view_computes_that_view_only(
    tmp_path: Path, task: Task, computed: Counter
) -> None:
    compute(task, tmp_path / "cache")
    computed.take()
    compute(task, tmp_path / "cache", count=2)
    assert computed.take() == len(task.pictures.parts["train"])


def test_a_picture_that_changed_is_computed_again(
    tmp_path: Path, task: Task, data: Path, test_resnet: Path, computed: Counter
) -> None:
    before = all_rows(compute(task, tmp_path / "cache", count=0))
    changed = Path(task.pictures.parts["train"][5]["image"]["path"])
    stamp = changed.stat()
    draw(999, (40, 40)).save(changed)
    os.utime(changed, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))  # only the contents differ
    computed.take()
    after = all_rows(compute(prepare(data, None, settings(), test_resnet), tmp_path / "cache", 0))
    assert computed.take() == 1
    different = [i for i in range(len(before)) if not torch.equal(before[i], after[i])]
    assert different == [5]


@pytest.mark.slow
def test_other_weights_preprocessing_or_precision_start_anew(
    tmp_path: Path, task: Task, data: Path, computed: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, count = tmp_path / "cache", len(task.pictures.parts["train"])
    compute(task, cache, 0)
    assert computed.take() == count
    with torch.no_grad():
        next(task.model.parameters())[0, 0, 0, 0] += 1e-3
    compute(task, cache, 0)
    assert computed.take() == count
    weights = tmp_path / "same.safetensors"
    save_file({n: t.contiguous() for n, t in task.model.state_dict().items()}, weights)
    compute(prepare(data, None, settings(mean=0.3), weights), cache, 0)
    assert computed.take() == count
    # The precision that this processor does not choose by itself.
    own = devices.precision(torch.device("cpu"))
    other = torch.bfloat16 if own == torch.float32 else torch.float32
    for module in (features, devices):
        monkeypatch.setattr(module, "precision", lambda device: other)
    compute(prepare(data, None, settings(), weights), cache, 0)
    assert computed.take() == count


def test_other_augmentation_starts_the_views_anew(
    tmp_path: Path, task: Task, data: Path, test_resnet: Path, computed: Counter
) -> None:
    compute(task, tmp_path / "cache")
    computed.take()
    views = task.views(task.pictures.parts["train"])
    before = views[0, 1]["pixels"]
    views.augment_version += " and a comment"
    assert torch.equal(views[0, 1]["pixels"], before)  # a training is not affected
    compute_features(task.model, views, 1, "x", ReadOptions(0, tmp_path / "cache"))
    assert computed.take() == len(views)  # the plain views are still good
    views.augment_settings += " and rain"
    assert not torch.equal(views[0, 1]["pixels"], before)
    compute_features(task.model, views, 1, "x", ReadOptions(0, tmp_path / "cache"))
    assert computed.take() == len(views)


def test_a_version_that_is_raised_computes_augmented_copies_again_and_trains_the_same(
    tmp_path: Path, task: Task, computed: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    compute(task, tmp_path / "cache")
    computed.take()
    before = task.views(task.pictures.parts["train"])[0, 1]["pixels"]
    monkeypatch.setattr(augmentations, "VERSION", augmentations.VERSION + 1)
    compute(task, tmp_path / "cache")
    assert computed.take() == len(task.pictures.parts["train"])
    assert torch.equal(task.views(task.pictures.parts["train"])[0, 1]["pixels"], before)
    monkeypatch.setattr(features, "PIXELS_VERSION", features.PIXELS_VERSION + 1)
    compute(task, tmp_path / "cache")
    assert computed.take() == 2 * len(task.pictures.parts["train"])


@pytest.mark.slow
@pytest.mark.parametrize("batches", [0, 1])
def test_an_interrupted_pass_goes_on_where_it_was(
    tmp_path: Path, task: Task, computed: Counter, monkeypatch: pytest.MonkeyPatch, batches: int
) -> None:
    whole = all_rows(compute(task, tmp_path / "whole"))
    computed.take()
    add = Writer.add
    done: list[int] = []

    def interrupted(self: Writer, keys: list[bytes], rows: torch.Tensor) -> None:
        if len(done) == batches:
            raise KeyboardInterrupt
        done.append(1)
        add(self, keys, rows)

    with monkeypatch.context() as patch:
        patch.setattr(Writer, "add", interrupted)
        with pytest.raises(KeyboardInterrupt):
            compute(task, tmp_path / "cache")
    computed.take()
    resumed = all_rows(compute(task, tmp_path / "cache"))
    assert computed.take() == len(whole) - batches * features.BATCH
    assert torch.equal(whole, resumed)


def test_a_corrupt_cache_is_noticed_and_mended(
    tmp_path: Path, task: Task, computed: Counter, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = all_rows(compute(task, tmp_path / "cache"))
    computed.take()
    (file,) = tmp_path.glob("cache/*/0.rows")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 4
    file.write_bytes(content)
    assert torch.equal(all_rows(compute(task, tmp_path / "cache")), whole)
    assert computed.take() == 1
    assert "1 rows of the feature cache are damaged" in capsys.readouterr().out
