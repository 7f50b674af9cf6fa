"""The model card, written from what was measured."""

from typing import Any

from huggingface_hub import EvalResult, ModelCardData

from asl_model.bundle import CURVES, Bundle

SPLITS = {
    "held_out_blocks": "Held-out frames of people and rooms it was trained on",
    "unseen_people": "People, cameras and rooms it was never trained on (letters A to Z)",
    "random_frames": (
        "Frames drawn at random from the videos it was trained on, whose neighbours it has seen"
    ),
    "val": "Held-out frames used while training",
}
"""What each split of metrics.json holds, in words."""

_TEXT = """
# Letters of the American manual alphabet ({architecture})

Reads the static handshapes of the American manual alphabet from one picture. It is not a
translator of American Sign Language, which is a language with its own grammar.

    model = timm.create_model("hf-hub:OWNER/NAME", pretrained=True)

The classes are {classes}. Input: RGB, {size} x {size} pixels.

## Figures

{figures}

Means over the sources, in which each counts the same. Below a probability of {threshold:.2f} the
answer is 'not sure'; that threshold was chosen on the split `{chosen_on}`, so the last two columns
of that split flatter the model a little.

## Training

Trained on: {sources}. Took {minutes:.0f} minutes:

    {command}

![Loss and accuracy of each epoch]({curves})

{notes}

## Limits

- J and Z are motions: a still picture shows one moment of them at best.
- For play and practice. Not for interpreting, and not where a wrong letter does harm.
"""


def write_card(bundle: Bundle) -> str:
    """Returns the text of README.md: metadata for the Hub, then what a reader should know."""
    metrics, training = bundle.metrics, bundle.metrics["training"]
    figures = "\n\n".join(
        f"{SPLITS[name]}:\n\n{table(split)}" for name, split in metrics["splits"].items()
    )
    text = _TEXT.format(
        architecture=training["settings"]["backbone"],
        classes=", ".join(bundle.label_names),
        size=bundle.model.pretrained_cfg["input_size"][-1],
        figures=figures,
        threshold=bundle.threshold,
        chosen_on=metrics["threshold"]["chosen_on"],
        sources=", ".join(training["sources"]),
        minutes=training["minutes"],
        curves=CURVES,
        notes=training["notes"],
        command=training["command"],
    )
    return f"---\n{_metadata(metrics).to_yaml()}\n---\n{text}"


def table(split: dict[str, Any]) -> str:
    """A Markdown table of one split's figures: a row a source, then their mean."""
    rows = ["| source | pictures | top-1 | top-3 | answered | right when answered |"]
    rows.append("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, figures in (*split["sources"].items(), ("**mean of sources**", split)):
        shares = (figures[key] for key in ("top1", "top3", "answered", "right_when_answered"))
        rows.append(f"| {name} | {figures['n']} | " + " | ".join(f"{s:.1%}" for s in shares) + " |")
    return "\n".join(rows)


def _metadata(metrics: dict[str, Any]) -> ModelCardData:
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
    )
