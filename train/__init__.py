"""The training program: class folders of photographs -> a bundle. Run `python -m train --help`."""
