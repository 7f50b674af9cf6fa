"""The errors of this package, except `ImageError`."""


class BundleError(RuntimeError):
    """A model cannot be loaded; the message says why and what to do."""


class ModelNotFoundError(BundleError):
    """The Hub has no model of this name, or does not show it to this user."""
