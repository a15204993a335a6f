#!/bin/sh
# GNU Octave 7.3.0 with its image package 2.14.0: the Laplacian of Gaussian of an even grey of 100 is -71.
#
# Expected by most: `fspecial("log", 5, 0.5)`, the default and the filter of metrics by gradient and LoG, sums to 0, as
# MATLAB's does, so that code of such metrics sees edges and no brightness.
# Seen: it sums to -.71, so its response is mostly the photo itself, upside down: a blurred photo has a deviation of
# 34 and a sharp one of little contrast 17, where a kernel that sums to 0 gives 7 and 21. Measures of sharpness and
# features of joint histograms follow brightness. Take the mean of the kernel from it.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > show.m <<'OCTAVE'
pkg load image
randn("state", 1);
smooth = @(values, sigma) imfilter(values, fspecial("gaussian", 8 * sigma + 1, sigma), "circular");
plane = smooth(randn(240, 320), 4);
plane /= std(plane(:));
photos = {100 * ones(240, 320), 128 + 15 * plane + 4 * randn(240, 320), 128 + 50 * smooth(plane, 2)};
names = {"an even grey of 100", "a sharp photo of little contrast", "a blurred photo"};

# As MATLAB documents it: a kernel that its own mean is taken from.
[across, down] = meshgrid(-2:2, -2:2);
squares = across .^ 2 + down .^ 2;
gauss = exp(-squares / 0.5);
matlab = gauss / sum(gauss(:)) .* (squares - 0.5) / 0.0625;
matlab -= mean(matlab(:));

printf("Octave %s, image %s; mean and deviation of the response\n", version(), ver("image").Version);
seen = zeros(3, 4);
for at = 1:3
  kernels = {matlab, fspecial("log", 5, 0.5)};
  for which = 1:2
    response = imfilter(photos{at}, kernels{which}, "symmetric");
    seen(at, 2 * which - 1:2 * which) = [mean(response(:)), std(response(:))];
  end
  printf("expected: %5.1f, %4.1f  seen: %5.1f, %4.1f (%s)\n", seen(at, :), names{at});
end
if abs(seen(1, 3) + 71.28) > 0.01 || seen(2, 2) < seen(3, 2) || seen(2, 4) > seen(3, 4)
  error("the behaviour has changed");
end
OCTAVE
octave-cli --quiet --no-history show.m
