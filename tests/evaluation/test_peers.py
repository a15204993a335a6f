"""Predictors of other people: a runner of its own, the right sign, and one line for what fails."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy import stats

from smartiqa.config.study import Statistics
from smartiqa.core.errors import InputError
from smartiqa.core.files import sha256_of
from smartiqa.evaluation.peers import PEERS, measure_peers, score_with_peer, version_of
from smartiqa.provenance.code_digest import SOURCE
from whole_files import whole_manifest

RUNNERS = SOURCE.parents[1] / "envs" / "peers"
STATISTICS = Statistics(replicates=20, seed=0)
# What is installed here anyway: the runner's own loop, with a score that anybody can check.
RUNNER = (
    "import numpy as np, scoring\nscoring.main(lambda image: np.asarray(image)[..., 0].mean())\n"
)


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Ten flat test images, the brighter the better, and a training image."""
    rows = []
    for place in range(11):
        Image.new("RGB", (8, 8), (20 * place, 7, 7)).save(tmp_path / f"a, {place}.png")
        split = "train" if place == 10 else "test"
        rows.append({"file": f"a, {place}.png", "quality": 9.0 * place, "split": split})
    digests = [sha256_of(tmp_path / row["file"]) for row in rows]
    frame = pd.DataFrame(rows).assign(id=[row["file"] for row in rows], sha256=digests)
    whole_manifest(frame).to_parquet(tmp_path / "manifest.parquet")
    (tmp_path / "scoring.py").write_text((RUNNERS / "scoring.py").read_text())
    (tmp_path / "runner.py").write_text(RUNNER)
    return tmp_path


def scored(dataset: Path) -> str:
    python = Path(sys.executable)
    manifest = dataset / "manifest.parquet"
    return score_with_peer("entropy", manifest, dataset, dataset / "runner.py", python)


def test_a_runner_scores_the_test_images_in_order(dataset: Path) -> None:
    lines = scored(dataset).splitlines()
    assert lines[0] == "file,score,problem"
    assert lines[1:] == [f'"a, {place}.png",{20.0 * place!r},' for place in range(10)]


@pytest.mark.parametrize("name", ["entropy", "brisque"])
def test_correlations_have_the_sign_that_makes_high_good(name: str, dataset: Path) -> None:
    draw = np.random.default_rng(0)
    quality = np.arange(10) * 9.0
    own = quality + draw.normal(0, 20, 10)
    sign = -1 if PEERS[name].lower_is_better else 1
    table = pd.DataFrame({"file": [f"a, {p}.png" for p in range(10)], "score": sign * own})
    table.assign(problem="").to_csv(dataset / "scores.csv", index=False)
    found = measure_peers(
        dataset / "manifest.parquet",
        STATISTICS,
        {name: dataset / "scores.csv"},
        {name: RUNNERS / f"{name}.txt"},
    )
    (peer,) = found.peers
    srcc, plcc = peer.measures["srcc"].values[0], peer.measures["plcc"].values[0]
    assert srcc == pytest.approx(stats.spearmanr(own, quality).statistic)
    assert plcc == pytest.approx(stats.pearsonr(own, quality).statistic)
    assert peer.measures["plcc_logistic"].values[0] >= plcc - 1e-3
    assert found.test == 10


def test_what_fails_is_one_line(dataset: Path) -> None:
    manifest, runner = dataset / "manifest.parquet", dataset / "runner.py"
    with pytest.raises(InputError, match=r"'entropy' has no environment .*run `make peers`"):
        score_with_peer("entropy", manifest, dataset, runner, dataset / "no" / "python")
    image = (dataset / "a, 3.png").read_bytes()
    (dataset / "a, 3.png").write_bytes(b"no image")
    with pytest.raises(InputError, match=r"a, 3\.png is not what was prepared"):
        scored(dataset)
    (dataset / "a, 3.png").write_bytes(image)
    runner.write_text("import scoring, nowhere\n")
    with pytest.raises(InputError, match="No module named 'nowhere'"):
        scored(dataset)


# Of the images' first channel, 0 to 180: one that is refused, one without a number.
PARTIAL = """
import math
import numpy as np, scoring

def score(image):
    red = float(np.asarray(image)[..., 0].mean())
    if red == 20:
        raise ValueError("too\\nsmall")
    return math.nan if red == 40 else red

scoring.main(score)
"""


def test_who_cannot_score_all_images_is_left_out_with_the_reason(dataset: Path) -> None:
    (dataset / "all.csv").write_text(scored(dataset))
    (dataset / "runner.py").write_text(PARTIAL)
    (dataset / "some.csv").write_text(scored(dataset))
    manifest, pins = dataset / "manifest.parquet", RUNNERS / "entropy.txt"
    tables = {"entropy": dataset / "all.csv", "brisque": dataset / "some.csv"}
    found = measure_peers(
        manifest, STATISTICS, tables, {"entropy": pins, "brisque": RUNNERS / "brisque.txt"}
    )
    assert [peer.name for peer in found.peers] == ["entropy"]
    assert found.refused["brisque"].images == 2
    assert found.refused["brisque"].reason == "a, 1.png: too small"
    tables = {"entropy": dataset / "some.csv"}
    with pytest.raises(InputError, match=r"no peer scores all .* 'entropy' .*a, 1\.png: too small"):
        measure_peers(manifest, STATISTICS, tables, {"entropy": pins})


def test_scores_that_are_no_numbers_or_of_other_images_are_refused(dataset: Path) -> None:
    tables, pins = {"entropy": dataset / "scores.csv"}, {"entropy": RUNNERS / "entropy.txt"}
    text = scored(dataset)
    (dataset / "scores.csv").write_text(text.replace("40.0", "forty"))
    with pytest.raises(InputError, match=r"scores\.csv: .*forty.*; delete it"):
        measure_peers(dataset / "manifest.parquet", STATISTICS, tables, pins)
    (dataset / "scores.csv").write_text("file,score,problem\nother.png,1,\n")
    with pytest.raises(InputError, match="scores of other images"):
        measure_peers(dataset / "manifest.parquet", STATISTICS, tables, pins)
    with pytest.raises(InputError, match="run `make peers`"):
        measure_peers(dataset / "manifest.parquet", STATISTICS, {}, {})


def test_every_peer_has_a_runner_and_pins_with_its_package() -> None:
    assert {path.stem for path in RUNNERS.glob("*.txt")} == set(PEERS)
    assert {path.stem for path in RUNNERS.glob("score_*.py")} == {f"score_{n}" for n in PEERS}
    for name, facts in PEERS.items():
        pins = RUNNERS / f"{name}.txt"
        assert version_of(facts.package, pins)
        first, *others = pins.read_text().splitlines()
        assert first.startswith("# python 3.")
        assert all("==" in line for line in others)
