"""The demo around a model that computes nothing and opens no picture: what Gradio itself costs."""

from typing import Any

import app
from asl_model import Prediction, Recognizer


class Nothing(Recognizer):
    """Answers the same at once."""

    def __call__(self, image: Any) -> Prediction:
        names = self.bundle.label_names
        return Prediction(names, (1.0,) + (0.0,) * (len(names) - 1), 0.5)


if __name__ == "__main__":
    app.launch(app.build(Nothing.load()))
