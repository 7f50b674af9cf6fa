"""All words of the page, in one place so that it can be translated.

Gradio's own words (upload, webcam, clear ...) follow the browser's language.
"""

TITLE = "Letters of the American manual alphabet"
INTRO = """
Show one hand, fill the frame with it, and get the letter. It reads **static handshapes** of the
manual alphabet; it does not translate American Sign Language. J and Z are motions: a still picture
shows one moment of them at best. What becomes of your pictures is said under About.
"""
ADVICE = "Try more light, a plain background, and a hand that fills the frame."

PHOTO_TAB, LIVE_TAB, PRACTICE_TAB, ABOUT_TAB = "Photo", "Live", "Practice", "About"

PICTURE = "Your picture"
EXAMPLES = "Or try one of these"
HOW_MANY = "How many letters to show"
LETTERS = "Letters, most probable first"
SHOW_WHERE = "Show where it looked (takes some seconds the first time)"
MODEL_GONE = "Where it looked cannot be shown now: the model's files are not those it began with."
WHERE = "Bright: what speaks for this letter"
NO_PICTURE_YET = "<h2>?</h2><p>Give a picture of a hand.</p>"
NO_PICTURE = "No picture was given. Upload one or take one."
SWEPT = "The picture is gone: uploads are deleted after five minutes. Give it again."
NOT_UPLOADED = "That is not an upload. Send the picture itself, not a path on the server."
NOT_READ = "<h2>No picture</h2><p>{error}</p>"
NOT_TAKEN = (
    "{call} takes {takes}, in this order, and was given {given}. A picture is to be uploaded first "
    "(in Python: handle_file(path)), and a number to be a number."
)
TOO_MANY = "{given} pictures were given; one call takes {most} at most. Send them in parts."
NOT_FETCHED = "The picture could not be fetched: {}. Send the picture itself."
BUSY = "{} lists of pictures are being read already. Send yours again in some seconds."
TOO_LONG = "Not read: the call took longer than {:.0f} seconds. Send fewer or smaller pictures."
NOT_SURE = (
    "<h2>Not sure</h2><p>It may be <strong>{letter}</strong> ({confidence:.0%}). {advice}</p>"
)
NO_SIGN_SEEN = "<h2>No sign seen</h2><p>{advice}</p>"
READ = "<h2>{letter}</h2><p>{confidence:.0%} sure. {moving}</p>"

LIVE = """
Start the camera, fill the frame with one hand, and hold a sign for a second: it is written. Take
the hand away for a moment to write the same letter twice. The signs for *space* and *del* edit.
"""
CAMERA = "Your camera"
WRITTEN = "What you have written"
BUTTONS = {"space": "Space", "del": "Delete", "clear": "Clear"}
SIGNS = {"space": "␣", "del": "⌫"}
NOTHING = "?"
SURE = "{confidence:.0%} sure"
LIVE_BEGIN = "Nothing is read yet. When many use it at once, the camera waits for its turn."
NOTHING_SHOWN = "No sign seen, or not sure of it. {advice}"
HELD = "How long the sign has been held"
RATE = "{} frames a second"

PRACTICE = """
Start the camera and show the letter that is asked for; hold it for a second to get the point. A
letter that you skip comes back sooner. J and Z are motions, and are not asked for.
"""
PRACTICE_NONE = "This model knows none of the letters that a still hand can show."
PRACTICE_BEGIN = '<div class="live"><p>Start the camera, or take a letter by the button.</p></div>'
DRAWING = "A hand that forms the letter {}, as you see yourself in a mirror"
ANOTHER = "Another letter"
SEEN = "I see {}."
NOT_YET = "I see no sign that I am sure of."
RIGHT = "{} was right. Now this one:"
POINTS = "Points: {}"

ABOUT = """
### What it is for
Play and practice, and to see how such a model is made and measured. Not for interpreting, not for
judging anyone's signing, and not where a wrong letter does harm.

### What it cannot do
- It reads static handshapes of the manual alphabet. That alphabet is a small part of American Sign
  Language, a language with its own grammar, of which this knows nothing.
- J and Z are motions, and a picture shows one moment.
- People differ more than pictures of one person do. The figures above say by how much.

### Your pictures
They are read on the machine that serves this page, and go nowhere else. A frame of the camera is
read and forgotten. An uploaded picture lies in a temporary folder until it is deleted there, within
six minutes or when the program ends. None is logged, looked at or trained on.
"""
TRAINED_ON = "### What it was trained on"
CONFUSED = "### What it takes for what"
CONFUSED_WORDS = """
Pictures of people it was never trained on: a row is the letter that was shown, a column the letter
that was read, in percent of the row. The darker, the more; what is on the diagonal is right.
"""
MISSED = "The letters it misses most, and how often it is right about them: {}."
CONFUSED_LABEL = "Letters shown (rows) and letters read (columns), in percent"
