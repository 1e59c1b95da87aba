"""Recordings are read whole: images and PDFs put back, other routes translated, what cannot be counted told."""

import json
from pathlib import Path
from typing import Any

import pytest

from claude_kit.estimate import lines
from claude_kit.models import find
from tests import accuracy
from tests.conformance.bills import Counted, LeftOut, compared
from tests.content import making

MODEL = "claude-sonnet-4-5"
TOOL = {"name": "get_file", "description": "Get a file.", "input_schema": {"type": "object"}}


def recording(content: Any = "Hello, Claude", *, api: str = "anthropic-messages", **fields: Any) -> dict[str, Any]:
    """Return a row whose bill is 11 tokens, more or less what the greeting costs."""
    request = {"messages": [{"role": "user", "content": content}], **fields.pop("request", {})}
    usage = {"input_tokens": 11}
    row = {"id": "one", "api": api, "model": MODEL, "usage": usage, "request": request, "input_tokens_total": 11}
    return row | fields


def read(folder: Path, *rows: dict[str, Any], kind: str = "text") -> tuple[list[Counted], list[LeftOut]]:
    """Write rows to a folder and compare them."""
    folder.joinpath(f"{kind}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return compared(folder)


def tokens(*content: object, **options: Any) -> int:
    told = lines([{"role": "user", "content": list(content)}], find(MODEL), **options)
    return sum(line.count.tokens for line in told)


def test_a_recorded_request_is_counted_as_it_would_be(tmp_path):
    """Its messages, system prompt and tools, all of them."""
    options = {"system": "Be brief.", "tools": [TOOL], "tool_choice": {"type": "any"}}
    ((row,), left_out) = read(tmp_path, recording(request=options))
    assert row.tokens == tokens("Hello, Claude", **options)
    assert not row.simple
    assert left_out == []


def test_an_image_is_put_back_by_its_size(tmp_path):
    """Bytes are not recorded; a blank image of the same size costs the same."""
    block = {"type": "image", "source": {"type": "base64", "data": "$file:a.png"}}
    media = [{"file": "files/a.png", "kind": "image", "width": 280, "height": 280}]
    (row,), _ = read(tmp_path, recording([block], media=media, simple=True), kind="images")
    assert row.tokens == 103 + 7


@pytest.mark.parametrize("inside", [False, True])
def test_a_pdf_is_put_back_from_its_file(tmp_path, inside):
    """Also from inside a tool's result."""
    tmp_path.joinpath("files").mkdir()
    tmp_path.joinpath("files/a.pdf").write_bytes(making.pdf(["", ""]))
    block: dict[str, Any] = {"type": "document", "source": {"type": "base64", "data": "$file:a.pdf"}}
    if inside:
        block = {"type": "tool_result", "tool_use_id": "t", "content": [block]}
    (row,), _ = read(tmp_path, recording([block], media=[{"file": "files/a.pdf", "kind": "document"}]), kind="pdfs")
    assert sum(line.count.tokens for line in row.lines if line.note == "2 pages") == 21 + 2 * 1553


def test_converse_is_the_same_request_in_other_words(tmp_path):
    """Bedrock's Converse names everything otherwise, and is billed alike."""
    spec = {"name": "get_file", "description": "Get a file.", "inputSchema": {"json": {"type": "object"}}}
    request = {
        "system": [{"text": "Be brief."}],
        "toolConfig": {"tools": [{"toolSpec": spec}], "toolChoice": {"auto": {}}},
    }
    content = [{"text": "Hello, Claude"}, {"cachePoint": {"type": "default"}}]
    (row,), _ = read(tmp_path, recording(content, api="bedrock-converse", request=request))
    assert row.tokens == tokens("Hello, Claude", system="Be brief.", tools=[TOOL])


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (recording() | {"request": None}, "the request itself is not recorded"),
        (recording([{"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}]), "image by URL"),
        (recording([{"type": "document", "source": {"type": "file", "file_id": "f"}}]), "document by file id"),
        (recording(model="claude-opus-99"), "not a known model"),
        (recording([{"type": "something_new"}]), "something new: cannot be counted"),
        (recording(usage={"cache_read_input_tokens": 2}), "written by hand"),
        (
            recording(
                [{"toolResult": {"toolUseId": "t", "content": [{"document": {"name": "a"}}]}}], api="bedrock-converse"
            ),
            "Converse does not hand on",
        ),
    ],
)
def test_what_cannot_be_counted_is_left_out_with_the_reason(tmp_path, row, reason):
    """Never counted as something else, never dropped in silence."""
    counted, (left_out,) = read(tmp_path, row)
    assert counted == []
    assert reason in left_out.reason


def test_the_report_tells_shares_misses_and_what_is_left_out(tmp_path, capsys):
    """One request is counted to the token, one is far off, one has no request."""
    bill = tokens("Hello, Claude")
    rows = [recording(input_tokens_total=bill), recording(id="far", input_tokens_total=5000)]
    read(tmp_path, *rows, recording(id="gone") | {"request": None})
    assert accuracy.main([str(tmp_path), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["groups"]["text, simple"]["1 token"] == 0.5
    assert [row["id"] for row in data["misses"]] == ["far"]
    assert [row["id"] for row in data["left out"]] == ["gone"]
    assert accuracy.main([str(tmp_path)]) == 0
    assert "far (claude-sonnet-4-5-20250929): billed 5,000" in capsys.readouterr().out


def test_an_empty_folder_is_no_success(tmp_path, capsys):
    """Nothing counted proves nothing."""
    assert accuracy.main([str(tmp_path)]) == 1
    assert str(tmp_path) in capsys.readouterr().err
