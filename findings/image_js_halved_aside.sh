#!/bin/sh
# image-js 1.7.0 (npm): a halved picture lies half a pixel aside, worse by bilinear than by the nearest pixel.
#
# Expected by most: bilinear and bicubic halves of a smooth photo are the means of 2 x 2 pixels, up to rounding, and
# its centre stays where it is.
# Seen: the picture is moved by half a pixel of the small one in both directions: 27 dB from those means, where
# taking the nearest pixel is 33 and sharp's linear half 51.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" image-js@1.7.0 sharp@0.35.5 >/dev/null
cat >show.mjs <<'JS'
import { readFileSync } from "node:fs";
import { Image } from "image-js";
import sharp from "sharp";

const [WIDTH, HEIGHT] = [256, 192];
const level = (x, y) => Math.round(128 + 60 * Math.sin(x / 6) + 60 * Math.sin(y / 5));
const photo = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, at) => level(at % WIDTH, Math.floor(at / WIDTH)));
const means = Uint8Array.from({ length: photo.length / 4 }, (_, at) => {
  const corner = 2 * (Math.floor(at / (WIDTH / 2)) * WIDTH + (at % (WIDTH / 2)));
  const sum = [0, 1, WIDTH, WIDTH + 1].reduce((total, step) => total + photo[corner + step], 0);
  return Math.round(sum / 4);
});
const psnr = (first) => {
  const squares = means.reduce((sum, value, at) => sum + (value - first[at]) ** 2, 0);
  return 10 * Math.log10(255 ** 2 / (squares / means.length));
};
const image = new Image(WIDTH, HEIGHT, { data: photo, colorModel: "GREY" });
const halved = (interpolationType) =>
  image.resize({ width: WIDTH / 2, height: HEIGHT / 2, interpolationType }).getRawImage().data;
const peer = sharp(Buffer.from(photo), { raw: { width: WIDTH, height: HEIGHT, channels: 1 } })
  .resize(WIDTH / 2, HEIGHT / 2, { kernel: "linear" })
  .toColourspace("b-w");
const seen = {
  "sharp, linear": psnr(await peer.raw().toBuffer()),
  "image-js, nearest": psnr(halved("nearest")),
  "image-js, bilinear": psnr(halved("bilinear")),
  "image-js, bicubic": psnr(halved("bicubic")),
};
const version = JSON.parse(readFileSync("node_modules/image-js/package.json")).version;
console.log(`image-js ${version}, sharp ${sharp.versions.sharp}; PSNR with the means of 2 x 2 pixels`);
console.log("expected: about 50 dB, less for nearest");
for (const [name, value] of Object.entries(seen)) console.log(`seen:     ${value.toFixed(1)} dB (${name})`);
const [linear, nearest, bilinear, bicubic] = Object.values(seen);
if (linear < 40 || Math.max(bilinear, bicubic) > nearest - 3) throw Error("the behaviour has changed");
JS
node show.mjs
