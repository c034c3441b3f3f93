"""The few SVG elements that the charts need, with every text escaped.

No inline styles: the page's content-security policy admits one style sheet, by its hash. Colours
come from classes, so that light, dark and print share one drawing.
"""

from __future__ import annotations

from textwrap import wrap

from markupsafe import Markup, escape

WIDTH = 720
"""Width of every chart in its own units; the page scales it."""
CHARACTER = 7.0
"""About the width of a character of the labels, in the same units."""


def _attributes(attributes: dict[str, str | float]) -> Markup:
    return Markup("").join(
        Markup(' {}="{}"').format(name.rstrip("_").replace("_", "-"), _value(value))
        for name, value in attributes.items()
    )


def _value(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")


def element(name: str, content: Markup | str = "", **attributes: str | float) -> Markup:
    """An element; `content` is escaped unless it is markup already. `class_` is `class`."""
    inner = escape(content)
    if not inner:
        return Markup("<{}{}/>").format(name, _attributes(attributes))
    return Markup("<{0}{1}>{2}</{0}>").format(name, _attributes(attributes), inner)


def rect(
    x: float, y: float, width: float, height: float, class_: str, *, hatched_by: str = ""
) -> Markup:
    """A bar; a negative width reaches to the left; `hatched_by` is the name of its chart."""
    left, wide = (x, width) if width >= 0 else (x + width, -width)
    fill = {"fill": f"url(#{hatched_by}-hatch)"} if hatched_by else {}
    return element("rect", x=left, y=y, width=wide, height=height, rx=2, class_=class_, **fill)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def text(x: float, y: float, content: str, class_: str = "label", anchor: str = "start") -> Markup:
    """One line of text."""
    return element("text", content, x=x, y=y, class_=class_, text_anchor=anchor)


def label(x: float, y: float, content: str, width: float) -> Markup:
    """A label of at most two lines within `width`, centred on `y`; too long ones end in `…`."""
    lines = wrap(content, max(int(width / CHARACTER), 8), max_lines=2, placeholder="…")
    first = y + 4 - 8 * (len(lines) - 1)
    return Markup("").join(text(x, first + 16 * index, one) for index, one in enumerate(lines))


def dot(x: float, y: float, class_: str) -> Markup:
    """A point."""
    return element("circle", cx=x, cy=y, r=5, class_=class_)


def diamond(x: float, y: float, class_: str) -> Markup:
    """A mark of another shape than a point."""
    points = f"{x:.1f},{y - 6:.1f} {x + 6:.1f},{y:.1f} {x:.1f},{y + 6:.1f} {x - 6:.1f},{y:.1f}"
    return element("polygon", points=points, class_=class_)


def picture(name: str, height: float, title: str, description: str, body: list[Markup]) -> Markup:
    """A whole chart with its title and description for those who cannot see it."""
    hatch = element(
        "pattern",
        element("rect", width=6, height=6, class_="hatch-ground")
        + element("line", x1=0, y1=0, x2=0, y2=6, class_="hatch-line"),
        id=f"{name}-hatch",
        width=6,
        height=6,
        patternUnits="userSpaceOnUse",
        patternTransform="rotate(45)",
    )
    return element(
        "svg",
        element("title", title, id=f"{name}-title")
        + element("desc", description, id=f"{name}-desc")
        + element("defs", hatch)
        + Markup("").join(body),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {height:.0f}",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
        class_="chart",
    )
