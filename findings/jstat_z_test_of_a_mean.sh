#!/bin/sh
# jstat 1.9.6 (npm): over 400 photos, the z-test of a mean difference has p = .85 where the t-test has p = .0002.
#
# Expected by most: with as many photos, a z-test and a t-test of one mean have nearly one p-value. The documentation
# tells of both in the same words: "the p-value of `value` given the data from `array`".
# Seen: `ttest` divides by the error of the mean, `ztest` by the deviation of a single difference, so that more photos
# do not help. Of 100 comparisons of models that differ by a fifth of a deviation, the t-test finds 93 with 400 photos
# and the z-test none.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" jstat@1.9.6 >/dev/null
cat >show.mjs <<'JS'
import { readFileSync } from "node:fs";
import jstat from "jstat";

const { jStat } = jstat;
let state = 1;
const draw = () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
const normal = () => Array.from({ length: 12 }, draw).reduce((sum, value) => sum + value, -6);
const STUDIES = 100;
console.log(`jstat ${JSON.parse(readFileSync("node_modules/jstat/package.json")).version}`);
const seen = [25, 100, 400].map((photos) => {
  const below = { t: 0, z: 0 };
  let last;
  for (let study = 0; study < STUDIES; study++) {
    const differences = Array.from({ length: photos }, () => 0.2 + normal());
    last = { t: jStat.ttest(0, differences, 2), z: jStat.ztest(0, differences, 2, true) };
    for (const test of ["t", "z"]) below[test] += last[test] < 0.05;
  }
  console.log(
    `${photos} photos; expected: p = ${last.t.toPrecision(2)}, ${below.t} of ${STUDIES} below .05 (t)  ` +
      `seen: p = ${last.z.toPrecision(2)}, ${below.z} of ${STUDIES} (z)`,
  );
  return below;
});
if (seen[2].t < 80 || seen.some((below) => below.z > 0)) throw Error("the behaviour has changed");
JS
node show.mjs
