#!/bin/sh
# @imagemagick/magick-wasm 0.0.43 (npm, ImageMagick 7.1.2-30): an opaque alpha channel adds 1.25 dB to a PSNR.
#
# Expected by most: a PNG with an alpha channel that is opaque everywhere has the scores of the same PNG without.
# Seen: the channel counts as a fourth one without an error: the mean squared error of a noisy photo is 3/4 of what
# it is (PSNR +1.25 dB), and so is the distance by structure, once both pictures have the channel. If only one of
# them has it, it is left out. PSNR is given as a share of 120 dB.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" @imagemagick/magick-wasm@0.0.43 pngjs@7.0.0 >/dev/null
cat >show.mjs <<'JS'
import { readFileSync } from "node:fs";
import { ErrorMetric, ImageMagick, initializeImageMagick, Magick } from "@imagemagick/magick-wasm";
import { PNG } from "pngjs";

await initializeImageMagick(readFileSync("node_modules/@imagemagick/magick-wasm/dist/x86/magick.wasm"));
const [WIDTH, HEIGHT] = [128, 96];
let state = 1;
const draw = () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
const pixels = Array.from({ length: WIDTH * HEIGHT }, (_, at) => {
  const [x, y] = [at % WIDTH, Math.floor(at / WIDTH)];
  return [128 + 80 * Math.sin(x / 9), 128 + 80 * Math.sin(y / 7), 128 + 80 * Math.sin((x + y) / 11)];
});
const noisy = pixels.map((pixel) => pixel.map((value) => value + 60 * (draw() - 0.5)));
const png = (values, colorType) => {
  const image = new PNG({ width: WIDTH, height: HEIGHT });
  image.data = Buffer.from(values.flatMap((pixel) => [...pixel.map(Math.round), 255]));
  return PNG.sync.write(image, { colorType });
};
const [RGB, RGBA] = [2, 6];
const compared = (first, second, metric) =>
  ImageMagick.read(first, (one) => ImageMagick.read(second, (other) => one.compare(other, metric)));
const pairs = {
  "both without": [png(pixels, RGB), png(noisy, RGB)],
  "both with it": [png(pixels, RGBA), png(noisy, RGBA)],
  "the noisy one": [png(pixels, RGB), png(noisy, RGBA)],
  "the reference": [png(pixels, RGBA), png(noisy, RGB)],
};
console.log(Magick.imageMagickVersion);
console.log("expected: equal lines (PSNR in dB, mean squared error, distance by structure)");
const seen = Object.entries(pairs).map(([name, [first, second]]) => {
  const psnr = 120 * compared(first, second, ErrorMetric.PeakSignalToNoiseRatio);
  const squares = 255 ** 2 * compared(first, second, ErrorMetric.MeanSquared);
  const structure = compared(first, second, ErrorMetric.StructuralDissimilarity);
  console.log(`seen:     ${psnr.toFixed(2)} ${squares.toFixed(1)} ${structure.toFixed(3)} (alpha: ${name})`);
  return [psnr, squares, structure];
});
const [without, both] = seen;
const right = Math.abs(without[0] - 10 * Math.log10(255 ** 2 / without[1])) < 0.01;
if (!right || both[0] - without[0] < 1.2 || both[2] > 0.8 * without[2]) throw Error("the behaviour has changed");
JS
node show.mjs
