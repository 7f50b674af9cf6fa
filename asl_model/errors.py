"""What this package raises, beside `ImageError`."""


class BundleError(RuntimeError):
    """A model cannot be had from where it was asked for; the message says why and what to do."""


class ModelNotFoundError(BundleError):
    """The Hub shows no model of that name to whoever asks."""
