"""PIQE by the package pypiqe, which takes the channels in OpenCV's order."""

import numpy as np
import scoring
from pypiqe import piqe

scoring.main(lambda image: piqe(np.asarray(image)[..., ::-1].copy())[0])
