#!/bin/sh
# Apache Arrow 21.2.0 for JavaScript (npm) with a table of DuckDB 2.0.1: an opinion of 3.84 is 384.
#
# Expected by most: an opinion that is written as 3.84 in a query is 3.84 for all who read the Parquet file, or an error.
# Seen: a literal with a point is a DECIMAL in DuckDB. The Arrow library gives its whole number, without the places:
# arithmetic and comparisons with it work in silence. Scores of one or two places are off by ten or a hundred times, a
# mean opinion of 3.5 is 347, and the error of good predictions (which are floats, as avg() is) 350 for .1. pyarrow and
# hyparquet give 3.84.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile duckdb==2.0.1 pyarrow==26.0.1
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" apache-arrow@21.2.0 parquet-wasm@0.8.0 \
    hyparquet@1.33.0 >/dev/null
venv/bin/python - <<'PYTHON'
import duckdb
import pyarrow.parquet

duckdb.sql(
    "copy (select photo, mos, round(mos, 1) as tenths, prediction::double as prediction from (values"
    " ('a.jpg', 3.84, 3.9), ('b.jpg', 2.51, 2.4), ('c.jpg', 4.06, 4.2)) as scores(photo, mos, prediction))"
    " to 'scores.parquet'"
)
rows = pyarrow.parquet.read_table("scores.parquet").to_pylist()
print("DuckDB", duckdb.__version__, "and pyarrow", pyarrow.__version__)
print("a.jpg as pyarrow reads it:", ", ".join(f"{name} {value}" for name, value in rows[0].items()))
PYTHON
cat >show.mjs <<'JS'
import { readFileSync } from "node:fs";
import { tableFromIPC } from "apache-arrow";
import { parquetReadObjects } from "hyparquet";
import initialize, { readParquet } from "parquet-wasm/esm";

const version = (name) => `${name} ${JSON.parse(readFileSync(`node_modules/${name}/package.json`)).version}`;
await initialize({ module_or_path: readFileSync("node_modules/parquet-wasm/esm/parquet_wasm_bg.wasm") });
const file = new Uint8Array(readFileSync("scores.parquet"));
const peer = await parquetReadObjects({ file: file.buffer });
const rows = tableFromIPC(readParquet(file).intoIPCStream()).toArray();
console.log(["apache-arrow", "parquet-wasm", "hyparquet"].map(version).join(", "));
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const facts = (table) => ({
  "a score of a.jpg": Number(table[0].mos),
  "the same in tenths": Number(table[0].tenths),
  "a mean opinion": mean([...table].map((row) => Number(row.mos))),
  "the error of predictions": Math.sqrt(mean([...table].map((row) => (row.mos - row.prediction) ** 2))),
});
const [expected, seen] = [facts(peer), facts(rows)];
for (const name of Object.keys(seen)) {
  console.log(`expected: ${expected[name].toFixed(2)}  seen: ${seen[name].toFixed(2)}  (${name})`);
}
const steady = Math.abs(expected["a score of a.jpg"] - 3.84) < 1e-9 && expected["the error of predictions"] < 0.2;
const off = ["a score of a.jpg", "the same in tenths"].map((name) => Math.round(seen[name] / expected[name]));
if (!steady || off.join() !== "100,10") throw Error("the behaviour has changed");
JS
node show.mjs
