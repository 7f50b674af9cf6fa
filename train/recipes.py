"""Named sets of settings: the one that this project recommends, and that of the article."""

from dataclasses import fields
from typing import Any

from train.errors import TrainError
from train.settings import Settings, checked_settings

RECIPES = {
    # Chosen on people never trained on (docs/experiments/five-letters.md).
    "default": Settings(model_args={"mlp_ratio": 0.125, "drop_rate": 0.5}, views=1),
    # Transfer learning as in most tutorials: Flatten, Dense 8192 ReLU, Dropout 0.8, Dense 4096
    # ReLU, Dropout 0.5, Dense softmax on a frozen VGG16. Keras initialises dense layers by Glorot's
    # rule (Glorot and Bengio 2010).
    "article": Settings(
        classes=("A", "B", "C", "D", "E"),
        split="random",
        model_args={"mlp_ratio": 2.0},
        dropouts={"pre_logits.drop": 0.8, "head.drop": 0.5},
        initialisation="glorot",
        input_size=224,
        standardise=False,
        views=0,
        epochs=15,
        batch_size=32,
        optimizer="sgd",
        schedule="constant",
        learning_rate=1e-3,
        weight_decay=0.0,
        label_smoothing=0.0,
        clip_norm=0.0,
        balance=1.0,
        keep_checkpoints=0,
    ),
}


def settings_for(recipe: str, *changes: dict[str, Any]) -> Settings:
    """Returns a recipe with some settings changed; later changes win, None changes nothing.

    A recipe's head (`model_args`, `dropouts`) fits only its backbone's family: ResNet has no
    `mlp_ratio`. A backbone of another family gets that family's own head.

    Raises:
        TrainError: the recipe does not exist, or a setting has a value that is not possible.
    """
    if recipe not in RECIPES:
        raise TrainError(f"No recipe '{recipe}'. There are: {', '.join(RECIPES)}.")
    settings = RECIPES[recipe]
    merged: dict[str, Any] = {f.name: getattr(settings, f.name) for f in fields(Settings)}
    given = [{k: v for k, v in change.items() if v is not None} for change in changes]
    backbone = next((c["backbone"] for c in reversed(given) if "backbone" in c), settings.backbone)
    if not same_family(backbone, settings.backbone):
        merged |= {"model_args": {}, "dropouts": {}}
    for change in given:
        for name in ("model_args", "dropouts"):
            if name in change:
                change[name] = {**merged[name], **change[name]}
        merged |= change
    return checked_settings(merged)


def same_family(one: str, other: str) -> bool:
    """Whether timm builds both models in the same module, as it does for VGG16 and VGG19."""
    if one == other:
        return True
    import timm  # takes seconds: imported late, so that option errors come fast

    if not (timm.is_model(one) and timm.is_model(other)):
        return False
    return timm.model_entrypoint(one).__module__ == timm.model_entrypoint(other).__module__
