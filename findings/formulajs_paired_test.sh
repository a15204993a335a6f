#!/bin/sh
# @formulajs/formulajs 4.6.1, hyperformula 3.5.0 (npm): a paired t-test of a spreadsheet is unpaired, and has no tails.
#
# Expected by most: T.TEST(a, b, 2, 1) is the paired test in two tails, (1, 1) in one, and F.TEST a p-value, as in Excel,
# whose functions formulajs says that it has.
# Seen: formulajs reads no tails, and takes type 1 (paired) for type 2: two models that differ by p = .034 on the same
# five photos differ by .42. F.TEST is the ratio of the variances, .61 for p = .65. HyperFormula gives Excel's values.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" @formulajs/formulajs@4.6.1 hyperformula@3.5.0 >/dev/null
cat >show.mjs <<'JS'
import { readFileSync } from "node:fs";
import { F, T } from "@formulajs/formulajs";
import hyperformula from "hyperformula";

const [first, second] = [
  [1, 2, 3, 4, 5],
  [2, 2, 4, 5, 7],
];
const [narrow, wide] = [
  [6, 7, 9, 15, 21],
  [20, 28, 31, 38, 40],
];
const tests = {
  "T.TEST, two tails, paired": ["=T.TEST(A1:A5,B1:B5,2,1)", T.TEST(first, second, 2, 1)],
  "T.TEST, one tail, paired": ["=T.TEST(A1:A5,B1:B5,1,1)", T.TEST(first, second, 1, 1)],
  "T.TEST, two tails, unpaired": ["=T.TEST(A1:A5,B1:B5,2,2)", T.TEST(first, second, 2, 2)],
  "F.TEST": ["=F.TEST(C1:C5,D1:D5)", F.TEST(narrow, wide)],
};
const cells = first.map((value, row) => [value, second[row], narrow[row], wide[row]]);
const formulas = Object.values(tests).map(([formula]) => formula);
const sheet = hyperformula.HyperFormula.buildFromArray([...cells, formulas], { licenseKey: "gpl-v3" });
const expected = sheet.getSheetValues(0).at(-1);
const seen = Object.values(tests).map(([, value]) => value);
const version = (name) => JSON.parse(readFileSync(`node_modules/${name}/package.json`)).version;
console.log(`formulajs ${version("@formulajs/formulajs")}, HyperFormula ${version("hyperformula")}; p-values`);
Object.keys(tests).forEach((name, at) =>
  console.log(`expected: ${expected[at].toFixed(4)}  seen: ${seen[at].toFixed(4)} (${name})`),
);
const [paired, oneTail, unpaired, ratio] = seen;
const agree = Math.abs(unpaired - expected[2]) < 1e-6;
if (!agree || paired !== unpaired || oneTail !== unpaired || Math.abs(ratio - expected[3]) < 0.01) {
  throw Error("the behaviour has changed");
}
JS
node show.mjs
