"""How fast the demo answers, beside other engines, beside Gradio alone, and beside the floor.

python -m tests.benchmarks.serving [--json FILE] [--seconds S] [--vgg16 BUNDLE]

Needs `tests/benchmarks/requirements.txt`. Takes about six minutes; let nothing else run meanwhile.
VGG16 has random weights of the default head at 224 px unless a bundle is given: what they are
changes no time.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from gradio_client import Client, handle_file
from tqdm import tqdm

from asl_model.bundle import EMBEDDED
from tests.benchmarks.engines import memory
from tests.benchmarks.load import Caller
from tests.conftest import ROOT, draw
from tests.test_app import start

ENGINES = {
    "torch": "timm and torch, float32",
    "onnxruntime": "ONNX Runtime, float32",
    "openvino": "OpenVINO, float32",
    "served": "as served",
}
PRECISIONS = ("float32", "bfloat16")
PORT, CALLS = 7898, 40

RANDOM_VGG16 = """
import sys, timm, torch
from pathlib import Path
from asl_model import CLASSES
from asl_model.bundle import Bundle
from asl_model.preprocessing import Preprocessing
from asl_model.saving import round_to_half, save_bundle
torch.manual_seed(0)
squash = {"crop_pct": 1.0, "crop_mode": "squash"}
model = timm.create_model("vgg16", num_classes=29, mlp_ratio=0.125, pretrained_cfg_overlay=squash)
model = round_to_half(model).eval()
bundle = Bundle(lambda: model, Preprocessing.of(model.pretrained_cfg), CLASSES, 0.5)
save_bundle(Path(sys.argv[1]), bundle, "")
"""


def main() -> None:
    """Prints tables, and everything as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--seconds", type=float, default=5.0, help="for each engine and batch")
    parser.add_argument("--vgg16", type=Path, help="a bundle to take instead of random weights")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        models = {"embedded": folder / "embedded", "vgg16": folder / "vgg16"}
        shutil.copytree(EMBEDDED, models["embedded"])
        if given.vgg16:
            shutil.copytree(given.vgg16, models["vgg16"])
        else:
            python("-c", RANDOM_VGG16, str(models["vgg16"]))
        figures: dict[str, Any] = {"models": {}}
        for name, model in models.items():
            figures["models"][name] = compare(name, model, given.seconds)
        draw(3, (640, 480)).save(folder / "hand.jpg")
        figures["http"] = http(models, folder)
    print_tables(figures)
    print(json.dumps(figures))
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n")


def compare(name: str, folder: Path, seconds: float) -> dict[str, Any]:
    """Each engine in a process of its own, one after the other."""
    python("-m", "tests.benchmarks.engines", "export", str(folder))
    found = {}
    for engine in tqdm([*ENGINES, "floor"], name, unit="engine"):
        said = python(
            "-m", "tests.benchmarks.engines", engine, str(folder), "--seconds", str(seconds)
        )
        found[engine] = json.loads(said.splitlines()[-1])
    return found


def python(*arguments: str) -> str:
    """What a fresh Python says."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def http(models: dict[str, Path], folder: Path) -> dict[str, Any]:
    """The real program: to its first answer, and whole calls; and one that computes nothing."""
    found = {
        name: serve(folder, ["app.py"], ASL_MODEL=str(model)) for name, model in models.items()
    }
    for name, model in models.items():
        call = ["recognizer", str(model), "--picture", str(folder / "hand.jpg")]
        found[name]["alone"] = json.loads(python("-m", "tests.benchmarks.engines", *call))
    found["nothing"] = serve(folder, ["-m", "tests.benchmarks.identity"])
    return found


def serve(folder: Path, program: list[str], **environment: str) -> dict[str, Any]:
    """Starts it, waits for the first answer, and then calls it again and again."""
    picture = folder / "hand.jpg"
    with (folder / "log").open("w") as log:
        began = time.perf_counter()
        base = {**os.environ, "GRADIO_TEMP_DIR": str(folder), **environment}
        server = start(PORT, base, output=log, program=program)
        try:
            caller = Caller(f"http://127.0.0.1:{PORT}")
            while True:
                try:
                    event, _ = caller.ask(caller.upload(picture.read_bytes()), 5)
                    break
                except OSError:
                    assert server.poll() is None, (folder / "log").read_text()
                    assert time.perf_counter() - began < 120, (folder / "log").read_text()
                    time.sleep(0.02)
            assert event == "complete"
            found: dict[str, Any] = {"first_answer_s": time.perf_counter() - began}
            client = Client(f"http://127.0.0.1:{PORT}", verbose=False)
            found["rest"] = timed(lambda: caller.ask(caller.upload(picture.read_bytes()), 5))
            found["gradio_client"] = timed(
                lambda: client.predict(handle_file(picture), 5, api_name="/predict")
            )
            return found | {"memory_mb": memory(server.pid)}
        finally:
            server.terminate()
            server.wait(30)


def timed(call: Any) -> dict[str, float]:
    """Milliseconds."""
    times = []
    for _ in range(5 + CALLS):
        started = time.perf_counter()
        call()
        times.append(1000 * (time.perf_counter() - started))
    values = np.percentile(times[5:], [50, 95, 99])
    return dict(zip(("p50", "p95", "p99"), map(float, values), strict=True))


def print_tables(figures: dict[str, Any]) -> None:
    """As they stand in train/EXPERIMENTS.md."""
    print("\n| model | engine | p50 ms | p95 | p99 | pictures/s at 1 | 8 | 32 | memory | times |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, model in figures["models"].items():
        plain = model["torch"]["p50"]
        for engine, words in ENGINES.items():
            row = model[engine]
            rates = " | ".join(f"{row[f'per_second_{count}']:.1f}" for count in (1, 8, 32))
            print(
                f"| {name} | {words} | {row['p50']:.1f} | {row['p95']:.1f} | {row['p99']:.1f} | "
                f"{rates} | {row['memory_mb']:.0f} MB | {plain / row['p50']:.1f} |"
            )
        least = model["floor"]
        floors = [f"{least[f'{k}_ms']:.1f} ({k})" for k in PRECISIONS if f"{k}_ms" in least]
        print(
            f"| {name} | floor: {least['gflop']:.1f} GFLOP at the rate of matrix products | "
            f"{', '.join(floors)} | | | | | | | |"
        )
    print(
        "\n| program | first answer | memory | REST p50 ms | p95 | p99 | gradio_client p50 | p95 "
        "| without HTTP p50 |"
    )
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, row in figures["http"].items():
        rest, client = row["rest"], row["gradio_client"]
        print(
            f"| {name} | {row['first_answer_s']:.1f} s | {row['memory_mb']:.0f} MB | "
            f"{rest['p50']:.1f} | {rest['p95']:.1f} | {rest['p99']:.1f} | {client['p50']:.1f} | "
            f"{client['p95']:.1f} | {row.get('alone', {}).get('p50', 0):.1f} |"
        )
    print(f"\n{os.cpu_count()} processors")


if __name__ == "__main__":
    main()
