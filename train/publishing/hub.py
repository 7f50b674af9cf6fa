"""Why the Hub did not take an upload, in one sentence that says what to do."""

from huggingface_hub.errors import (
    HTTPError,
    LocalTokenNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from asl_model.hub_errors import http_error, is_busy, status_of

NOT_LOGGED_IN = (
    "The Hub does not know you: log in with `hf auth login`, or set HF_TOKEN to a token with write "
    "access (https://huggingface.co/settings/tokens)."
)


def explain(repo_id: str, error: Exception) -> str:
    """One sentence for any error of the Hub's client while it writes."""
    status, answer = status_of(error), http_error(error)
    if isinstance(answer, RepositoryNotFoundError):
        return (
            f"The Hub has no '{repo_id}', or does not show it to you. Check the name; if it is "
            "private, log in with `hf auth login` or set HF_TOKEN."
        )
    if isinstance(answer, RevisionNotFoundError):
        return f"'{repo_id}' has no such revision. Check what stands after the @."
    if isinstance(error, LocalTokenNotFoundError) or status == 401:
        return NOT_LOGGED_IN
    if status == 403:
        return (
            f"Your token may not write to '{repo_id}'. Give it write access to that owner, push to "
            "your own name, or propose the upload by --create-pr."
        )
    if is_busy(error):
        return f"The Hub answers {status} for '{repo_id}'. Try again later."
    if status:
        return f"The Hub refuses '{repo_id}' ({status}): {answer.server_message or answer}."
    kind = type(error).__name__
    if isinstance(error, HTTPError | OSError):
        return f"The Hub cannot be reached ({kind})."
    return f"The upload to '{repo_id}' failed ({kind}: {error})."
