"""What a browser makes of sanitised HTML: Chromium parses it, and walks what it has parsed by a list of its own."""

import html
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude_kit.render.answer import Answer
from claude_kit.render.html import sanitise
from claude_kit.render.markdown import to_html
from claude_kit.render.pieces import Call, Said, Source, Thought
from tests.render.attacks import ATTACKS
from tests.render.reading import CLASSES, HARMLESS

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

# ------------------------------------------------------------------------------------------------------ the grammar

RUN = "window.pwned=1"
ELEMENTS = (
    *("a", "b", "p", "div", "ul", "li", "ol", "table", "tr", "td", "pre", "code", "details", "summary", "h1", "br"),
    *("script", "style", "iframe", "object", "embed", "link", "meta", "base", "form", "input", "button", "textarea"),
    *("select", "option", "img", "video", "audio", "source", "picture", "svg", "use", "image", "animate", "math"),
    *("foreignObject", "desc", "title", "mtext", "mglyph", "annotation-xml", "maction", "semantics", "noscript"),
    *("template", "slot", "plaintext", "xmp", "noembed", "noframes", "frameset", "body", "html", "head", "marquee"),
    *("dialog", "area", "map", "body/", "x-y", "isindex", "caption", "colgroup", "tbody", "font", "center", "nobr"),
)
VALUES = (
    *(RUN, f"javascript:{RUN}", f"JaVa\tScript:{RUN}", f"&#106;avascript:{RUN}", f" \x01javascript:{RUN}", "x", ""),
    *(f"data:text/html,<script>{RUN}</script>", f"data:image/svg+xml,<svg onload={RUN}>", "vbscript:x", "blob:x"),
    *("//x.test/a", "\\\\x.test/a", "/a", "http:x.test", "https://x.test/a?b=c&d#e", "mailto:a@x.test", "ftp://x.test"),
    *(
        "background: url(//x.test/a)",
        "a.html",
        "#a",
        "https://x.test/'onclick=" + RUN,
        f'" onclick="{RUN}',
        f"' onclick='{RUN}",
    ),
    *("jupyterapp", "jp-Button ck-status", "ck-cite", "text/html", "0;url=//x.test/a", "//x.test/a 1x", "http-equiv"),
    *(f"<img src=x onerror={RUN}>", f"--><img src=x onerror={RUN}>", f"</style><img src=x onerror={RUN}>"),
)
ATTRIBUTES = (
    *("href", "src", "srcset", "style", "class", "id", "name", "title", "action", "formaction", "data", "xlink:href"),
    *("background", "poster", "ping", "target", "start", "dir", "is", "slot", "autofocus", "open", "srcdoc", "content"),
    *("onclick", "onload", "onerror", "onfocus", "ontoggle", "OnMouseOver", "on", "onbegin", "http-equiv", "manifest"),
    *("data-commandlinker-command", "data-ck-island", "attributeName", "to", "encoding", "shadowrootmode", "x/onclick"),
)
BETWEEN = st.sampled_from((" ", "\n", "/", "\t", "\x0c", " / ", "\x00", ""))


@st.composite
def attributes(draw: st.DrawFn) -> str:
    """Return one attribute, with its value in quotes of any kind, or in none."""
    name, value = draw(st.sampled_from(ATTRIBUTES)), draw(st.sampled_from(VALUES))
    quote = draw(st.sampled_from(('"', "'", "", "`")))
    written = draw(st.sampled_from((value, html.escape(value), value.replace(":", "&colon;"))))
    return f"{draw(BETWEEN)}{name}={quote}{written}{quote}"


@st.composite
def tags(draw: st.DrawFn) -> str:
    """Return one tag that opens, closes, does both, or does not end."""
    name, end = draw(st.sampled_from(ELEMENTS)), draw(st.sampled_from((">", ">", ">", ">", "/>", "", "<")))
    if draw(st.booleans()) and draw(st.booleans()):
        return f"</{name}{end}"
    return f"<{name}{''.join(draw(st.lists(attributes(), max_size=3)))}{end}"


