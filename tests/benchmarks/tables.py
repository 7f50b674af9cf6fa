"""Prints the figures of `tests.benchmarks.serving`, as in docs/experiments/serving-speed.md."""

import os
from typing import Any

ENGINES = {
    "torch": "timm and torch, float32",
    "onnxruntime": "ONNX Runtime, float32",
    "openvino": "OpenVINO, float32",
    "served": "**as served**",
    "recognizer": "as served, from a file of 640 x 480",
    "floor": "the floor: one matrix product",
}

ONE_AT_A_TIME = ("recognizer", "floor")
"""Engines that are not measured with batches."""


def show(figures: dict[str, Any]) -> None:
    """Prints two tables. Values that vary by round are given as median (least to most)."""
    heads = ["p50 ms", "p95", "p99", "pictures/s at 1", "8", "32", "memory"]
    _row("model", "engine", *heads, "times as fast as timm", "times the floor")
    _row("---", "---", *["---:"] * 9)
    for name, model in figures["models"].items():
        for engine, words in ENGINES.items():
            row = model["engines"][engine]
            rates = [_number(row.get(f"per_second_{count}")) for count in (1, 8, 32)]
            times = [_range(row["times_timm"]), _range(row["times_floor"])]
            _row(name, words, *_percentiles(row), *rates, f"{row['memory_mb']:.0f} MB", *times)
    print()
    heads = ["REST p50 ms", "p95", "p99", "more than nothing", "gradio_client p50", "p95", "more"]
    _row("program", "first answer, s", "memory", *heads)
    _row("---", *["---:"] * (2 + len(heads)))
    for name, row in figures["http"].items():
        rest, client = row["rest"], row["gradio_client"]
        calls = [
            *_percentiles(rest),
            _range(rest["more_than_nothing"]),
            *_percentiles(client)[:2],
            _range(client["more_than_nothing"]),
        ]
        _row(name, _range(row["first_answer_s"]), f"{row['memory_mb']:.0f} MB", *calls)
    gflop = ", ".join(f"{name} {m['gflop']:.1f}" for name, m in figures["models"].items())
    print(f"\n{os.cpu_count()} processors; GFLOP a picture: {gflop}")


def _row(*cells: str) -> None:
    print(f"| {' | '.join(cells)} |")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def _percentiles(row: dict[str, float]) -> list[str]:
    return [_number(row[name]) for name in ("p50", "p95", "p99")]


def _range(values: list[float]) -> str:
    least, median, most = values
    return f"{median:.1f} ({least:.1f} to {most:.1f})"
