"""Lists the pictures of a folder, of Kaggle or of the Hub, always through `datasets`."""

import re
from collections.abc import Sequence
from pathlib import Path

import datasets

from train.data.columns import check_known, sort_frames, to_project_columns
from train.data.folders import load_root, source_name
from train.errors import TrainError

KAGGLE, HUB = "kaggle:", "hf:"
"""Prefixes of a source on Kaggle and on the Hub. A source without a prefix is a folder."""


def load_source(source: str | Path, classes: Sequence[str] = ()) -> datasets.Dataset:
    """Lists the pictures of one source without decoding them.

    Args:
        source: a folder that holds class folders (`A` .. `Z`, `del`, `nothing`, `space`, in any
            letter case), directly or deeper; 'kaggle:owner/name'; or 'hf:owner/name@revision', a
            data set on the Hugging Face Hub with a column of images and one of labels.
        classes: the classes to keep. If empty, folders or labels that are not known classes are an
            error. Otherwise they are left out.

    Returns:
        Columns `image` (not decoded), `label` (index in CLASSES) and `source` (a name).

    Raises:
        TrainError: the source cannot be loaded, or does not show the manual alphabet. The message
            says what to do.
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
    return load_root(Path(source), source_name([root.name]) or root.parent.name, classes)


def _download_from_kaggle(handle: str) -> Path:
    if not re.fullmatch(r"[\w-]+/[\w-]+(/versions/\d+)?", handle):
        raise TrainError(
            f"'{handle}' is not the name of a Kaggle data set. Write {KAGGLE}owner/name."
        )
    import kagglehub  # imported here because it takes a second

    try:
        return Path(kagglehub.dataset_download(handle))  # shows a bar and resumes downloads
    except Exception as error:  # a dozen types, of requests, zipfile and kagglehub
        reason = " ".join(str(error).split()) or type(error).__name__
        raise TrainError(
            f"Cannot download the Kaggle data set '{handle}': {reason} Check the name and the "
            "connection, or download it by hand and give its folder."
        ) from None


def _load_from_hub(name: str, classes: Sequence[str]) -> datasets.Dataset:
    repo_id, _, revision = name.partition("@")
    try:
        parts = datasets.load_dataset(repo_id, revision=revision or None)
    except Exception as error:  # missing, private, gated, no network, not a data set ...
        reason = " ".join(str(error).split())
        raise TrainError(
            f"Cannot load the data set '{name}' from the Hub: {reason} Check the name and the "
            "connection. If it is private or gated, log in with `hf auth login`."
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
    check_known(f"The data set '{name}' has labels", names, classes)
    listed = to_project_columns(listed, pictures[0], labels[0], names, repo_id, classes)
    return sort_frames(listed)
