"""A Hugging Face Hub for tests, on loopback: see `tests.helpers.hub.server.Hub`."""

from tests.helpers.hub.reading import OWNER, TOKEN
from tests.helpers.hub.repository import Repository
from tests.helpers.hub.server import Hub

__all__ = ["OWNER", "TOKEN", "Hub", "Repository"]
