"""The cumulative probability of blur detection by the package cpbd-py312, of grey levels."""

import cpbd
import numpy as np
import scoring

scoring.main(lambda image: cpbd.compute(np.asarray(image.convert("L"))))
