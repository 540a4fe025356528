"""Charts as PNG, by resvg and with fonts of our own: the same chart gives the same bytes on any machine."""

from pathlib import Path

import resvg_py
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.market_data.charting import Chart

_HERE = Path(__file__).parent
_FONTS = [str(font) for font in sorted((_HERE / "fonts").glob("*.otf"))]
_templates = Environment(
    loader=FileSystemLoader(_HERE),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def svg(chart: Chart) -> str:
    return _templates.get_template("chart.svg.jinja").render(chart=chart)


def png(picture: str) -> bytes:
    """The SVG as pixels."""
    return resvg_py.svg_to_bytes(
        svg_string=picture, skip_system_fonts=True, font_files=_FONTS, font_family="Inter"
    )
