"""BRISQUE by the package brisque."""

import numpy as np
import scoring
from brisque import BRISQUE

model = BRISQUE(url=False)
scoring.main(lambda image: model.score(np.asarray(image)))
