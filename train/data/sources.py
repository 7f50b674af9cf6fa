"""Where pictures come from: folders of class folders, Kaggle, the Hub. All through `datasets`."""

import re
from collections.abc import Sequence
from pathlib import Path

import datasets

from train.data.columns import in_order, in_our_columns, refuse_unknown
from train.data.folders import load_root, person
from train.errors import TrainError

KAGGLE, HUB = "kaggle:", "hf:"
"""What a source on Kaggle and on the Hub begins with; anything else is a folder."""


def load_source(source: str | Path, classes: Sequence[str] = ()) -> datasets.Dataset:
    """Lists the pictures of one source without decoding them.

    Args:
        source: a folder that holds class folders (`A` .. `Z`, `del`, `nothing`, `space`, in any
            letter case), directly or deeper; 'kaggle:owner/name'; or 'hf:owner/name@revision', a
            data set on the Hugging Face Hub with a column of pictures and one of labels.
        classes: the classes wanted. Without them, folders or labels that are no known classes are
            an error; with them, they are left out.

    Returns:
        Columns `image` (undecoded), `label` (its number in CLASSES) and `source` (a name).

    Raises:
        TrainError: it cannot be had, or what is in it is no alphabet; the message says what to do.
    """
    text = str(source)
    if text.startswith(KAGGLE):
        handle = text.removeprefix(KAGGLE)
        return load_root(_download_from_kaggle(handle), handle.split("/")[1], classes)
    if text.startswith(HUB):
        return _load_from_hub(text.removeprefix(HUB), classes)
    if not Path(source).is_dir():
        hint = f" If it is a data set, write {KAGGLE}{text} or {HUB}{text}." if "/" in text else ""
        raise TrainError(
            f"No folder '{text}'. Give the folder that holds the class folders A, B, C ...{hint}"
        )
    root = Path(source).resolve()
    return load_root(Path(source), person([root.name]) or root.parent.name, classes)


def _download_from_kaggle(handle: str) -> Path:
    if not re.fullmatch(r"[\w-]+/[\w-]+(/versions/\d+)?", handle):
        raise TrainError(f"'{handle}' is no Kaggle data set; write {KAGGLE}owner/name.")
    import kagglehub  # takes a second, and only this needs it

    try:
        return Path(kagglehub.dataset_download(handle))  # shows its progress, goes on where it was
    except Exception as error:  # a dozen kinds, of requests, zipfile and kagglehub's own
        reason = " ".join(str(error).split()) or type(error).__name__
        raise TrainError(
            f"Kaggle does not give the data set '{handle}': {reason} Check the name and the "
            "connection, or download it by hand and give its folder."
        ) from None


def _load_from_hub(name: str, classes: Sequence[str]) -> datasets.Dataset:
    repo_id, _, revision = name.partition("@")
    try:
        parts = datasets.load_dataset(repo_id, revision=revision or None)
    except Exception as error:  # absent, private, gated, no network, no data set ...
        reason = " ".join(str(error).split())
        raise TrainError(
            f"The Hub does not give the data set '{name}': {reason} Check the name and the "
            "connection; for a private or gated one log in with `hf auth login`."
        ) from None
    listed = datasets.concatenate_datasets(list(parts.values()))
    pictures = [n for n, kind in listed.features.items() if isinstance(kind, datasets.Image)]
    labels = [n for n, kind in listed.features.items() if isinstance(kind, datasets.ClassLabel)]
    if not pictures or not labels:
        lacks = "labels (a ClassLabel)" if pictures else "pictures"
        raise TrainError(
            f"The data set '{name}' has no column of {lacks}; its columns are "
            f"{', '.join(listed.column_names)}."
        )
    names = listed.features[labels[0]].names
    refuse_unknown(f"The data set '{name}' has labels", names, classes)
    listed = in_our_columns(listed, pictures[0], labels[0], names, repo_id, classes)
    return in_order(listed)
