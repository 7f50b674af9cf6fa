"""The one error that a user of the training program can mend."""


class TrainError(Exception):
    """A mistake in what was asked for; printed as one line, without a traceback."""
