#!/bin/sh
# regression 2.0.1 (npm), simple-statistics 7.12.1 (npm): a cubic line through opinions of 1 to 5 is off by 20 grades.
#
# Expected by most: a fit is computed with all digits, and rounded where it is printed, if at all.
# Seen: its coefficients are rounded to two digits after the point, and predictions and R2 are made with these. For a
# PSNR of 20 to 40 dB a quadratic line misses opinions by .58 for .15, a cubic one by 20 with an R2 of -325; a rise of
# .011 a year is .01, one of .004 is 0. More than two digits have to be asked for, with "precision".
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" regression@2.0.1 simple-statistics@7.12.1 >/dev/null
cat >show.mjs <<'JS'
import { readFileSync } from "node:fs";
import regression from "regression";
import { linearRegression } from "simple-statistics";

let state = 1;
const draw = () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
const photos = Array.from({ length: 80 }, () => {
  const psnr = 20 + 20 * draw();
  return [psnr, 1 + 4 / (1 + Math.exp((30 - psnr) / 4)) + 0.4 * (draw() - 0.5)];
});
const error = (fit) =>
  Math.sqrt(photos.reduce((sum, [psnr, opinion]) => sum + (fit.predict(psnr)[1] - opinion) ** 2, 0) / photos.length);
const text = (fit) => `${error(fit).toFixed(2)} (R2 ${fit.r2.toFixed(2)})`;
const version = (name) => JSON.parse(readFileSync(`node_modules/${name}/package.json`)).version;
console.log(`regression ${version("regression")}, simple-statistics ${version("simple-statistics")}`);
const errors = [2, 3].map((order) => {
  const [exact, fit] = [15, 2].map((digits) => regression.polynomial(photos, { order, precision: digits }));
  const seen = regression.polynomial(photos, { order });
  if (error(seen) !== error(fit)) throw Error("the behaviour has changed");
  console.log(`error of opinions, order ${order}; expected: ${text(exact)}  seen: ${text(seen)}`);
  return error(seen) / error(exact);
});
const years = [0.835, 0.838, 0.843, 0.846, 0.852].map((srcc, year) => [year, srcc]);
const slope = regression.linear(years).equation[0];
console.log(`rise a year; expected: ${linearRegression(years).m.toFixed(4)}  seen: ${slope}`);
if (errors[0] < 2 || errors[1] < 50 || slope !== 0) throw Error("the behaviour has changed");
JS
node show.mjs
