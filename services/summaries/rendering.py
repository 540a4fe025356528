"""Sets a mail as plain text and as HTML. What a text holds is shown, never obeyed."""

from pathlib import Path

from css_inline import CSSInliner
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from services.summaries.composing import Page

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=select_autoescape(["html.jinja"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


# Of the block only what no element can carry stays: the dark mode. Nothing is fetched.
_inliner = CSSInliner(keep_at_rules=True, minify_css=True, load_remote_stylesheets=False)


def html_part(page: Page) -> str:
    """Every element carries its style, since some mail programs drop the block that tells it."""
    return _inliner.inline(_templates.get_template("briefing.html.jinja").render(page=page))


def text_part(page: Page) -> str:
    return _templates.get_template("briefing.txt.jinja").render(page=page)
