"""NIQE of grey levels by the package IQA-Metrics-Toolbox: scikit-video's, for a current SciPy."""

import numpy as np
import scoring
from IQA_Metrics_Toolbox import niqe

scoring.main(lambda image: niqe.score(np.asarray(image.convert("L"))))
