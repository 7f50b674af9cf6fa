"""What the README says is what is there."""

import json
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import metadata_load
from packaging.requirements import Requirement

from asl_model.bundle import EMBEDDED, METRICS, load_bundle
from tests.helpers import ROOT
from train.publishing.card import SPLITS, in_words, mirrored_in_words, table, write_card

README = (ROOT / "README.md").read_text("utf-8")
RUNS = sorted((ROOT / "train" / "runs").glob("*.json"))
WORDS = " ".join(README.split())  # whatever the lines are broken at
ALL_LETTERS = sorted((ROOT / "train" / "runs" / "all_letters").glob("*.json"))
PUBLISHED = json.loads((ROOT / "train" / "published.json").read_text("utf-8"))
FIVE_LETTERS = sorted((ROOT / "train" / "runs" / "five_letters").glob("*.json"))


def test_the_front_matter_is_a_spaces() -> None:
    matter = metadata_load(ROOT / "README.md")
    assert matter is not None
    assert matter["sdk"] == "gradio"
    assert (ROOT / matter["app_file"]).is_file()
    assert matter["python_version"] in ("3.11", "3.12")
    assert len(matter["short_description"]) <= 60  # the Hub refuses a longer one


def test_the_space_runs_a_gradio_that_the_requirements_allow() -> None:
    matter = metadata_load(ROOT / "README.md")
    assert matter is not None
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    gradio = next(Requirement(line) for line in lines if line.startswith("gradio"))
    assert matter["sdk_version"] in gradio.specifier


@pytest.mark.parametrize("folder", ["", "train", "tests"])
def test_what_is_installed_is_within_the_tested_ranges(folder: str) -> None:
    for line in (ROOT / folder / "requirements.txt").read_text().splitlines():
        if line and not line.startswith(("#", "-r")):
            wanted = Requirement(line)
            assert version(wanted.name) in wanted.specifier, line


@pytest.mark.parametrize("metrics", [EMBEDDED / METRICS, *RUNS], ids=lambda file: file.parent.name)
def test_every_figure_is_the_measured_one(metrics: Path) -> None:
    measured = json.loads(metrics.read_text())
    for name, split in measured["splits"].items():
        for expected in (in_words(split), table(split)):
            assert " ".join(expected.split()) in WORDS, (
                f"{metrics}, {name}: it is to hold\n{expected}"
            )
    training = measured["training"]
    assert training["command"] in " ".join(README.replace("\\\n", " ").split())
    assert f"{training['minutes']:.0f} minutes" in README


@pytest.mark.parametrize("metrics", [EMBEDDED / METRICS, *RUNS], ids=lambda file: file.parent.name)
def test_the_experiments_hold_the_measured_figures(metrics: Path) -> None:
    measured = json.loads(metrics.read_text())
    splits = measured["splits"]
    unseen, blocks = splits["unseen_people"], splits["held_out_blocks"]
    row = f"{unseen['top1']:.1%} | {unseen['top3']:.1%} | {blocks['top1']:.1%} | "
    row += f"{measured['training']['minutes']:.0f} min |"
    assert row in (ROOT / "train" / "EXPERIMENTS.md").read_text("utf-8")


@pytest.mark.parametrize("metrics", FIVE_LETTERS, ids=lambda file: file.stem)
def test_the_five_letters_are_the_measured_ones(metrics: Path) -> None:
    """One model, three splits, side by side."""
    measured = json.loads(metrics.read_text())
    splits = [measured["splits"][n] for n in ("random_frames", "held_out_blocks", "unseen_people")]
    shares = " | ".join(f"{split['top1']:.1%}" for split in splits)
    row = next(line for line in README.splitlines() if line.startswith(f"| `{metrics.stem}` |"))
    assert row.endswith(f"| {shares} | {measured['training']['minutes']:.1f} min |")
    for split in splits:
        if metrics.stem != "default-nine-sources":  # it has other frames, of other people too
            assert f"n={split['n']})" in README or f"n={split['n']}, " in README


def drop_row(name: str, measured: dict[str, Any]) -> str:
    """One model, three splits: a line of the README's table."""
    splits = [measured["splits"][n] for n in ("random_frames", "held_out_blocks", "unseen_people")]
    figures = " | ".join(f"{split['top1']:.1%} (n={split['n']})" for split in splits)
    return f"| {name.replace('-', ' ')} | {figures} |"


