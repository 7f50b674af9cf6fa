"""A Hugging Face Hub for tests, on loopback: see `tests.hub.server.Hub`."""

from tests.hub.reading import OWNER, TOKEN
from tests.hub.repository import Repository
from tests.hub.server import Hub

__all__ = ["OWNER", "TOKEN", "Hub", "Repository"]
