"""BRISQUE by the package image-quality."""

import imquality.brisque
import scoring

scoring.main(imquality.brisque.score)
