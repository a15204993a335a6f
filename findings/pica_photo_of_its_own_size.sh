#!/bin/sh
# pica 10.0.3 (npm): a photo that is brought to the size that it has is sharpened.
#
# Expected by most: resized to its own width and height a photo is itself, as with pica's other filters and in Pillow,
# sharp and OpenCV.
# Seen: the filter that is taken since version 9, `mks2013`, sharpens also where nothing is resized: noise of 15 levels
# becomes 17, stripes of two pixels have 12 % more contrast, and a second time as much again. A page that fits photos
# into 1024 pixels shows the ones that fit already sharper than they are. Ask for `lanczos3`, or skip these.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" pica@10.0.3 >/dev/null
cat >show.mjs <<'JS'
import { createRequire } from "node:module";
import Pica from "pica";

const SIDE = 128;
const pica = Pica({ features: ["js"] });
let state = 1;
const draw = () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
const normal = () => Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
const photoOf = (level) => {
  const pixels = new Uint8Array(4 * SIDE * SIDE).fill(255);
  for (let at = 0; at < SIDE * SIDE; at++) pixels.fill(Math.round(level(at)), 4 * at, 4 * at + 3);
  return pixels;
};
const deviation = (pixels) => {
  const levels = pixels.filter((_, at) => at % 4 === 0);
  const mean = levels.reduce((sum, value) => sum + value, 0) / levels.length;
  return Math.sqrt(levels.reduce((sum, value) => sum + (value - mean) ** 2, 0) / levels.length);
};
const sized = (src, filter) =>
  pica.resizeBuffer({ src: src.slice(), width: SIDE, height: SIDE, toWidth: SIDE, toHeight: SIDE, ...filter });

const PHOTOS = {
  "noise of 15 levels": photoOf(() => 128 + 15 * normal()),
  "stripes of two pixels": photoOf((at) => (at % 4 < 2 ? 148 : 108)),
};
console.log("pica", createRequire(import.meta.url)("pica/package.json").version);
let changed = false;
for (const [name, photo] of Object.entries(PHOTOS)) {
  const once = deviation(await sized(photo, {}));
  const twice = deviation(await sized(await sized(photo, {}), {}));
  const other = deviation(await sized(photo, { filter: "lanczos3" }));
  console.log(`${name}: expected: ${deviation(photo).toFixed(2)}  seen: ${once.toFixed(2)}, ${twice.toFixed(2)} twice;`
    + ` ${other.toFixed(2)} with lanczos3`);
  changed ||= once < 1.08 * deviation(photo) || other !== deviation(photo);
}
if (changed) {
  console.log("the behaviour has changed");
  process.exit(1);
}
JS
node show.mjs
