"""Texts of the page and the API, in one place so that they can be translated.

Gradio's own words (upload, webcam, clear ...) follow the browser's language.
"""

TITLE = "Letters of the American manual alphabet"
INTRO = """
Show a letter with one hand, and the model reads it. It knows the **static
handshapes** of the manual alphabet. It does not translate American Sign Language. J and Z are
motions, and a picture shows only one moment of them. The About tab says what happens to your
pictures.
"""
ADVICE = "Try more light, a plain background, and a hand that is nearer to the camera."
COME_CLOSER = "Come closer: your hand is small in the picture."
NO_HAND = "No hand found. Show one hand, open to the camera, in good light."

PHOTO_TAB, LIVE_TAB, PRACTICE_TAB, ABOUT_TAB = "Photo", "Live", "Practice", "About"

PICTURE = "Your picture"
EXAMPLES = "Or try an example"
HOW_MANY = "How many letters to show"
LETTERS = "Letters, most probable first"
SHOW_WHERE = "Show where the model looked (takes some seconds the first time)"
FOUND = "The hand that was read"
MODEL_GONE = "Cannot show where the model looked: its files have changed since it was loaded."
WHERE = "Bright parts support this letter"
NO_PICTURE_YET = "<h2>?</h2><p>Upload or take a picture of a hand.</p>"
NO_PICTURE = "No picture was given. Upload one or take one."
SWEPT = "The picture is gone: uploads are deleted after five minutes. Upload it again."
NOT_UPLOADED = "This path is not an upload. Send the picture itself, not a path on the server."
NOT_READ = "<h2>Not readable</h2><p>{error}</p>"
NOT_TAKEN = (
    "{call} takes {takes}, in this order, but was given {given}. Upload pictures first (in Python: "
    "handle_file(path)), and send numbers as numbers."
)
TOO_MANY = (
    "{given} pictures were given; one call takes {most} at most. Split them into several calls."
)
NOT_FETCHED = "The picture could not be fetched: {}. Upload the picture instead."
BUSY = "{} lists of pictures are being read already. Try again in a few seconds."
TOO_LONG = "Not read: the call took longer than {:.0f} seconds. Send fewer or smaller pictures."
NOT_SURE = (
    "<h2>Not sure</h2><p>It may be <strong>{letter}</strong> ({confidence:.0%}). {advice}</p>"
)
NO_SIGN_SEEN = "<h2>No sign seen</h2><p>{advice}</p>"
READ = "<h2>{letter}</h2><p>{confidence:.0%} sure. {moving}</p>"

LIVE = """
Start the camera and show a letter with one hand. Hold each sign for a second to write it. To
write a letter twice, take your hand away for a moment. The signs *space* and *del* edit the text.
"""
CAMERA = "Your camera"
WRITTEN = "Your text"
BUTTONS = {"space": "Space", "del": "Delete", "clear": "Clear"}
SIGNS = {"space": "␣", "del": "⌫"}
NOTHING = "?"
SURE = "{confidence:.0%} sure"
LIVE_BEGIN = "Start the camera. When many people use this page, your camera waits for its turn."
NOTHING_SHOWN = "No sign seen, or not sure. {advice}"
HELD = "How long the sign has been held"
RATE = "{} frames a second"

PRACTICE = """
Start the camera and show the letter you are asked for. Hold it for a second to get a point. Letters
that you skip come back sooner. J and Z are not asked for, because they are motions.
"""
PRACTICE_NONE = "This model reads none of the letters that a still hand can show."
PRACTICE_BEGIN = (
    '<div class="live"><p>Start the camera, or press the button to get a letter.</p></div>'
)
DRAWING = "A hand that shows the letter {}, as seen in a mirror"
ANOTHER = "Another letter"
SEEN = "I see {}."
NOT_YET = "I see no sign that I am sure of."
RIGHT = "{} was right. Now this one:"
POINTS = "Points: {}"

ABOUT = """
### What it is for
Use it for play, for practice, and to see how such a model is made and measured. Do not use it to
interpret, to judge anyone's signing, or where a wrong letter does harm.

### What it cannot do
- It reads only the static handshapes of the manual alphabet. The alphabet is a small part of
  American Sign Language, a language with its own grammar. The model knows nothing of that language.
- J and Z are motions, and a picture shows only one moment of them.
- Two people differ more than two pictures of one person. The figures above show by how much.

### Your pictures
Your pictures are read on the machine that serves this page and are sent nowhere else. A camera
frame is forgotten as soon as it has been read. An uploaded picture is kept in a temporary folder
and deleted within six minutes, or when the program ends. Pictures are never logged, looked at or
used for training.
"""
TRAINED_ON = "### What it was trained on"
CONFUSED = "### Which letters it confuses"
CONFUSED_WORDS = """
Measured on people the model was never trained on. Each row is a letter that was shown, each column
a letter that was read, in percent of the row. Darker means more. Right answers are on the diagonal.
"""
MISSED = "The letters it misreads most, with the share it reads right: {}."
CONFUSED_LABEL = "Letters shown (rows) and letters read (columns), in percent"
