"""Turns errors of the Hugging Face Hub into one sentence that says what to do."""

from typing import Any

_LOG_IN = "for a private or gated model, log in with `hf auth login` or set HF_TOKEN"


def http_error(error: BaseException | None) -> Any:
    """Returns the Hub's HTTP error in an error or its causes; None if the Hub did not answer."""
    from huggingface_hub.errors import HfHubHTTPError

    while error is not None:
        if isinstance(error, HfHubHTTPError) and error.response is not None:
            return error
        error = error.__cause__ or error.__context__
    return None


def status_of(error: BaseException | None) -> int:
    """Returns the HTTP status behind an error; 0 if the Hub did not answer."""
    answer = http_error(error)
    return answer.response.status_code if answer else 0


def is_busy(error: BaseException | None) -> bool:
    """Whether the Hub is busy or down (429, 5xx), so that a retry may succeed."""
    return status_of(error) == 429 or status_of(error) >= 500


def is_absent(error: BaseException) -> bool:
    """Whether the Hub has no such model, or does not show it."""
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    answer = http_error(error)
    return isinstance(answer, RepositoryNotFoundError) and not isinstance(answer, GatedRepoError)


def download_error(hub_id: str, error: BaseException) -> str:
    """Says why a model could not be downloaded, and what to do."""
    from huggingface_hub import errors

    repo_id, _, revision = hub_id.partition("@")
    name = f"The model '{hub_id}'"
    status = status_of(error)
    match http_error(error) or error:
        case errors.GatedRepoError():
            return (
                f"{name} is gated: its owner decides who may have it. Ask for access on its page, "
                "then log in with `hf auth login` or set HF_TOKEN."
            )
        case errors.RepositoryNotFoundError():
            return (
                f"The Hub has no model '{repo_id}', or does not show it, and there is no such "
                f"folder. Check the name; {_LOG_IN}."
            )
        case errors.RevisionNotFoundError():
            return (
                f"The model '{repo_id}' has no revision '{revision}'. Give one of its tags, "
                "branches or full commit ids, or leave out '@...' for the newest."
            )
        case errors.HFValidationError():
            return f"'{hub_id}' is not a valid name on the Hub: {error}"
        case errors.HfHubHTTPError() if status in (401, 403):
            return f"The Hub refuses the model '{hub_id}' ({status}). Check the token; {_LOG_IN}."
        case errors.HfHubHTTPError():
            return f"{name} cannot be downloaded now: the Hub answers {status}. Try again later."
        case errors.IncompleteSnapshotError():
            return (
                f"{name} is only partly in the cache, and the Hub cannot be reached to download "
                "the rest. Connect once, or give a folder instead."
            )
        case errors.LocalEntryNotFoundError():
            return (
                f"{name} is not in the local cache and the Hub cannot be reached. Connect once to "
                "download it, or give a folder instead."
            )
        case OSError(errno=int(), strerror=why, filename=file):
            where = f" ({file})" if file else ""
            return f"{name} cannot be stored in the cache: {why}{where}."
    kind = type(error).__name__
    return f"{name} could not be downloaded completely ({kind}). Try again."
