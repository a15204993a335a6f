#!/bin/sh
# colorjs.io 0.7.1, chroma-js 3.2.0, culori 4.0.2 and color-diff 1.4.0 (all npm): CIEDE2000 of two screen colours.
#
# Expected by most: CIEDE2000 between two sRGB colours is one number wherever it is computed, as on the published
# pairs of Lab colours (Sharma et al. 2005), where all four agree.
# Seen: three take the white of sRGB (D65) for Lab, colorjs.io that of Lab in CSS (D50): 15 % more for two blues, 5 %
# less for two reds. Which of the two pairs is further apart turns round.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" colorjs.io@0.7.1 chroma-js@3.2.0 culori@4.0.2 \
    color-diff@1.4.0 >/dev/null
cat >show.mjs <<'JS'
import { readFileSync } from "node:fs";
import chroma from "chroma-js";
import * as colorDiff from "color-diff";
import Color from "colorjs.io";
import { differenceCiede2000 } from "culori";

const ofLab = {
  "color-diff": (first, second) => {
    const [one, other] = [first, second].map(([L, a, b]) => ({ L, a, b }));
    return colorDiff.diff(one, other);
  },
  culori: (first, second) => {
    const [one, other] = [first, second].map(([l, a, b]) => ({ mode: "lab65", l, a, b }));
    return differenceCiede2000()(one, other);
  },
  "colorjs.io": (first, second) => new Color("lab", first).deltaE(new Color("lab", second), "2000"),
};
const ofScreen = {
  "chroma-js": (first, second) => chroma.deltaE(chroma(first), chroma(second)),
  "color-diff": (first, second) => {
    const [one, other] = [first, second].map(([R, G, B]) => colorDiff.rgb_to_lab({ R, G, B }));
    return colorDiff.diff(one, other);
  },
  culori: (first, second) => {
    const [one, other] = [first, second].map((c) => ({ mode: "rgb", r: c[0] / 255, g: c[1] / 255, b: c[2] / 255 }));
    return differenceCiede2000()(one, other);
  },
  "colorjs.io": (first, second) => {
    const [one, other] = [first, second].map((colour) => new Color("srgb", colour.map((value) => value / 255)));
    return one.deltaE(other, "2000");
  },
};
const BLUE = [[30, 60, 200], [50, 40, 200]];
const RED = [[200, 30, 40], [200, 60, 40]];
const version = (name) => JSON.parse(readFileSync(`node_modules/${name}/package.json`)).version;
console.log(Object.keys(ofScreen).map((name) => `${name} ${version(name)}`).join(", "));
const published = Object.values(ofLab).map((measure) => measure([50, 2.6772, -79.7751], [50, 0, -82.7485]));
console.log("a published pair in Lab, 2.0425:", ...published.map((value) => value.toFixed(4)));
console.log("expected: one difference in each column (two blues, two reds)");
const seen = Object.fromEntries(
  Object.entries(ofScreen).map(([name, measure]) => [name, [measure(...BLUE), measure(...RED)]]),
);
for (const [name, [blue, red]] of Object.entries(seen)) {
  console.log(`seen:     ${blue.toFixed(2)} ${red.toFixed(2)} (${name})`);
}
const { "colorjs.io": apart, ...others } = seen;
const together = Object.values(others).every(([blue, red]) => Math.abs(blue - 5.08) < 0.02 && red > 5.4);
const right = published.every((value) => Math.abs(value - 2.0425) < 1e-4);
if (!right || !together || apart[0] < 5.6 || apart[1] > 5.3) throw Error("the behaviour has changed");
JS
node show.mjs
