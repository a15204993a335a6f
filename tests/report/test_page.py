"""The report: whole, escaped, free of anything outside it, and drawn by a real browser."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from typer import TyperException

from command_line import smartiqa
from hostile_study import HOSTILE, MODELS, images_of
from made_up_paper import CONFIG, ROOT
from smartiqa.core.errors import InputError
from smartiqa.explanation.subjects import explain
from smartiqa.paper.rendering import OTHER_FILES, read_values
from smartiqa.report import images
from smartiqa.report.page import rendered, write_report
from smartiqa.report.results_tables import group_table, groups_with_results
from smartiqa.results.paper_results import read_paper_results
from smartiqa.results.study_results import Results

MEGABYTE = 1 << 20
CHARTS = ("loss", "srcc", "predictions", "attention", "content", "quality")
BROWSER = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chrome")


class Page(HTMLParser):
    """What is in a page: ids, references, elements, text, and the content of scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.references: list[str] = []
        self.tags: list[str] = []
        self.notes: list[str] = []
        self.words: list[str] = []
        self.scripts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self.tags.append(tag)
        self.ids += [known["id"] or ""] if "id" in known else []
        self.notes += [known["data-note"] or ""] if "data-note" in known else []
        self.references += [known[name] or "" for name in ("href", "src") if name in known]
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] == ["script"] and not self.scripts[-1]:
            self.scripts[-1] = data
        self.words.append(data)

    @property
    def content(self) -> dict[str, Any]:
        """What the page's script reads."""
        content: dict[str, Any] = json.loads(self.scripts[0])
        return content


def test_it_needs_nothing_but_itself(finished: Results) -> None:
    text = rendered(finished, with_photos=True)
    page = Page(text)
    outside = [r for r in page.references if not r.startswith(("#", "data:"))]
    assert outside == []
    assert "default-src 'none'" in text
    assert {r[1:] for r in page.references if r.startswith("#")} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert not re.search(r"url\(|@import", text[: text.index("</style>")])
    assert len(text) < 2 * MEGABYTE


def test_hostile_names_stay_text(finished: Results) -> None:
    page = Page(rendered(finished, with_photos=True))
    assert page.tags.count("script") == 3
    assert "b" not in page.tags
    shown = [word for word in page.words if HOSTILE in word and "{" + '"blocks"' not in word]
    assert f"Study {HOSTILE}" in shown
    assert f"synthetic {HOSTILE}" in shown
    assert f"SMART-Base {HOSTILE}" in shown
    assert shown.count(HOSTILE) > 3  # a claim, a device, contents, distortions
    drawn = {row["id"] for row in page.content["data"]["images"]}
    assert drawn == {name for d in ("synthetic", "mixed") for name in images_of(d)["id"]}


def test_equal_results_give_equal_bytes(finished: Results) -> None:
    assert rendered(finished, with_photos=True) == rendered(finished, with_photos=True)


def test_every_number_says_what_explain_says(finished: Results) -> None:
    page = Page(rendered(finished, with_photos=False))
    notes, blocks = page.content["notes"], page.content["blocks"]
    assert len(page.notes) > 100
    assert set(page.notes) <= set(notes)
    folder = finished.folder
    values = read_values(folder / "paper.json", ledger=folder / OTHER_FILES["ledger"])
    for key in (
        *("experiments.C3.results.mixed.srcc", "comparisons.ablation[0]", "ledger.claims[0]"),
        *("published.ablation.C0.srcc", "figures/predictions"),
    ):
        text = notes[key]["text"] + "".join(blocks[place] for place in notes[key]["blocks"])
        assert text == explain(key, finished, values)
    assert "seed 1" in notes["runs/C0/seed1"]["text"]


def test_what_is_drawn_is_what_was_predicted(finished: Results) -> None:
    data = Page(rendered(finished, with_photos=False)).content["data"]
    path = finished.run("C3", 1) / "predictions" / "mixed.parquet"
    predicted = pd.read_parquet(path).set_index("id")["prediction"]
    mixed = {r["id"]: r["predictions"] for r in data["images"] if r["dataset"] == "mixed"}
    assert {name: row["C3"] for name, row in mixed.items()} == predicted.round(2).to_dict()
    assert {frozenset(row) for row in mixed.values()} == {frozenset({"C3"})}
    assert len(data["attention"]) == 12 * 4
    assert len(data["embedding"]) == 12
    epochs = pd.read_csv(finished.run("C0", 1) / "history.csv")["epoch"].tolist()
    assert [r["epoch"] for r in data["history"] if r["experiment"] == "C0"] == epochs


