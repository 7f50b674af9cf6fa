"""Reads the static handshapes of the American manual alphabet from pictures."""

from asl_model.alphabet import CLASSES
from asl_model.bundle import BundleError
from asl_model.images import ImageError
from asl_model.recognizer import Prediction, Recognizer

__all__ = ["CLASSES", "BundleError", "ImageError", "Prediction", "Recognizer"]
