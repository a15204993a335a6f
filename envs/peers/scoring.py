"""What the runners share: a list of image files in, a table of scores out.

A runner is run by the Python of its peer's own environment, which does not hold this project, so
this needs the standard library and Pillow only.
"""

import csv
import math
import os
import sys
import warnings

from PIL import Image


def main(score):
    """Score every file that the list names, one path a line, and write `file,score,problem`.

    One that cannot be scored has no score, and a problem.

    Args:
        score: of an RGB image of Pillow, a number.
    """
    warnings.simplefilter("ignore")
    listed, output = sys.argv[1:]
    with open(listed, encoding="utf-8") as lines:
        files = lines.read().splitlines()
    rows = [(file, *scored(score, file)) for file in files]
    with open(output + ".part", "w", encoding="utf-8", newline="") as target:
        csv.writer(target).writerows([("file", "score", "problem"), *rows])
    os.replace(output + ".part", output)


def scored(score, file):
    """Return the score of a file, or an empty text, and why there is none."""
    try:
        with Image.open(file) as image:
            value = float(score(image.convert("RGB")))
    except Exception as error:
        return "", " ".join(str(error).split()) or type(error).__name__
    return (repr(value), "") if math.isfinite(value) else ("", f"the score is {value}")
