"""What may stand in a page, and how it gets there."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude_kit.render.direction import directed
from claude_kit.render.html import escape, frame, is_address, sanitise, style, tag
from tests.render.attacks import ATTACKS
from tests.render.reading import violations, words

# What a model cannot write, as raw HTML is escaped before: the allow-list holds by itself.
RAW = st.lists(
    st.one_of(st.sampled_from(ATTACKS), st.text("<>\"'`&;=/! \n-abeimnoprstx", max_size=24)), max_size=6
).map("".join)

ATTACKS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//x.test></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<img src='http://x.test/pixel.gif'>",
    "<svg><script>alert(1)</script></svg>",
    "<svg/onload=alert(1)>",
    "<svg><p><style><img src=x onerror=alert(1)></style></p></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='javascript:alert(1)'></object>",
    "<embed src='javascript:alert(1)'>",
    "<style>*{display:none}</style>",
    "<link rel=stylesheet href=//x.test/a.css>",
    "<meta http-equiv=refresh content='0;url=//x.test'>",
    "<base href='//x.test/'>",
    "<form action='//x.test'><input name=key><button>ok</button></form>",
    "<div style='position:fixed;inset:0'>x</div>",
    "<p id=cell onclick=alert(1) onmouseover='alert(1)' data-commandlinker-command=x>hi</p>",
    "<details open ontoggle=alert(1)><summary>s</summary></details>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='java&#10;script:alert(1)'>x</a>",
    "<a href=' &#1; javascript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='file:///etc/passwd'>x</a>",
    "<a href='//x.test/'>x</a>",
    "<a href='\\\\x.test\\a'>x</a>",
    "<a href='/api/kernels'>x</a>",
    "<a href='#top'>x</a>",
    "<a href='http:evil'>x</a>",
    "<area href='http://x.test'>",
    "<map name=m><area href='http://x.test'></map>",
    "<blockquote cite='javascript:alert(1)'>q</blockquote>",
    "<p class='jp-Button ck-problem ck-tag ck-is-offline'>dressed up</p>",
    "<!-- <script>alert(1)</script> -->",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<template><script>alert(1)</script></template>",
    "<textarea></textarea><script>alert(1)</script>",
    "<xmp><script>alert(1)</script></xmp>",
    "<p>never closed <b>bold <i>both",
    "</div></div></body><script>alert(1)</script>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php echo 1 ?>",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_leaves_nothing_behind(attack: str) -> None:
    """Neither an element, an attribute, a class nor an address outside the allow-list, nor a tag left open."""
    assert violations(sanitise(attack)) == []


@settings(max_examples=300, deadline=None)
@given(RAW)
def test_no_mixture_of_attacks_gets_through(html: str) -> None:
    """Nothing but what an answer may consist of; which way its blocks read is the one thing that is added."""
    clean = sanitise(html)
    assert violations(clean) == []
    ways = (' dir="auto"', ' dir="ltr"', ' dir=""')
    said = directed(clean)
    for way in ways:
        said = said.replace(way, "")
    assert said == clean


def test_ordinary_html_passes() -> None:
    """The elements, classes and addresses of a rendered answer are kept."""
    kept = '<p><a href="https://x.test/a?b=1#c" rel="noopener noreferrer">a</a> <span class="ck-k">if</span></p>'
    assert sanitise(kept) == kept
    table = "<table><tbody><tr><td class='ck-right jp-x'>1</td></tr></tbody></table>"
    assert sanitise(table) == table.replace("'ck-right jp-x'", '"ck-right"')


def test_html_with_half_a_character_is_still_rendered() -> None:
    """A surrogate without its other half, as a cut stream may hold, does not stop an answer."""
    assert sanitise("<p>\ud83d</p>") == "<p>\ufffd</p>"
    assert escape("\udcff<") == "\ufffd&lt;"


@pytest.mark.parametrize(
    ("url", "whole"),
    [
        ("https://x.test", True),
        ("HTTP://X.test/", True),
        ("mailto:a@x.test", True),
        ("//x.test", False),
        ("javascript:alert(1)//http://", False),
        (" https://x.test", False),
        ("https:x", False),
        ("ftp://x.test", False),
        ("", False),
    ],
)
def test_an_answer_links_only_to_whole_addresses(url: str, whole: bool) -> None:
    """Of the schemes http, https and mailto, from the first character on."""
    assert is_address(url) is whole


@pytest.mark.parametrize("kind", ["card", "table", "answer"])
def test_every_output_brings_its_style(kind: str) -> None:
    """The style stands in the frame, small, complete, with nothing that fetches or ends the element."""
    framed = frame("<p>x</p>", kind=kind)
    assert framed.startswith('<div class="ck"><style>.ck{')
    assert framed.endswith("</style><p>x</p></div>")
    css = style(kind)
    assert len(css) < 8_000
    assert css.count("{") == css.count("}")
    assert not any(bad in css for bad in ("/*", "<", "url(", "@import"))


def test_a_label_is_escaped_with_its_level() -> None:
    """Neither text nor level can leave the element."""
    label = tag("<b>", '"><script>')
    assert "<script" not in label
    assert words(label) == "<b>"
