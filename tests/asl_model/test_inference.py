"""The graph that OpenVINO runs: it computes the same function as timm's model, without torch."""

import base64
import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import timm
import torch
from PIL import Image
from safetensors.numpy import load_file
from timm.data import create_transform, resolve_model_data_config

from asl_model import BundleError, Recognizer
from asl_model.bundle import EMBEDDED, Bundle, load_bundle, read_bundle
from asl_model.graph_file import GRAPH, from_xml, to_xml
from asl_model.inference import Network, allowed_processors, best_precision, convert
from asl_model.preprocessing import Preprocessing
from tests.helpers import ROOT
from tests.helpers.pictures import draw
from train.publishing.save_bundle import save_bundle


def network(backbone: str, **options: Any) -> Any:
    torch.manual_seed(0)
    model = timm.create_model(backbone, num_classes=3, **options).eval()
    for layer in model.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.running_mean.normal_(0, 0.1)  # type: ignore[union-attr]
            layer.running_var.uniform_(0.5, 2)  # type: ignore[union-attr]
    return model


@pytest.mark.parametrize(
    ("backbone", "options"),
    [
        pytest.param("mobilenetv2_100", {"pad_type": "same"}, marks=pytest.mark.slow),
        ("resnet18", {}),
        pytest.param(*("vgg11", {"mlp_ratio": 0.02}), marks=pytest.mark.slow),
        ("test_vit", {}),
    ],
)
def test_a_graph_is_the_same_function_for_any_number_of_pictures(
    backbone: str, options: dict[str, Any]
) -> None:
    model = network(backbone, **options)
    tensors = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    text = to_xml(convert(model), tensors)
    assert text is not None
    assert len(text) < 1_000_000  # no weights in it
    answer = Network(from_xml(text, tensors), precision="f32")
    size = model.pretrained_cfg["input_size"]
    for count in (1, 3):
        images = torch.rand(count, *size)
        with torch.inference_mode():
            expected = model(images).numpy()
        assert answer(images.numpy()) == pytest.approx(expected, rel=1e-3, abs=1e-4)


def test_the_embedded_graph_is_what_its_weights_give_today() -> None:
    """The graph has no weights of its own, so changing the weights file changes the answers."""
    tensors = load_file(EMBEDDED / "model.safetensors")
    text = (EMBEDDED / GRAPH).read_text("utf-8")
    images = np.random.default_rng(0).standard_normal((2, 3, 192, 192), np.float32)
    with torch.inference_mode():
        expected = load_bundle().model(torch.from_numpy(images)).numpy()
    assert Network(from_xml(text, tensors))(images) == pytest.approx(expected, abs=1e-4)
    tensors["classifier.bias"] = tensors["classifier.bias"].astype(np.float32) + 1
    assert Network(from_xml(text, tensors))(images) == pytest.approx(expected + 1, abs=1e-4)


def test_a_graph_of_other_weights_is_refused() -> None:
    model = network("test_resnet")
    tensors = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    text = to_xml(convert(model), tensors)
    assert text is not None
    first = next(iter(tensors))
    with pytest.raises(ValueError, match="tensors of other names or shapes"):
        from_xml(text, {**tensors, first: tensors[first][:1]})
    noise = {name: tensor + 1 for name, tensor in tensors.items() if tensor.dtype.kind == "f"}
    assert to_xml(convert(model), noise) is None  # the graph has other weights


@pytest.mark.parametrize("text", ["", "<net", "<net/>", "hello"])
def test_a_broken_graph_is_one_clear_error(tmp_path: Path, text: str) -> None:
    folder = copy_of_embedded(tmp_path)
    (folder / GRAPH).write_text(text)
    with pytest.raises(BundleError, match=r"do not fit its graph\.xml"):
        Recognizer.load(folder)


def test_a_graph_that_computes_nothing_is_one_clear_error(tmp_path: Path) -> None:
    """OpenVINO can read this graph but not run it."""
    folder = copy_of_embedded(tmp_path)
    text = (folder / GRAPH).read_text()
    for_three = re.sub(r'(<data shape=")[^,"]*(?=,3,192,192")', r"\g<1>3", text, count=1)
    assert for_three != text
    (folder / GRAPH).write_text(for_three)
    with pytest.raises(BundleError, match="takes batches of 3 pictures only"):
        Recognizer.load(folder)
    graph = from_xml(for_three, load_file(folder / "model.safetensors"))
    with pytest.raises(BundleError, match=r"cannot be run: .*expecting \[3,3,192,192\]"):
        Recognizer(replace(read_bundle(), graph=graph))


def test_a_broken_model_without_a_graph_says_what_is_broken(tmp_path: Path) -> None:
    folder = copy_of_embedded(tmp_path)
    (folder / GRAPH).unlink()
    (folder / "model.safetensors").write_bytes(b"\x80\x04.")
    with pytest.raises(BundleError, match=r"do not fit its config\.json"):
        Recognizer.load(folder)


def test_broken_weights_are_one_clear_error(tmp_path: Path) -> None:
    folder = copy_of_embedded(tmp_path)
    (folder / "model.safetensors").write_bytes(b"\x80\x04.")
    with pytest.raises(BundleError, match=r"do not fit its graph\.xml"):
        Recognizer.load(folder)


def test_without_a_graph_the_answers_are_the_same(tmp_path: Path, embedded: Recognizer) -> None:
    folder = copy_of_embedded(tmp_path)
    (folder / GRAPH).unlink()
    expected = dict(embedded(draw(0)).top(29))
    assert dict(Recognizer.load(folder)(draw(0)).top(29)) == pytest.approx(expected, abs=1e-4)


