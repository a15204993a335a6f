"""The Shannon entropy of grey levels in bits, by scikit-image."""

import numpy as np
import scoring
from skimage.measure import shannon_entropy

scoring.main(lambda image: shannon_entropy(np.asarray(image.convert("L"))))
