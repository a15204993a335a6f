#!/bin/sh
# @imagemagick/magick-wasm 0.0.43 (npm, ImageMagick 7.1.2-30): noise of strength 1 is on red alone, of 2 on green.
#
# Expected by most: `addNoise(type, attenuate)` scales noise: .5 is half of it, 2 twice, and all colours get it alike.
# Seen: `addNoise(type, channels)` takes a number too, and has the call: 1 is red, 2 green, 3 both, 4 blue. Fractions
# below 1 name no channel and give the full noise. Only with a third argument does a strength count, so that five levels
# of a distortion differ in their colours, or not at all.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" @imagemagick/magick-wasm@0.0.43 >/dev/null
cat >show.mjs <<'JS'
import { readFileSync } from "node:fs";
import * as magick from "@imagemagick/magick-wasm";

await magick.initializeImageMagick(readFileSync("node_modules/@imagemagick/magick-wasm/dist/x86/magick.wasm"));
const [SIDE, GREY] = [256, 128];
const deviation = (levels) => Math.sqrt(levels.reduce((sum, level) => sum + (level - GREY) ** 2, 0) / levels.length);
const noise = (...options) => {
  const format = magick.MagickFormat.Rgb;
  const settings = new magick.MagickReadSettings({ format, width: SIDE, height: SIDE, depth: 8 });
  return magick.ImageMagick.read(new Uint8Array(3 * SIDE * SIDE).fill(GREY), settings, (image) => {
    image.addNoise(magick.NoiseType.Gaussian, ...options);
    return image.write(format, (data) => [0, 1, 2].map((part) => deviation(data.filter((_, at) => at % 3 === part))));
  });
};
console.log(`${magick.Magick.imageMagickVersion}; deviation of red, green and blue of an even grey`);
const text = (levels) => levels.map((level) => level.toFixed(1)).join(" ");
const seen = [0.1, 0.5, 1, 2, 3, 4].map((strength) => {
  const [expected, levels] = [noise(strength, magick.Channels.All), noise(strength)];
  console.log(`strength ${strength}; expected: ${text(expected)}  seen: ${text(levels)}`);
  return levels;
});
const noisy = seen.map((levels) => levels.map((level) => Number(level > 15)).join(""));
if (noisy.join() !== "111,111,100,010,110,001") throw Error("the behaviour has changed");
JS
node show.mjs