@pytest.mark.parametrize("metrics", ALL_LETTERS, ids=lambda file: file.stem)
def test_the_drop_is_the_measured_one(metrics: Path) -> None:
    assert drop_row(metrics.stem, json.loads(metrics.read_text())) in README


def published_row(entry: dict[str, str]) -> str:
    """A line of the README's table of other systems."""
    system = f"[{entry['system']}]({entry['address']})"
    return f"| {system} | {entry['input']} | {entry['same']} | {entry['others']} | {entry['how']} |"


def test_other_systems_stand_beside_ours_with_their_source() -> None:
    for entry in PUBLISHED:
        assert entry["address"].startswith("https://")
        assert published_row(entry) in README
    splits = json.loads((EMBEDDED / METRICS).read_text())["splits"]
    same, others = (f"{splits[n]['top1']:.1%}" for n in ("held_out_blocks", "unseen_people"))
    (row,) = (line for line in README.splitlines() if line.startswith("| this project, embedded"))
    assert f"| {same} | {others} |" in row
    assert f"n={splits['unseen_people']['n']}" in row


def test_the_figure_of_mirror_images_is_the_measured_one() -> None:
    measured = json.loads((EMBEDDED / METRICS).read_text())
    assert mirrored_in_words(measured).strip() in WORDS


def test_what_the_biases_buy_is_the_measured_one() -> None:
    plain = json.loads((EMBEDDED / METRICS).read_text())["calibration"]["without_biases"]
    expected = f"Without the biases: top-1 {plain['top1']:.1%}, top-3 {plain['top3']:.1%}"
    assert expected in WORDS


def test_false_alarms_and_near_copies_are_the_measured_ones() -> None:
    measured = json.loads((EMBEDDED / METRICS).read_text())
    alarms, blocks = measured["not_hands"], measured["training"]["split"]["blocks"]
    low, high = alarms["letter_claimed_interval"]
    assert f"Of {alarms['n']} pictures of other things" in WORDS
    assert f"on {alarms['letter_claimed']:.1%} ({low:.1%} to {high:.1%})" in WORDS
    assert f"{blocks['near_duplicates']} of the {blocks['n']} held-out frames" in WORDS


def test_no_other_share_stands_in_the_readme() -> None:
    """A percentage typed in by hand would stand here unmeasured."""
    allowed = {"95 %"}  # how wide the intervals are
    for metrics in (EMBEDDED / METRICS, *RUNS, *FIVE_LETTERS, *ALL_LETTERS):
        allowed |= shares(json.loads(metrics.read_text()))
    for entry in PUBLISHED:
        allowed |= percentages(published_row(entry))
    assert percentages(README) <= allowed


def percentages(text: str) -> set[str]:
    return set(re.findall(r"\d+(?:\.\d+)?\s?%", text))


def shares(metrics: dict[str, Any]) -> set[str]:
    """The figures of whole splits and of sources, with their intervals; not those of letters and
    bins, which are so many that any number would be among them."""
    splits = list(metrics["splits"].values())
    found = [metrics.get("not_hands", {}), metrics.get("mirrored", {})]
    found += [metrics.get("calibration", {}).get("without_biases", {})]
    for split in splits:
        found += [
            {k: v for k, v in split.items() if k not in NOT_SHOWN},
            *split["sources"].values(),
        ]
    numbers = [v for part in found for v in part.values()]
    flat = [x for v in numbers for x in (v if isinstance(v, list) else [v])]
    return {f"{x:.1%}" for x in flat if isinstance(x, float)}


NOT_SHOWN = ("letters", "coverage", "calibration", "sources", "clusters")


def test_the_embedded_card_is_the_one_its_metrics_give() -> None:
    measured = json.loads((EMBEDDED / METRICS).read_text())
    card = (EMBEDDED / "README.md").read_text("utf-8")
    assert card == write_card(load_bundle())
    matter = metadata_load(EMBEDDED / "README.md")
    assert matter is not None
    assert matter["library_name"] == "timm"
    results = {
        result["dataset"]["name"]: result["metrics"][0]["value"]
        for result in matter["model-index"][0]["results"]
    }
    splits = measured["splits"]
    assert results == {SPLITS[name]: split["top1"] for name, split in splits.items()}
    assert "Apache-2.0" in card  # the licences of what it was made from
