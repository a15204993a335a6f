#!/bin/sh
# sharp 0.35.5 (npm): the order in which a chain of calls is written means nothing.
#
# Expected by most: `.blur(3).resize(64, 48)` blurs the photo and then reduces it, and two negatives are the photo.
# Its documentation says that "method order is important when rotating, resizing and/or extracting".
# Seen: it resizes first whichever call is written first, and blurs the small photo, four times as wide for its
# size: byte for byte what `.resize(64, 48).blur(3)` gives. Called in two steps the two orders are far apart.
# A call that is written twice is made once: two negatives are one, and a blur of 1 and one of 3 are one of 3.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" sharp@0.35.5 >/dev/null
cat >show.mjs <<'JS'
import sharp from "sharp";

let state = 1;
const draw = () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
const opened = (pixels, width, height) => sharp(pixels, { raw: { width, height, channels: 3 } });
const coarse = Buffer.from(Array.from({ length: 64 * 48 * 3 }, () => Math.floor(draw() * 256)));
const photo = await opened(coarse, 64, 48).resize(256, 192).raw().toBuffer();
const whole = () => opened(photo, 256, 192);
const psnr = (first, second) => {
  const squares = first.reduce((sum, value, at) => sum + (value - second[at]) ** 2, 0);
  return squares ? 10 * Math.log10(255 ** 2 / (squares / first.length)) : Infinity;
};

const blurred = await whole().blur(3).raw().toBuffer();
const inSteps = await opened(blurred, 256, 192).resize(64, 48).raw().toBuffer();
const chained = await whole().blur(3).resize(64, 48).raw().toBuffer();
const reversed = await whole().resize(64, 48).blur(3).raw().toBuffer();
const twice = await whole().negate().negate().raw().toBuffer();
const negative = await whole().negate().raw().toBuffer();
const seen = {
  "blur and resize, in one chain and in two steps": psnr(chained, inSteps),
  "blur and resize, and resize and blur": psnr(chained, reversed),
  "two negatives and the photo": psnr(twice, photo),
  "two negatives and one": psnr(twice, negative),
};
console.log(`sharp ${sharp.versions.sharp}, libvips ${sharp.versions.vips}; PSNR in dB, Infinity if equal`);
console.log("expected: Infinity, less, Infinity, less");
for (const [name, value] of Object.entries(seen)) console.log(`seen:     ${value.toFixed(1)} (${name})`);
const [steps, orders, same, one] = Object.values(seen);
if (steps > 25 || orders !== Infinity || same > 15 || one !== Infinity) throw Error("the behaviour has changed");
JS
node show.mjs