def test_the_worst_come_first(finished: Results) -> None:
    page = Page(rendered(finished, with_photos=False))
    errors = [abs(r["predictions"]["C3"] - r["quality"]) for r in page.content["data"]["images"]]
    assert errors[:12] == sorted(errors[:12], reverse=True)
    assert [name for name in page.ids if name.startswith("image-")][:2] == ["image-0", "image-1"]


def test_photos_are_embedded_unless_nobody_wants_them(finished: Results) -> None:
    with_photos = Page(rendered(finished, with_photos=True))
    assert sum(r.startswith("data:image/webp") for r in with_photos.references) == 24
    assert "Who made the photos" in with_photos.words
    without = rendered(finished, with_photos=False)
    assert "data:image" not in without
    assert "Who made the photos" not in Page(without).words


def test_a_study_that_has_only_begun(begun: Results) -> None:
    history = begun.run("C3", 1) / "history.csv"
    history.parent.mkdir(parents=True)
    history.write_text("epoch,train_loss,validation_srcc\n1,20.5,0.25\n")
    page = Page(rendered(begun, with_photos=True))
    text = "".join(page.words)
    assert "1 done, 1 running (of 2)" in text
    assert text.count("are not there yet") == 4
    assert set(page.content["charts"]) == {"chart-loss", "chart-srcc", "chart-predictions"}
    assert [r for r in page.content["data"]["history"] if r["experiment"] == "C3"]
    assert set(page.content["notes"]) == {"runs/C0/seed1"}


STATES = {  # what is not there yet, and the charts that are
    "planned": (("data", *(f"runs/{name}" for name in MODELS)), set()),
    "prepared": (("runs/C0", "runs/C3"), set()),
    "in training": (
        [f"runs/{name}/seed1/{file}" for name in MODELS
         for file in ("predictions", "metrics.json", "config.json", "environment.json",
                      "identity.json", "generated.parquet", "generated.json")],
        {"loss", "srcc"},
    ),
    "trained": (
        [f"runs/{name}/seed1/{file}" for name in MODELS
         for file in ("predictions", "metrics.json", "generated.parquet", "generated.json")],
        {"loss", "srcc"},
    ),
    "predicted": (
        [f"runs/{name}/seed1/{file}" for name in MODELS
         for file in ("metrics.json", "generated.parquet", "generated.json")],
        {"loss", "srcc", "predictions", "attention"},
    ),
    "embedded, but not predicted": (
        [f"runs/{name}/seed1/predictions" for name in MODELS],
        {"loss", "srcc"},
    ),
    "collated": (("claims.json",), {*CHARTS}),
}  # fmt: skip


@pytest.mark.parametrize("state", STATES)
def test_every_state_of_a_study_has_a_report(finished: Results, state: str) -> None:
    gone, drawn = STATES[state]
    for name in (*gone, *(() if state == "collated" else ("paper.json", "claims.json"))):
        path = finished.folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    page = Page(rendered(finished, with_photos=True))
    assert set(page.content["charts"]) == {f"chart-{name}" for name in drawn}
    text, parts = "".join(page.words), ("loss", "predictions", "attention", "content")
    tables = 1 if state == "collated" else 2  # the ledger, and the results before it
    assert text.count("are not there yet") == tables + len({*parts} - drawn)


def test_of_many_images_the_worst_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MOST_IMAGES", 30)
    monkeypatch.setattr(images, "MOST_WORST", 10)
    frame = pd.DataFrame({"dataset": "a", "quality": 50.0, "C3": [50.0 + k for k in range(100)]})
    kept = images.chosen(frame, "C3")["C3"].tolist()
    assert kept[:10] == [149.0 - k for k in range(10)]
    assert (len(kept), kept[-1]) == (30, 50)
    assert len(set(kept)) == 30


# What cannot be reported


def test_a_file_that_cannot_be_written(begun: Results, tmp_path: Path) -> None:
    folder = tmp_path / "folder.html"
    folder.mkdir()
    with pytest.raises(TyperException, match=r"folder\.html' is a directory"):
        smartiqa("report", study=CONFIG / "demo.yaml", output=folder)
    with pytest.raises(InputError, match=r"nowhere.*does not exist"):
        write_report(begun, tmp_path / "nowhere" / "report.html", True)


