"""The model card, written from what was measured."""

from typing import Any

from huggingface_hub import EvalResult, ModelCardData

from asl_model.alphabet import MOVING
from asl_model.bundle import CURVES, Bundle
from asl_model.handshape_pairs import pairs
from train.data.splits import PART_OF_SPLIT
from train.notes import parted

SPLITS = {
    "held_out_blocks": "Held-out frames of people and rooms it was trained on",
    "held_out_sources": "Sources (people and rooms) that were held out whole",
    "unseen_people": "People, cameras and rooms it was never trained on (letters A to Z)",
    "random_frames": (
        "Frames drawn at random from the videos it was trained on, whose neighbours it has seen"
    ),
    "val": "Held-out frames used while training",
}
"""What each split of metrics.json holds, in words."""

PLACE = "OWNER/NAME"
"""Stands in the card for the repository, whose name only `train.commands.push` knows."""

_TEXT = """
# Letters of the American manual alphabet ({architecture})

Reads the static handshapes of the American manual alphabet from one picture. It is not a
translator of American Sign Language, which is a language with its own grammar.

    model = timm.create_model("hf-hub:{place}", pretrained=True)

The classes are {classes}. Input: RGB, {size} x {size} pixels. The probabilities are calibrated: the
temperature ({temperature:.2f}) is part of the last layer{biases}.
{looks}
## Figures

{figures}

Each source counts the same, however many pictures it has. In brackets is what to expect in 95 of
100 cases (bootstrap): {intervals}. Below a probability of {threshold:.2f} the answer is 'not sure'.
That threshold, and what is in the last layer, were chosen on the split `{chosen_on}`; the figures
of that split itself are {how_chosen}.
{mirrored}{not_hands}
## Intended use

For play and practice, and to learn how such a model is made and measured. Not for interpreting, not
for judging anyone's signing, and not where a wrong letter does harm.

## Limits

- It knows handshapes of the manual alphabet, which is a small part of how signed languages are
  written down or spelled; it knows nothing of American Sign Language itself.
{moving}- People differ from one another more than frames of one person do: expect the figure on
  people it was never trained on, and a wide range around it.
- A picture without a hand can be taken for a letter; how often is measured above, if it was.

## Training

Trained on: {sources}. Took {minutes:.0f} minutes:

    {command}

![Loss and accuracy of each epoch]({curves})

{notes}
"""


_LOOKS = {
    1: "",
    2: "\n`Recognizer` looks at each picture twice, whole and again closer and mirrored; the logits"
    "\nare averaged. All figures here are of that; plain timm answers by the first look alone.\n",
}

_SHARING = """
Letters that the same fingers form, {pairs}, give each other {share:.1%} of
their probability in `Recognizer`, a fixed share: strangers turn such a hand otherwise than people
it knows. All figures here are of that; plain timm does not do it.
"""

_DRAWN = {"source": "with other people and rooms", "run": "on other frames of these same people"}

_HOW_CHOSEN = {
    True: "of each source under what the *other* sources choose",
    False: "under its own choice, which flatters them a little",
}


def write_card(bundle: Bundle) -> str:
    """Returns the text of README.md: metadata for the Hub, then what a reader should know.

    Raises:
        TrainError: the notes begin with what is no front matter.
    """
    metrics, training = bundle.metrics, bundle.metrics["training"]
    matter, notes = parted(training["notes"])
    figures = "\n\n".join(
        f"{SPLITS[name]}: {in_words(split)}.{_near_copies(name, split, training)}\n\n{table(split)}"
        for name, split in metrics["splits"].items()
    )
    text = _TEXT.format(
        place=PLACE,
        looks=_LOOKS[bundle.looks] + _sharing(bundle),
        architecture=training["settings"]["backbone"],
        classes=", ".join(bundle.label_names),
        size=bundle.preprocessing.size[-1],
        temperature=metrics["calibration"]["temperature"],
        biases=_biases(metrics["calibration"]),
        figures=figures,
        intervals="; ".join(
            f"{_DRAWN[split['clusters']['kind']]} (`{name}`, {split['clusters']['n']} drawn)"
            for name, split in metrics["splits"].items()
        ),
        how_chosen=_HOW_CHOSEN[metrics["calibration"]["cross_fitted"]],
        threshold=bundle.threshold,
        chosen_on=metrics["calibration"]["chosen_on"],
        mirrored=mirrored_in_words(metrics),
        not_hands=_not_hands(metrics),
        moving="".join(f"- {MOVING[n]}\n" for n in bundle.label_names if n in MOVING),
        sources=", ".join(training["sources"]),
        minutes=training["minutes"],
        curves=CURVES,
        notes=notes,
        command=training["command"],
    )
    return f"---\n{_metadata(metrics, matter).to_yaml()}\n---\n{text}"


