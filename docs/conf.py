"""How Sphinx builds these pages: `make docs`."""

import os
import sys
from pathlib import Path

from sphinx.application import Sphinx

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path[:0] = [str(HERE), str(ROOT / "src")]
os.chdir(ROOT)  # settings and rules are named from here

project = "smartiqa"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
exclude_patterns = ["build"]
default_role = "code"  # of single backticks in docstrings

# Headings of three levels can be linked to, in the way of GitHub.
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]
copybutton_exclude = ".linenos, .gp, .go, .c1"  # comments of a command line are not copied

autodoc_typehints = "description"
autodoc_member_order = "bysource"
napoleon_google_docstring = True
napoleon_numpy_docstring = False

html_theme = "furo"
html_title = "smartiqa"
html_copy_source = False
html_show_sphinx = False
# A page that was opened from disk may not read others: search lists titles, without excerpts.
html_show_search_summary = False
html_static_path = ["style"]
html_css_files = ["wide.css"]


def setup(app: Sphinx) -> None:
    """Put generated reference in the place of its marks."""
    app.connect("source-read", fill)


def fill(app: Sphinx, name: str, source: list[str]) -> None:
    """Replace each mark `<!-- generated: NAME -->` of a page."""
    from generated import filled

    source[0] = filled(source[0])
