"""How the site is built: ``nox -s docs``. Nothing is fetched; a warning is an error."""

import os
import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import listing  # noqa: E402
from sphinx_gallery.sorting import ExplicitOrder  # noqa: E402

import skml_aemlo  # noqa: E402

project = "skml_aemlo"
author = copyright = "the skml_aemlo developers"
version = release = skml_aemlo.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_parser",
    "sphinx_gallery.gen_gallery",
]
source_suffix = {".rst": "restructuredtext", ".md": "markdown"}
exclude_patterns = ["_build", "examples", "experiments", "images", "sg_execution_times.rst"]
templates_path = ["_templates"]
default_role = "py:obj"
suppress_warnings = ["config.cache"]  # the gallery's settings hold an object that sorts

myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
autosummary_generate = True
numpydoc_show_class_members = False

html_theme = "pydata_sphinx_theme"
html_title = "skml_aemlo"
html_favicon = "_static/favicon.svg"
html_context = {"default_mode": "auto"}
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_search_scorer = str(HERE / "_static" / "scorer.js")
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "navbar_end": ["theme-switcher"],
    "header_links_before_dropdown": 7,
    "show_prev_next": True,
    "secondary_sidebar_items": ["page-toc"],
    "navigation_with_keys": False,
}
# pages that have none below them
ALONE = ("start", "choosing", "others", "good_to_know", "terms", "cite", "changelog")
html_sidebars = {page: [] for page in ALONE}

sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "gallery",
    "filename_pattern": r"\.py$",
    "thumbnail_size": (560, 392),
    "within_subsection_order": ExplicitOrder(listing.EXAMPLES),
    "show_memory": False,
    "show_signature": False,
    "download_all_examples": False,
    "capture_repr": (),
    "plot_gallery": True,
    "abort_on_example_error": True,
    "reset_modules": ("matplotlib",),
    "min_reported_time": 1,
    "remove_config_comments": True,
    "write_computation_times": False,
}

# an example must not fight for cores with what it starts
os.environ.setdefault("OMP_NUM_THREADS", "1")


def setup(app):
    """Write the pages that are made from the code, and lead links on GitHub to the site's pages."""
    listing.write(HERE)
    app.connect("source-read", _lead_to_the_site)
    app.connect("source-read", _end_with_the_code)
    app.connect("missing-reference", _find_in_any_room)
    app.connect("autodoc-skip-member", _skip_what_is_not_ours)


def _skip_what_is_not_ours(app, what, name, member, skip, options):
    """Leave scikit-learn's own methods to scikit-learn's pages, and its words with them."""
    asks_for_metadata = name.startswith("set_") and name.endswith("_request")
    home = getattr(getattr(member, "fget", member), "__module__", None) or ""
    return True if asks_for_metadata or not home.startswith("skml_aemlo") else None


def _lead_to_the_site(app, docname, source):
    source[0] = listing.lead_to_the_site(source[0])
    if docname.startswith("guide/") or docname in ALONE:
        source[0] = listing.link_first(source[0])


def _end_with_the_code(app, docname, source):
    """Drop the empty line that a doctest needs at its end, and a reader does not."""
    source[0] = re.sub(r"\n\n+```\n", "\n```\n", source[0])


def _find_in_any_room(app, env, node, contnode):
    """Lead a name to the one place where it is documented, whichever room names it."""
    if node.get("refdomain") != "py" or not node.get("reftarget", "").strip("."):
        return None
    ending = "." + node["reftarget"].strip(".")
    domain = env.get_domain("py")
    public = (name for name, entry in domain.objects.items() if not entry.aliased)
    found = [name for name in public if name.endswith(ending)]
    if len(found) != 1:
        return None
    return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", found[0], node, contnode)