def test_a_network_that_cannot_be_converted_is_answered_by_torch() -> None:
    class Odd(torch.nn.Module):
        def __init__(self, inner: Any) -> None:
            super().__init__()
            self.inner, self.pretrained_cfg = inner, inner.pretrained_cfg

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            result: torch.Tensor = self.inner(torch.from_numpy(images.numpy()))
            return result  # a constant for the tracer

    model = network("test_resnet", pretrained_cfg_overlay={"crop_mode": "squash", "crop_pct": 1.0})
    preprocessing = Preprocessing.of(model.pretrained_cfg)
    odd = Odd(model)
    bundle = Bundle(lambda: odd, preprocessing, ("A", "B", "C"))
    with pytest.raises(ValueError, match="the graph's output differs"):
        convert(odd)
    expected = model(torch.from_numpy(bundle.pixels(draw(0)))).softmax(1)[0].tolist()
    found = dict(Recognizer(bundle)(draw(0)).top(3))
    assert [found[name] for name in "ABC"] == pytest.approx(expected, abs=1e-4)


def test_bfloat16_only_where_it_keeps_the_letters(embedded: Recognizer) -> None:
    assert embedded.bundle.graph is not None
    assert best_precision(embedded.bundle.graph) == "f32"  # depthwise: f32 everywhere
    cpuinfo = Path("/proc/cpuinfo")
    names = r"\b(avx512_bf16|amx_bf16|avx_ne_convert)\b"  # the last stands for AVX2-VNNI-2
    has = cpuinfo.is_file() and re.search(names, cpuinfo.read_text())
    assert best_precision(convert(network("vgg11", mlp_ratio=0.02))) == ("bf16" if has else "f32")


@pytest.mark.parametrize("size", [128, 0])
def test_a_graph_of_another_size_is_refused_in_one_line(tmp_path: Path, size: int) -> None:
    shutil.copytree(EMBEDDED, tmp_path / "bundle")
    config = json.loads((tmp_path / "bundle/config.json").read_text())
    config["pretrained_cfg"]["input_size"] = [3, size, size]
    (tmp_path / "bundle/config.json").write_text(json.dumps(config))
    with pytest.raises(BundleError, match=r"has another size|an input of 0 x 0") as raised:
        Recognizer.load(tmp_path / "bundle")
    assert "\n" not in str(raised.value)


def test_a_graph_brings_no_weights_of_its_own() -> None:
    tensors = load_file(EMBEDDED / "model.safetensors")
    root = ElementTree.fromstring((EMBEDDED / GRAPH).read_text())
    root.set("rest", base64.b64encode(bytes(200_000)).decode())
    with pytest.raises(ValueError, match="200,000 bytes of constants"):
        from_xml(ElementTree.tostring(root, "unicode"), tensors)


@pytest.mark.parametrize(
    ("limit", "expected"),
    [("200000 100000\n", 2), ("50000 100000\n", 1), ("max 100000\n", None), (None, None)],
)
def test_threads_are_no_more_than_a_container_may_use(
    tmp_path: Path, limit: str | None, expected: int | None
) -> None:
    file = tmp_path / "cpu.max"
    if limit:
        file.write_text(limit)
    assert allowed_processors(file) == expected


@pytest.mark.slow
def test_nothing_calls_home_when_a_graph_is_made(tmp_path: Path) -> None:
    """By default OpenVINO sends usage statistics at import, and keeps an id for them in ~/intel."""
    code = (
        "import timm; from asl_model.inference import convert; "
        "convert(timm.create_model('test_resnet').eval())"
    )
    subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin"},
        check=True,
    )
    assert not (tmp_path / "intel").exists()


@pytest.mark.parametrize("size", [(160, 120), (40, 300), (1, 1), (2000, 11)])
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
def test_preprocessing_is_timms_bit_for_bit(size: tuple[int, int], interpolation: str) -> None:
    overlay = {"crop_mode": "squash", "crop_pct": 1.0, "interpolation": interpolation}
    model = timm.create_model("mobilenetv2_100", pretrained_cfg_overlay=overlay)
    transform = create_transform(**resolve_model_data_config(model))
    preprocessing = Preprocessing.of(model.pretrained_cfg)
    image = draw(1, size)
    seen = preprocessing(image)
    assert np.array_equal(seen, transform(image).numpy())
    shown = np.asarray(preprocessing.undo(seen), int)
    filters = {"bicubic": Image.Resampling.BICUBIC, "bilinear": Image.Resampling.BILINEAR}
    assert np.array_equal(shown, np.asarray(image.resize((224, 224), filters[interpolation]), int))


def test_preprocessing_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="not the project's"):
        Preprocessing.of(timm.create_model("mobilenetv2_100").pretrained_cfg)


def test_a_saved_bundle_brings_its_graph(tmp_path: Path, embedded: Recognizer) -> None:
    save_bundle(tmp_path / "copy", load_bundle(), "# card\n")
    assert read_bundle(tmp_path / "copy").graph is not None
    expected = dict(embedded(draw(0)).top(29))
    found = dict(Recognizer.load(tmp_path / "copy")(draw(0)).top(29))
    assert found == pytest.approx(expected, abs=1e-4)


def copy_of_embedded(tmp_path: Path) -> Path:
    folder = tmp_path / "bundle"
    folder.mkdir()
    for file in EMBEDDED.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    return folder
