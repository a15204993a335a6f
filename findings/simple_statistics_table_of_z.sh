#!/bin/sh
# simple-statistics 7.12.1 (npm): no two models differ by a p-value below .002, however far apart they are.
#
# Expected by most: `cumulativeStdNormalProbability` is computed, with the digits of a double.
# Seen: it is looked up in a table of four digits that ends at 3.09. SRCCs of .77 and .89 on 500 photos differ by
# p = .002 as .77 and .85 do, for 2e-10 and .0002. Of 45 pairs of ten models 29 differ after Holm's correction, none
# with the table. A comment in the source tells of a table, and of `errorFunction` which has all digits, not that the
# table ends.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" simple-statistics@7.12.1 >/dev/null
cat >show.mjs <<'JS'
import { readFileSync } from "node:fs";
import { cumulativeStdNormalProbability, errorFunction } from "simple-statistics";

const PHOTOS = 500;
const srccs = [0.77, 0.79, 0.81, 0.83, 0.85, 0.87, 0.89, 0.91, 0.93, 0.95];
const exact = (z) => 1 - errorFunction(Math.abs(z) / Math.SQRT2);
const table = (z) => 2 * (1 - cumulativeStdNormalProbability(Math.abs(z)));
const apart = (a, b) => (Math.atanh(a) - Math.atanh(b)) / Math.sqrt(2 / (PHOTOS - 3));
const different = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const first = sorted.findIndex((p, rank) => p * (sorted.length - rank) >= 0.05);
  return first < 0 ? sorted.length : first;
};

console.log(`simple-statistics ${JSON.parse(readFileSync("node_modules/simple-statistics/package.json")).version}`);
for (const z of [1.956, 1.964]) {
  console.log(`p of z = ${z}; expected: ${exact(z).toFixed(4)}  seen: ${table(z).toFixed(4)}`);
}
for (const srcc of [0.85, 0.89]) {
  const z = apart(srccs[0], srcc);
  console.log(`p of ${srccs[0]} and ${srcc}; expected: ${exact(z).toPrecision(2)}  seen: ${table(z).toPrecision(2)}`);
}
const pairs = srccs.flatMap((a, one) => srccs.slice(one + 1).map((b) => apart(a, b)));
const [expected, seen] = [exact, table].map((p) => different(pairs.map(p)));
console.log(`pairs of ${pairs.length} that differ after Holm's correction; expected: ${expected}  seen: ${seen}`);
if (expected < 25 || seen !== 0 || table(20) < 0.001) throw Error("the behaviour has changed");
JS
node show.mjs
