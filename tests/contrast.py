"""Does what stands on a page stand out from what is behind it, as WCAG 2.2 asks at level AA?"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Locator

# Every text, also one that is drawn or stands in a field, in its colour as it is seen through what is transparent.
# What cannot be used at the moment is exempt.
_LOW = """root => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const over = (colour, below, opacity = 1) => {
    canvas.globalAlpha = 1; canvas.fillStyle = `rgb(${below})`; canvas.fillRect(0, 0, 1, 1);
    canvas.globalAlpha = opacity; canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const around = (element) => element.parentElement ?? element.getRootNode().host ?? null;  // also of a shadow root
  const behind = (element) => element === null ? [255, 255, 255]
    : over(getComputedStyle(element).backgroundColor, behind(around(element)));
  const opacity = (element) => element === null ? 1
    : Number(getComputedStyle(element).opacity) * opacity(around(element));
  const light = (colour) => colour.map((part) => part / 255)
    .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
  const low = [];
  const judge = (element, words, colour, faint = 1) => {
    if (!words.trim() || !element.checkVisibility() || element.closest(":disabled, style, title")) return;
    const back = behind(element);
    const [a, b] = [light(back), light(over(colour, back, opacity(element) * faint))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) low.push(`${words.trim().slice(0, 30)}: ${ratio.toFixed(2)}`);
  };
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement, style = getComputedStyle(element);
    const drawn = element instanceof SVGElement;
    judge(element, texts.currentNode.data, drawn ? style.fill : style.color, drawn ? Number(style.fillOpacity) : 1);
  }
  for (const field of root.querySelectorAll("input:not([type=range], [type=checkbox], [type=radio]), textarea")) {
    const hint = getComputedStyle(field, "::placeholder");
    judge(field, field.value, getComputedStyle(field).color);
    judge(field, field.placeholder, hint.color, Number(hint.opacity));
  }
  return low;
}"""


def low_contrast(what: "Locator") -> list[str]:
    """Return each text below 4.5 to 1, with its ratio."""
    found: Any = what.evaluate(_LOW)
    return list(found)
