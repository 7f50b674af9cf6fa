"""Asks a running demo for a letter, as a stranger's script would, and checks the answer."""

import os
import sys
import tempfile
from pathlib import Path

from gradio_client import Client, handle_file
from PIL import Image

photo = Path(tempfile.mkdtemp()) / "picture.png"
Image.new("RGB", (64, 48), "peru").save(photo)
if "ASL_DATA" in os.environ:  # a person the model never saw
    photo = sorted((Path(os.environ["ASL_DATA"]) / "dev" / "redhand" / "B").iterdir())[0]
answer = Client(sys.argv[1], verbose=False).predict(handle_file(photo), api_name="/predict")
print(f"{photo.parent.name}/{photo.name}: {answer}")
confidences = [row["confidence"] for row in answer["confidences"]]
assert answer["label"] == answer["confidences"][0]["label"]
assert len(confidences) == 5
assert confidences == sorted(confidences, reverse=True)
