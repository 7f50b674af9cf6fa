"""Serves the demo with a model that computes nothing, to measure what Gradio itself costs."""

from typing import Any

from asl_model import Prediction, Recognizer
from asl_model.demo.gradio_guards.fast_import import import_gradio


class Nothing(Recognizer):
    """Returns the same answer at once, without opening the picture."""

    def __call__(self, image: Any) -> Prediction:
        names = self.bundle.label_names
        return Prediction(names, (1.0,) + (0.0,) * (len(names) - 1), 0.5)


def main() -> None:
    """Serves the demo with this model, as `app.py` does."""
    folder = import_gradio()
    from asl_model.demo.page import build
    from asl_model.demo.server import launch

    launch(build(Nothing.load()), folder)


if __name__ == "__main__":
    main()