@pytest.mark.parametrize(
    "damaged",
    ["paper.json", "claims.json", "runs/C3/seed1/history.csv", "runs/C0/seed1/environment.json",
     "runs/C3/seed1/predictions/synthetic.parquet", "runs/C3/seed1/generated.parquet",
     "data/synthetic/store-none/index.parquet"],
)  # fmt: skip
def test_damaged_results_are_named(finished: Results, tmp_path: Path, damaged: str) -> None:
    (finished.folder / damaged).write_bytes(b"damaged")
    output = tmp_path / "report.html"
    with pytest.raises(InputError, match=re.escape(Path(damaged).name)):
        write_report(finished, output, True)
    assert not output.exists()


def test_the_stage(finished: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "paper").symlink_to(ROOT / "paper")
    for name in ("workflow", "data"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.setattr(Results, "of", lambda *_: finished)
    monkeypatch.chdir(tmp_path)
    smartiqa(
        "report", "--no-photos", study=CONFIG / "demo.yaml", catalogue=CONFIG / "experiments.yaml",
        output=tmp_path / "out.html",
    )  # fmt: skip
    assert (tmp_path / "out.html").read_text(encoding="utf-8") == rendered(finished, False)


# In a browser

USE = """
<script>
addEventListener("load", async () => {
  const all = (chosen) => [...document.querySelectorAll(chosen)];
  const wait = async (ready) => { while (!ready()) await new Promise((go) => setTimeout(go, 50)); };
  const seen = { problems };
  await wait(() => all(".chart svg").length === CHARTS && views.length === CHARTS);
  const points = all("#chart-predictions path[aria-roledescription=point]");
  seen.points = points.length;
  seen.photo = photo(0).slice(0, 16);
  const at = { bubbles: true, clientX: 5, clientY: 5 };
  points[0].dispatchEvent(new PointerEvent("pointermove", at));
  const hovered = "#vg-tooltip-element.visible img[src^='data:image/webp']";
  await wait(() => document.querySelector(hovered));
  seen.tooltip = document.getElementById("vg-tooltip-element").textContent;
  const select = document.querySelector("[data-signal=model]");
  select.value = "C0";
  select.dispatchEvent(new Event("change", { bubbles: true }));
  seen.predicted = document.getElementById("image-0").cells[6].textContent;
  const rows = () => all("#table-claims tbody tr:not([hidden])").map((row) => row.id);
  document.querySelectorAll("#table-claims thead button")[0].click();
  seen.rising = rows();
  document.querySelectorAll("#table-claims thead button")[0].click();
  seen.falling = rows();
  const verdict = document.querySelector("#table-claims select[data-column='6']");
  verdict.value = "contradicted";
  verdict.dispatchEvent(new Event("input", { bubbles: true }));
  seen.filtered = all("#table-claims tbody tr:not([hidden])").map((r) => r.cells[6].textContent);
  document.querySelector("#table-ablation [data-note]").click();
  seen.note = document.querySelector("#note[open] pre").textContent;
  document.documentElement.innerHTML = "<body><pre id=seen></pre>";
  document.getElementById("seen").textContent = JSON.stringify(seen);
});
</script></body>"""
WATCH = """<head><script>
const problems = [];
addEventListener("error", (event) => problems.push(String(event.message)));
addEventListener("securitypolicyviolation", (event) => problems.push(event.blockedURI));
for (const kind of ["error", "warn"]) console[kind] = (...words) => problems.push(words.join(" "));
</script>"""


@pytest.mark.skipif(not BROWSER, reason="needs Chromium: apt-get install chromium")
def test_a_browser_draws_hovers_sorts_filters_and_explains(
    finished: Results, tmp_path: Path
) -> None:
    text = rendered(finished, with_photos=True)
    start, _, end = text.rpartition("</body>")
    use = USE.replace("CHARTS", str(len(CHARTS)))
    changed = start.replace("<head>", WATCH, 1) + use + end
    (tmp_path / "report.html").write_text(changed, encoding="utf-8")
    done = subprocess.run(
        [str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000",
         f"--user-data-dir={tmp_path / 'browser'}", "--dump-dom", f"file://{tmp_path}/report.html"],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    seen = json.loads("".join(Page(done.stdout).words))
    content = Page(text).content
    assert seen["problems"] == []
    assert seen["points"] == 12
    assert seen["photo"] == "data:image/webp;"
    assert any(row["id"] in seen["tooltip"] for row in content["data"]["images"])
    wanted = content["data"]["images"][0]["predictions"]["C0"]
    assert float(seen["predicted"].replace("\N{MINUS SIGN}", "-")) == pytest.approx(
        wanted, abs=0.06
    )
    assert seen["rising"] == seen["falling"][::-1]
    assert len(seen["rising"]) == 30
    assert set(seen["filtered"]) == {"contradicted"}
    assert seen["note"].startswith("published.ablation.C0.srcc")


NARROW = """<style>CSS
body { margin: 0; padding: 0 } .wide { height: 100px; width: 300px; border: 0 }
</style><body><div class="wide"></div>
<div class="wide"><table style="width: 900px"></table></div>
<div class="wide"><table style="width: 900px"></table></div>
<script>document.querySelectorAll(".wide")[2].scrollLeft = 900</script></body>"""


@pytest.mark.skipif(not BROWSER, reason="needs Chromium: apt-get install chromium")
def test_hidden_columns_have_a_shade_at_their_side(tmp_path: Path) -> None:
    style = (Path(images.__file__).parent / "page.css").read_text(encoding="utf-8")
    tables = NARROW.replace("CSS", style).replace("</table>", "<tr><td>one</table>")
    (tmp_path / "page.html").write_text(tables, encoding="utf-8")
    browse(tmp_path, "--hide-scrollbars", "--window-size=400,300", "--screenshot=page.png")
    with Image.open(tmp_path / "page.png") as shot:
        grey = np.asarray(shot.convert("L"), dtype=int)
    shaded = [[bool(grey[y, x] < 230) for x in (1, 150, 298)] for y in (60, 160, 260)]
    assert shaded == [[False, False, False], [False, False, True], [True, False, False]]


@pytest.mark.skipif(not BROWSER, reason="needs Chromium: apt-get install chromium")
def test_words_are_whole_on_a_phone(finished: Results, tmp_path: Path) -> None:
    look = """<script>addEventListener("load", () => {
      const broken = [];
      for (const cell of document.querySelectorAll(".wide th")) {
        const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
        for (let node; (node = walker.nextNode());)
          for (const word of node.data.matchAll(/[A-Za-z]+/g)) {
            const range = document.createRange();
            range.setStart(node, word.index);
            range.setEnd(node, word.index + word[0].length);
            if (range.getClientRects().length > 1) broken.push(word[0]);
          }
      }
      document.documentElement.innerHTML = "<body><pre id=seen></pre>";
      document.getElementById("seen").textContent = JSON.stringify([innerWidth, broken]);
    });</script></body>"""
    text = rendered(finished, with_photos=False)
    start, _, end = text.rpartition("</body>")
    start = start.replace(">C0 seed 1<", ">backbonesandattention<")
    (tmp_path / "page.html").write_text(start + look + end, encoding="utf-8")
    shown = browse(tmp_path, "--window-size=375,800", "--dump-dom")
    width, broken = json.loads("".join(Page(shown).words))
    assert width < 600
    assert broken == []


def browse(folder: Path, *options: str) -> str:
    """Have the browser show `page.html`; return what it prints."""
    done = subprocess.run(
        [str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000",
         f"--user-data-dir={folder / 'browser'}", *options, f"file://{folder}/page.html"],
        capture_output=True, text=True, check=True, timeout=120, cwd=folder,
    )  # fmt: skip
    return done.stdout


def test_groups_of_which_one_experiment_ran_have_no_table(finished: Results) -> None:
    paper = read_paper_results(finished.folder)
    home = paper.study.training_dataset
    ran = {name for name, entry in paper.experiments.items() if home in entry.results}
    groups = groups_with_results(paper)
    assert groups
    assert all(len(ran & {*paper.groups[group]}) > 1 for group in groups)
    assert any(ran & {*members} for name, members in paper.groups.items() if name not in groups)
    alone = {paper.roles.reference: paper.experiments[paper.roles.reference]}
    others = {n: e.model_copy(update={"results": {}}) for n, e in paper.experiments.items()}
    (single,) = groups_with_results(paper.model_copy(update={"experiments": {**others, **alone}}))
    table = group_table(paper, single)
    assert {row.cells[0].text for row in table.rows} >= {*alone}
