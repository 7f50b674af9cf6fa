"""Asks a running demo for letters, as a stranger's script would, and checks the answers."""

import os
import sys
import tempfile
from pathlib import Path

from gradio_client import Client, handle_file
from PIL import Image

client = Client(sys.argv[1], verbose=False)
if "ASL_DATA" in os.environ:  # people the model never saw: an easy letter, one picture of each
    folders = sorted(Path(os.environ["ASL_DATA"]).glob("dev/*/B"))
    photos = [sorted(folder.iterdir())[0] for folder in folders]
else:
    photos = [Path(tempfile.mkdtemp()) / "picture.png"]
    Image.new("RGB", (64, 48), "peru").save(photos[0])
right = 0
for photo in photos:
    answer = client.predict(handle_file(photo), api_name="/predict")
    confidences = [row["confidence"] for row in answer["confidences"]]
    print(f"{photo.parent.parent.name}/{photo.parent.name}: {answer['label']} {confidences[0]:.3f}")
    assert answer["label"] == answer["confidences"][0]["label"]
    assert len(confidences) == 5
    assert confidences == sorted(confidences, reverse=True)
    right += answer["label"] == "B"
assert "ASL_DATA" not in os.environ or right > len(photos) / 2, f"{right} of {len(photos)} right"
