"""What all uploads to the Hugging Face Hub share: checks, and error messages."""

from collections.abc import Iterator
from contextlib import contextmanager

from huggingface_hub import CommitOperationAdd, HfApi
from huggingface_hub.errors import (
    HTTPError,
    LocalTokenNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from asl_model.hub_download import REPO_ID, with_retries
from asl_model.hub_errors import http_error, is_busy, status_of
from train.errors import TrainError

NOT_LOGGED_IN = (
    "The Hub does not know you: log in with `hf auth login`, or set HF_TOKEN to a token with write "
    "access (https://huggingface.co/settings/tokens)."
)


def print_files(operations: list[CommitOperationAdd]) -> None:
    """Prints the files of an upload and their sizes."""
    for operation in operations:
        print(f"{operation.upload_info.size:>12,} bytes  {operation.path_in_repo}")


def check_name(repo_id: str) -> None:
    """Raises TrainError if `repo_id` is not of the form 'owner/name'."""
    if not REPO_ID.fullmatch(repo_id):
        raise TrainError(f"'{repo_id}' is not of the form owner/name.")


def check_access(repo_id: str) -> None:
    """Raises TrainError if `repo_id` cannot be pushed to; meant to be called before a training."""
    check_name(repo_id)
    with readable_errors(repo_id):
        known = with_retries(HfApi().whoami)
    owners = {known["name"], *(group["name"] for group in known.get("orgs", []))}
    role = known.get("auth", {}).get("accessToken", {}).get("role")
    if role == "read":
        raise TrainError("Your token is read-only. Set HF_TOKEN to one with write access.")
    if repo_id.partition("/")[0] not in owners:
        raise TrainError(
            f"You are {known['name']} on the Hub, and '{repo_id}' is someone else's. Push to "
            f"'{known['name']}/...', or train without --push and then use `push --create-pr`."
        )


def create_repo(hub: HfApi, repo_id: str, private: bool, repo_type: str) -> None:
    """Creates a repository if it does not exist.

    Raises:
        TrainError: `private` is asked for, but the repository exists and is public.
    """
    sdk = "gradio" if repo_type == "space" else None
    with_retries(
        hub.create_repo,
        repo_id,
        private=private or None,
        repo_type=repo_type,
        space_sdk=sdk,
        exist_ok=True,
    )
    if private and not hub.repo_info(repo_id, repo_type=repo_type).private:
        raise TrainError(
            f"'{repo_id}' exists and is public. Make it private in its settings, or leave out "
            "--private."
        )


@contextmanager
def readable_errors(repo_id: str, done: str = "Nothing was uploaded.") -> Iterator[None]:
    """Turns any error of the Hub's client into one line that says what to do.

    Args:
        repo_id: the repository that the error is about.
        done: a sentence on what has been done so far.
    """
    try:
        yield
    except TrainError:
        raise
    except Exception as error:  # errors of the Hub and httpx have no common class
        raise TrainError(f"{upload_error(repo_id, error)} {done}") from None


def upload_error(repo_id: str, error: Exception) -> str:
    """Returns one sentence on any error of the Hub's client during an upload."""
    status, answer = status_of(error), http_error(error)
    if isinstance(answer, RepositoryNotFoundError):
        return (
            f"The Hub has no '{repo_id}', or does not show it to you. Check the name; if it is "
            "private, log in with `hf auth login` or set HF_TOKEN."
        )
    if isinstance(answer, RevisionNotFoundError):
        return f"'{repo_id}' has no such revision. Check the part after the @."
    if isinstance(error, LocalTokenNotFoundError) or status == 401:
        return NOT_LOGGED_IN
    if status == 403:
        return (
            f"Your token may not write to '{repo_id}'. Give it write access to that owner, push to "
            "your own name, or propose the upload with --create-pr."
        )
    if is_busy(error):
        return f"The Hub answers {status} for '{repo_id}'. Try again later."
    if status:
        return f"The Hub refuses '{repo_id}' ({status}): {answer.server_message or answer}."
    kind = type(error).__name__
    if isinstance(error, HTTPError | OSError):
        return f"The Hub cannot be reached ({kind})."
    return f"The upload to '{repo_id}' failed ({kind}: {error})."
