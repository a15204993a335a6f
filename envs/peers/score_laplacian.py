"""The variance of the Laplacian of grey levels, by OpenCV: the usual check for blur."""

import cv2
import numpy as np
import scoring

scoring.main(lambda image: cv2.Laplacian(np.asarray(image.convert("L")), cv2.CV_64F).var())
