"use strict";
const content = JSON.parse(document.getElementById("content").textContent);
document.getElementById("no-script").remove();
const views = [];

// Charts: the photo of an image is the one in the table of photos.
const photo = (number) => document.getElementById(`photo-${number}`)?.src ?? "";
const faint = "rgba(128, 128, 128, 0.3)";
const plain = { labelColor: "currentColor", titleColor: "currentColor", labelFontSize: 12, titleFontSize: 12 };
const config = {
  background: null,
  font: "system-ui, sans-serif",
  view: { stroke: null },
  axis: { ...plain, gridColor: faint, domainColor: faint, tickColor: faint },
  legend: { ...plain, symbolOpacity: 1 },
};
for (const [place, chart] of Object.entries(content.charts)) {
  const data = { [chart.data.name]: content.data[chart.data.name] };
  vegaEmbed(`#${place}`, { ...chart, datasets: data }, {
    actions: false, config, mode: "vega-lite", renderer: "svg", expressionFunctions: { photo },
  }).then(({ view }) => {
    views.push(view);
    // The browser may have kept what was chosen before the page was loaded again.
    document.querySelectorAll("[data-signal]").forEach((select) => choose(view, select));
  });
}

function choose(view, select) {
  try {
    view.signal(select.dataset.signal);
  } catch {
    return; // a chart without this parameter
  }
  view.signal(select.dataset.signal, select.value).runAsync();
}

for (const select of document.querySelectorAll("[data-signal]")) {
  select.addEventListener("change", () => {
    views.forEach((view) => choose(view, select));
    if (select.dataset.signal === "model") showPredictions(select.value);
  });
}

// The table of photos follows the chosen model, its worst photos first.
function showPredictions(model) {
  const table = document.querySelector("#table-photos table");
  const write = (cell, value, sign) => {
    cell.textContent = value === undefined ? "–"
      : ((sign && value > 0 ? "+" : "") + value.toFixed(1)).replace("-", "−");
    cell.dataset.value = value ?? "";
  };
  for (const image of content.data.images) {
    const cells = document.getElementById(`image-${image.i}`).cells;
    const value = image.predictions[model];
    write(cells[cells.length - 2], value, false);
    write(cells[cells.length - 1], value === undefined ? undefined : value - image.quality, true);
  }
  sort(table, table.tHead.rows[0].cells.length - 1, (a, b) => Math.abs(b) - Math.abs(a));
}

// Sorting: by number where a column has numbers; rows without one come last.
function sort(table, column, compare) {
  const keyed = [...table.tBodies[0].rows].map((row) => {
    const cell = row.cells[column];
    return [cell.dataset.value ? Number(cell.dataset.value) : null, cell.textContent, row];
  });
  const numeric = keyed.some(([value]) => value !== null);
  keyed.sort(([a, first], [b, second]) =>
    numeric ? (a === null) - (b === null) || compare(a, b) : compare(first, second));
  table.tBodies[0].append(...keyed.map(([, , row]) => row));
}

for (const button of document.querySelectorAll("thead button")) {
  button.addEventListener("click", () => {
    const heading = button.parentElement;
    const rising = heading.getAttribute("aria-sort") !== "ascending";
    for (const other of heading.parentElement.cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", rising ? "ascending" : "descending");
    const order = (a, b) => typeof a === "number" ? a - b : a.localeCompare(b, "en", { numeric: true });
    sort(heading.closest("table"), heading.cellIndex, rising ? order : (a, b) => order(b, a));
  });
}

// Filters: words anywhere in a row, and the chosen value of a column.
for (const form of document.querySelectorAll("[data-filters]")) {
  const rows = [...document.getElementById(form.dataset.filters).querySelectorAll("tbody tr")];
  const filter = () => {
    const words = form.querySelector("input").value.toLowerCase().split(/\s+/);
    const chosen = [...form.querySelectorAll("select")].filter((select) => select.value);
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word)) ||
        !chosen.every((select) => row.cells[select.dataset.column].textContent === select.value);
    }
    form.querySelector("output").textContent =
      `${rows.filter((row) => !row.hidden).length} of ${rows.length} rows`;
  };
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  filter();
}

// Where a number comes from.
const dialog = document.getElementById("note");
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-note]");
  if (!button) return;
  const note = content.notes[button.dataset.note];
  document.getElementById("note-title").textContent = button.dataset.note;
  dialog.querySelector("pre").textContent =
    note.text + note.blocks.map((place) => content.blocks[place]).join("");
  dialog.showModal();
});
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});