TEXT = st.one_of(
    st.text("<>\"'`&;#:/!-[]()*_|~$\\= \n\tabx1\x00", max_size=8),
    st.sampled_from(("<!--", "-->", "<!-->", "--!>", "<![CDATA[", "]]>", "<?x", "?>", "<!DOCTYPE x>", "&lt;", "&#0;")),
    st.sampled_from(ATTACKS).map(lambda attack: attack.replace("alert(1)", RUN)),
)
SOUP = st.lists(st.one_of(tags(), tags(), TEXT), max_size=8).map("".join)


@st.composite
def nested(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    """Return HTML within an element: what stands in a table, in SVG or in a template is read by rules of its own."""
    name = draw(st.sampled_from(ELEMENTS))
    return f"<{name}{''.join(draw(st.lists(attributes(), max_size=2)))}>{draw(inner)}</{name}>"


HTML = st.recursive(SOUP, lambda inner: st.one_of(nested(inner), st.tuples(inner, inner).map("".join)), max_leaves=5)

# What markdown there is around HTML and addresses; each place has its own rules of what it escapes.
FRAMES = (
    *("{}", "**{}**", "`{}`", "# {}", "- {}\n- {}", "> {}", "```{}\n{}\n```", "~~~\n{}\n~~~", "    {}", "~~{}~~"),
    *("[{}]({})", "[x](<{}>)", "[x](https://x.test '{}')", "![{}]({})", "[x][y]\n\n[y]: {}", "<{}>", "<https://{}>"),
    *("| {} | {} |\n|--:|---|\n| {} | {} |", "${}$", "$$\n{}\n$$", "\\({}\\)", "\\{}", "1. {}\n\n   {}"),
)


@st.composite
def markdown(draw: st.DrawFn) -> str:
    """Return a few blocks of markdown, with HTML, addresses and noise wherever words could stand."""
    words = st.one_of(SOUP, st.sampled_from(VALUES), HTML)
    frames = draw(st.lists(st.sampled_from(FRAMES), min_size=1, max_size=4))
    return "\n\n".join(frame.format(*(draw(words) for _ in range(frame.count("{}")))) for frame in frames)


# -------------------------------------------------------------------------------------------------------- the judge

# Parsed as a page parses it, and once more what that writes: some only shows its face the second time. Then it is put
# into the page, where it could act.
JUDGE = """([texts, {elements, attributes, classes, style}]) => {
  const LINKS = ["http:", "https:", "mailto:"];
  const wrong = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return "";
    if (node.nodeType !== Node.ELEMENT_NODE) return node.nodeName;
    if (node.namespaceURI !== "http://www.w3.org/1999/xhtml") return `<${node.nodeName}> of ${node.namespaceURI}`;
    if (node.localName === "style") return node.textContent === style ? "" : "another style";
    if (!elements.includes(node.localName)) return `<${node.localName}>`;
    for (const {name, value} of node.attributes) {
      if (name === "href") {
        if (node.localName !== "a" || !LINKS.includes(node.protocol)) return `a link to ${value}`;
        // Of the same scheme and without a host, it would be one of the page's own.
        if (!/^(https?:[/][/]|mailto:)/i.test(value)) return `a link to ${value}`;
      } else if (!attributes.includes(name)) return `${name}=${value}`;
      if (name === "class" && (!style || node.closest(".ck-answer > *"))) {
        for (const one of node.classList) if (!classes.includes(one)) return `class ${one}`;
      }
    }
    return "";
  };
  const judge = (text) => {
    const template = document.createElement("template");
    template.innerHTML = `<section>${text}</section><i></i>`;
    const [section, after] = template.content.children;
    if (template.content.childNodes.length !== 2 || after.outerHTML !== "<i></i>") return ["", "it reaches out"];
    const all = document.createTreeWalker(section);
    const found = [];
    while (all.nextNode()) found.push(wrong(all.currentNode));
    return [section.innerHTML, ...found.filter(Boolean)];
  };
  const found = [];
  for (const text of texts) {
    const [once, ...first] = judge(text);
    const [, ...second] = judge(once);
    if (first.length || second.length) found.push([text, ...first, ...second]);
    document.body.innerHTML = once;
  }
  if (window.pwned) found.push(["it ran"]);
  return found;
}"""

# Beyond what an answer is made of: what gives words a part or a look, and no more than that.
MORE = (
    *(
        "abbr",
        "acronym",
        "article",
        "aside",
        "bdi",
        "bdo",
        "caption",
        "center",
        "cite",
        "col",
        "colgroup",
        "data",
        "dfn",
    ),
    *("figcaption", "figure", "footer", "header", "hgroup", "nav", "rp", "rt", "rtc", "ruby", "samp", "strike", "time"),
    *("tt", "wbr", "rbc"),
)
LISTS = {"elements": sorted(HARMLESS), "attributes": ["class", "rel", "start"], "classes": sorted(CLASSES), "style": ""}


@pytest.fixture(scope="module")
def page(chromium: Any) -> Iterator["Page"]:
    """Open an empty page, which in the end has asked nobody for anything."""
    page = chromium.new_page()
    asked: list[str] = []
    page.route("**/*", lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
    page.goto("http://page.test/")
    page.on("request", lambda request: asked.append(request.url))
    yield page
    assert page.evaluate("window.pwned") is None
    page.close()
    assert asked == []


def wrong(page: "Page", texts: list[str], **lists: Any) -> list[list[str]]:
    """Return each HTML that holds what it must not, with what that is."""
    found: list[list[str]] = page.evaluate(JUDGE, [texts, {**LISTS, **lists}])
    return found


@settings(max_examples=100, deadline=None)
@given(st.lists(HTML, max_size=12))
def test_nothing_but_what_is_allowed_is_left_of_html(page: "Page", sources: list[str]) -> None:
    """Whatever comes in: no element, attribute or address outside the list, in what Chromium has understood."""
    assert wrong(page, [sanitise(source) for source in sources], elements=[*LISTS["elements"], *MORE]) == []


@settings(max_examples=100, deadline=None)
@given(st.lists(markdown(), max_size=6))
def test_nothing_but_what_is_allowed_comes_of_markdown(page: "Page", sources: list[str]) -> None:
    """Wherever HTML or an address stands in it."""
    assert wrong(page, [to_html(source) for source in sources]) == []


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(markdown(), HTML), min_size=1, max_size=3))
def test_an_answer_in_its_final_form_holds_nothing_else(page: "Page", sources: list[tuple[str, str]]) -> None:
    """Also in its thoughts, tools, sources, notes and errors; its style sheet is the kit's, to the letter."""
    finals = [final(said, named) for said, named in sources]
    (style,) = {one.partition("<style>")[2].partition("</style>")[0] for one in finals}
    attributes = [*LISTS["attributes"], "dir", "title"]
    assert wrong(page, finals, style=style, attributes=attributes) == []


def final(said: str, named: str) -> str:
    """Return an answer that says one thing, and names everything by another."""
    pieces = (Thought(named), Call(named, named, named), Said(said, (Source(named, named, named),)))
    answer = Answer(pieces, named, (named,), problem=named, notes=(named,), recorded=named)
    return answer.bundle()["text/html"]


@pytest.mark.parametrize(
    "text",
    [
        "<p onclick=x>a</p>",
        "<img alt=x>",
        "<a href='javascript:x'>a</a>",
        "<a href='/a'>a</a>",
        "<a href='http:a'>a</a>",
        "<style>b{}</style>",
        "<p style='color: red'>a</p>",
        "<svg><b></b></svg>",
        "<p class=jp-Button>a</p>",
        "</section><b>a</b>",
        "<!-- a -->",
    ],
)
def test_the_judge_does_judge(page: "Page", text: str) -> None:
    """Each of what must not be there is found."""
    assert wrong(page, [text]) != []
