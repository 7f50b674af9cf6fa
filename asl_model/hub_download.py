"""Downloads bundles from the Hugging Face Hub into the Hub's cache on this machine."""

import re
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import tenacity

from asl_model.errors import BundleError, ModelNotFoundError
from asl_model.hub_errors import download_error, http_error, is_absent, is_busy, status_of

_PART = r"[A-Za-z0-9][\w.-]*"
REPO_ID = re.compile(rf"{_PART}/{_PART}", re.ASCII)
"""'owner/name'."""

REVISION = re.compile(r"[\w./-]+", re.ASCII)
"""A branch, a tag, a pull request's 'refs/pr/1', or a commit."""

HUB_ID = re.compile(rf"{REPO_ID.pattern}(@{REVISION.pattern})?", re.ASCII)
"""'owner/name' or 'owner/name@revision'."""


def _say(attempt: tenacity.RetryCallState) -> None:
    status = status_of(attempt.outcome.exception()) if attempt.outcome else 0
    print(
        f"The Hub answers {status}; retrying in {attempt.upcoming_sleep:.0f} s.",
        file=sys.stderr,
    )


# tenacity: the usual library for retries, with this one purpose and without dependencies.
with_retries = tenacity.Retrying(
    retry=tenacity.retry_if_exception(is_busy),
    wait=tenacity.wait_random_exponential(multiplier=1, max=8),
    stop=tenacity.stop_after_attempt(4),
    before_sleep=_say,
    reraise=True,
)
"""Calls a function, up to four times if the Hub is busy or down (429, 5xx). The Hub's own client
retries downloads of files, but not lists of files or writes."""


def download(hub_id: str, files: Sequence[str]) -> tuple[Path, str]:
    """Downloads files of a model into the local cache, or finds them there.

    Retries if the Hub is busy, which can take a minute. A partial download is never used. Progress
    is shown on standard error.

    Args:
        hub_id: see HUB_ID; without a revision, the newest commit on the main branch.
        files: the only names to download: no pickles, no optimizer states.

    Returns:
        The folder with those files that the model has, and the commit.

    Raises:
        ModelNotFoundError: the Hub has no such model, or does not show it.
        BundleError: the model cannot be downloaded; the message says why and what to do.
    """
    try:
        folder = _snapshot(hub_id, files)
        _check_contents(hub_id, folder, files)
    except BundleError:
        raise
    except Exception as error:  # from the Hub's client, httpx or the disk
        kind = ModelNotFoundError if is_absent(error) else BundleError
        raise kind(download_error(hub_id, error)) from None
    return folder, folder.name


def file_names(hub_id: str) -> list[str]:
    """Returns the names of all files of a model; empty if the Hub does not answer."""
    from huggingface_hub import HfApi

    repo_id, _, revision = hub_id.partition("@")
    try:
        return HfApi().list_repo_files(repo_id, revision=revision or None)
    except Exception:  # offline or deleted; the names only improve an error message
        return []


def _snapshot(hub_id: str, files: Sequence[str]) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError

    repo_id, _, revision = hub_id.partition("@")

    fetch = partial(
        snapshot_download, repo_id, revision=revision or None, allow_patterns=list(files)
    )
    try:
        return Path(with_retries(fetch))
    except HFValidationError:
        raise
    except Exception as error:
        if http_error(error):
            raise  # the Hub answered: its error counts, not the cache
        try:  # no connection, or a login page: a complete copy in the cache is enough
            return Path(fetch(local_files_only=True))
        except Exception:
            raise error from None


def _check_contents(hub_id: str, folder: Path, files: Sequence[str]) -> None:
    """Compares each file with the Hub's checksum, which is the name of its blob in the cache.

    The checksum is SHA-256 for large files and git's own SHA-1 for small ones. The blob may itself
    be a link, into a store that several models share. A file that differs is removed from all three
    places, so that the next start downloads it again.
    """
    from huggingface_hub.utils.sha import git_hash, sha_fileobj

    for file in (folder / name for name in files):
        if not file.is_symlink():
            continue  # not in the model, or copied on a file system without links
        blob = file.parent / file.readlink()
        with blob.open("rb") as content:
            large = len(blob.name) == 64
            checksum = sha_fileobj(content).hex() if large else git_hash(content.read())
        if checksum != blob.name:
            for place in (blob.resolve(), blob, file):
                place.unlink(missing_ok=True)
            raise BundleError(
                f"The file {file.name} of '{hub_id}' is damaged: its checksum is not the Hub's. It "
                "was removed from the cache; restart to download it again."
            )
