"""The command line: ``claude-kit check | estimate | ask | lab``."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import typer

from claude_kit.errors import ClaudeKitError
from claude_kit.render.plain import plain

__all__ = ["app", "main"]

app = typer.Typer(
    help="Will Claude accept it, what will it cost, and what does it answer?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Files = Annotated[
    list[str], typer.Argument(metavar="FILE...", help="PDFs, images, texts: paths or addresses.", show_default=False)
]
ModelName = Annotated[
    str | None, typer.Option("--model", "-m", help="Such as claude-sonnet-5-5; by default the newest Sonnet.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Route = Annotated[Literal["anthropic", "portkey", "bedrock", "vertex"], typer.Option(help="Whose limits count.")]


def main() -> None:
    """Run the command; an error that the kit foresees is told on stderr, with exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that lacks a character is no reason to fail
    try:
        app()
    except ClaudeKitError as error:
        _fail(error)


@app.command()
def check(files: Files, model: ModelName = None, via: Route = "anthropic", as_json: AsJson = False) -> None:
    """Check files against every limit; exit code 1 if Claude would refuse them."""
    from claude_kit import preflight
    from claude_kit.content import attach

    # A path is read by the check itself: then a damaged file is a finding among the others'.
    content = [attach(file) if _is_address(file) else Path(file) for file in files]
    report = preflight.check(*content, model=model, via=via)
    if as_json:
        rows = report.to_frame().to_dict(orient="records")
        _print_json({"ok": report.ok, "model": report.model.id, "checked": rows})
    else:
        print(report.to_text(width=_width()))
    raise typer.Exit(0 if report.ok else 1)


@app.command()
def estimate(
    files: Files,
    model: ModelName = None,
    question: Annotated[str | None, typer.Option("--question", "-q", help="Count this question too.")] = None,
    expect_output: Annotated[int | None, typer.Option(help="Tokens you expect as answer.", min=0)] = None,
    batch: Annotated[bool, typer.Option("--batch", help="Price as a Message Batch.")] = False,
    as_json: AsJson = False,
) -> None:
    """Estimate tokens and dollars of files, offline."""
    from claude_kit.content import attach
    from claude_kit.estimate import estimate as foresee

    content: list[object] = [*map(attach, files), *([question] if question else [])]
    result = foresee(*content, model=model, expect_output=expect_output, batch=batch)
    if as_json:
        _print_json(result.to_dict())
    else:
        print(result.to_text(width=_width()))


@app.command()
def ask(
    files_and_question: Annotated[
        list[str], typer.Argument(metavar="[FILE...] QUESTION", help="The files, then the question.")
    ],
    model: ModelName = None,
    thinking: Annotated[bool, typer.Option(help="Let it think, and show it.")] = True,
    max_tokens: Annotated[int | None, typer.Option(help="Cap on the answer, thinking included.", min=1)] = None,
) -> None:
    """Ask a question about files; thinking and answer stream to the terminal.

    Ctrl-C stops the answer and keeps what has arrived; the exit code is then 1.
    """
    from claude_kit import chat
    from claude_kit.content import attach

    *files, question = files_and_question
    if Path(question).is_file():
        raise ClaudeKitError(f'{question} is a file, and the last word is the question: … {question} "What is this?"')
    options: dict[str, Any] = {"thinking": "adaptive" if thinking else None}
    if max_tokens:
        options["max_tokens"] = max_tokens
    reply = chat.ask(*map(attach, files), question, model=model, **options)
    raise typer.Exit(0 if reply.complete else 1)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def lab(
    context: typer.Context,
    execute: Annotated[
        bool, typer.Option("--execute", help="Run the first lesson without a browser and print what it shows.")
    ] = False,
) -> None:
    """Open JupyterLab on the lessons; further options go to JupyterLab."""
    from claude_kit import lessons

    if execute:
        for text in lessons.execute():
            print(text, end="\n\n", flush=True)
        return
    raise typer.Exit(lessons.open_lab(tuple(context.args)))


def _is_address(file: str) -> bool:
    return "://" in file or file.startswith("data:")


def _width() -> int | None:
    """Return the width to wrap at: the terminal's; none where the output goes to a file or another program."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() or "COLUMNS" in os.environ else None


def _print_json(data: object) -> None:
    print(json.dumps(data, indent=2, ensure_ascii=False))


def _fail(error: ClaudeKitError) -> NoReturn:
    print(f"claude-kit: {plain(str(error))}", file=sys.stderr)
    sys.exit(2)


if __name__ == "__main__":
    main()