def _sharing(bundle: Bundle) -> str:
    found = pairs(bundle.label_names)
    if not (bundle.sharing and found):
        return ""
    named = ", ".join(" and ".join(pair) for pair in found)
    return _SHARING.format(pairs=named, share=bundle.sharing.share)


def _biases(calibration: dict[str, Any]) -> str:
    if not any(calibration.get("biases", {}).values()):
        return ""
    plain = calibration["without_biases"]
    return (
        ", and so is a bias for each letter:\nletters that people form in many ways are read too "
        f"seldom without it (top-1 {plain['top1']:.1%}, top-3\n{plain['top3']:.1%} on "
        f"`{calibration['chosen_on']}`)"
    )


def in_words(split: dict[str, Any]) -> str:
    """The figures of one split with their intervals, as part of a sentence."""

    def share(name: str) -> str:
        low, high = split[f"{name}_interval"]
        return f"{split[name]:.1%}" + (f" ({low:.1%} to {high:.1%})" if low is not None else "")

    return (
        f"top-1 {share('top1')}, top-3 {share('top3')}, macro-F1 {share('macro_f1')}, "
        f"calibration error (ECE) {split['calibration']['ece']:.3f}, n={split['n']}"
    )


def table(split: dict[str, Any]) -> str:
    """A Markdown table of one split's figures: a row a source, then all of them alike."""
    rows = ["| source | pictures | top-1 | top-3 | answered | right when answered |"]
    rows.append("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, figures in (*split["sources"].items(), ("**each source alike**", split)):
        shares = (figures[key] for key in ("top1", "top3", "answered", "right_when_answered"))
        shown = " | ".join("-" if s is None else f"{s:.1%}" for s in shares)
        rows.append(f"| {name} | {figures['n']} | {shown} |")
    return "\n".join(rows)


def _near_copies(name: str, split: dict[str, Any], training: dict[str, Any]) -> str:
    """How many of the pictures look like one that was trained on, as far as it is known."""
    count = training.get("split", {}).get(PART_OF_SPLIT[name], {}).get("near_duplicates")
    if count is None:
        return ""
    return f" {count} of them ({count / split['n']:.1%}) are near-copies of one trained on."


def mirrored_in_words(metrics: dict[str, Any]) -> str:
    """What mirror images of the people never seen gave, as a paragraph; empty if unmeasured."""
    found = metrics.get("mirrored")
    if not found:
        return ""
    return (
        f"\nWith left and right in each other's place, the same people never seen: top-1 "
        f"{found['top1']:.1%} (n={found['n']}).\n"
    )


def _not_hands(metrics: dict[str, Any]) -> str:
    found = metrics.get("not_hands")
    if not found:
        return ""
    low, high = found["letter_claimed_interval"]
    return (
        f"\nOf {found['n']} pictures without a hand sign it claims a letter on "
        f"{found['letter_claimed']:.1%} ({low:.1%} to {high:.1%}).\n"
    )


def _metadata(metrics: dict[str, Any], matter: dict[str, Any]) -> ModelCardData:
    base = metrics["training"].get("base_model")
    given = {"base_model": base} if base else {}
    return ModelCardData(
        library_name="timm",
        pipeline_tag="image-classification",
        tags=["image-classification", "timm", "american-manual-alphabet"],
        model_name="letters of the American manual alphabet",
        eval_results=[
            EvalResult(
                task_type="image-classification",
                dataset_type="imagefolder",
                dataset_name=SPLITS[name],
                dataset_split=name,  # results of one split are merged into one entry
                metric_type="accuracy",
                metric_name=f"top-1, mean over {len(split['sources'])} sources, n={split['n']}",
                metric_value=split["top1"],
            )
            for name, split in metrics["splits"].items()
        ],
        **(given | matter),
    )
