"""The command line: ``claude-kit check | estimate | survey | ask | serve | lab``."""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer

from claude_kit.errors import BudgetExceeded, ClaudeKitError
from claude_kit.render.plain import plain, terminal_width

if TYPE_CHECKING:
    from claude_kit.estimate import Estimate
    from claude_kit.planning import Survey

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
AsCsv = Annotated[bool, typer.Option("--csv", help="Print rows of comma-separated values.")]
Question = Annotated[str | None, typer.Option("--question", "-q", help="Count this question too.")]
ExpectOutput = Annotated[int | None, typer.Option(help="Tokens you expect as answer.", min=0)]
MaxTokens = Annotated[int | None, typer.Option(help="Cap on the answer, thinking included.", min=1)]
Caching = Annotated[Literal["5m", "1h"] | None, typer.Option(help="Price a request that fills the cache.")]
Batch = Annotated[bool, typer.Option("--batch", help="Price as a Message Batch.")]
MaxUsd = Annotated[str | None, typer.Option(help="Fail if it could cost more than this.")]
Route = Annotated[Literal["anthropic", "portkey", "bedrock", "vertex"], typer.Option(help="Whose limits count.")]


# What `serve` says: the anthropic SDK adds the /v1 itself.
_SERVED = """\
The offline model answers at {address} (Ctrl-C ends it). No Claude is asked, and any key will do.

  anthropic    Anthropic(base_url="{root}", api_key="none")
  openai       OpenAI(base_url="{address}", api_key="none")
  portkey-ai   Portkey(base_url="{address}", api_key="none", provider="anthropic")
  claude_kit   Client.anthropic("none", base_url="{address}")
"""

# What a shell expects of a command that Ctrl-C ended: 128 and the number of the signal.
_INTERRUPTED = 130


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
    question: Question = None,
    expect_output: ExpectOutput = None,
    max_tokens: MaxTokens = None,
    cache: Caching = None,
    batch: Batch = False,
    speed: Annotated[Literal["standard", "fast"] | None, typer.Option(help="The request's speed.")] = None,
    inference_geo: Annotated[Literal["global", "us"] | None, typer.Option(help="Where it is computed.")] = None,
    max_usd: MaxUsd = None,
    exact: Annotated[bool, typer.Option("--exact", help="Ask Anthropic's free count_tokens; needs a key.")] = False,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Estimate tokens and dollars of files, offline; exit code 1 if that could exceed --max-usd."""
    from claude_kit.content import attach
    from claude_kit.estimate import estimate as foresee

    _refuse_both(as_json, as_csv)
    budget = _budget(max_usd)
    content: list[object] = [*map(attach, files), *([question] if question else [])]
    try:
        result = foresee(
            *content,
            model=model,
            expect_output=expect_output,
            max_tokens=max_tokens,
            cache=cache,
            batch=batch,
            speed=speed,
            inference_geo=inference_geo,
            exact=exact,
        )
    except ClaudeKitError:
        raise
    except ValueError as error:  # an option that this model does not offer
        raise typer.BadParameter(str(error)) from None
    over = _over(result, budget)
    _print_result(result, result.to_dict, as_json, as_csv)
    _fail_if(over)


@app.command()
def survey(
    patterns: Annotated[
        list[str],
        typer.Argument(metavar="PATTERN...", help="Folders, files, or patterns in quotes.", show_default=False),
    ],
    model: ModelName = None,
    question: Question = None,
    expect_output: ExpectOutput = None,
    max_tokens: MaxTokens = None,
    cache: Caching = None,
    batch: Batch = False,
    max_usd: MaxUsd = None,
    via: Route = "anthropic",
    keep: Annotated[bool, typer.Option(help="Keep the counts for another time.")] = True,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Price many files, such as "papers/**/*.pdf", one row a file.

    Files that cannot be read are rows that say why; exit code 1 if none can be, or all could exceed --max-usd. Ctrl-C
    stops; what has been counted is kept for another time.
    """
    from claude_kit.planning import survey as look_through

    _refuse_both(as_json, as_csv)
    budget = _budget(max_usd)
    try:
        found = look_through(
            patterns,
            model,
            question=question,
            expect_output=expect_output,
            max_tokens=max_tokens,
            cache=cache,
            batch=batch,
            via=via,
            cache_folder=None if keep else False,
        )
    except KeyboardInterrupt as stopped:
        print(f"claude-kit: {plain(str(stopped)) or 'stopped'}", file=sys.stderr)
        raise typer.Exit(_INTERRUPTED) from None
    over = _over(found, budget)
    _print_result(found, found.to_json_data, as_json, as_csv)
    _fail_if(over)
    raise typer.Exit(1 if found.totals.unread == found.totals.files else 0)


@app.command()
def ask(
    files_and_question: Annotated[
        list[str], typer.Argument(metavar="[FILE...] QUESTION", help="The files, then the question.")
    ],
    model: ModelName = None,
    thinking: Annotated[bool, typer.Option(help="Let it think, and show it.")] = True,
    max_tokens: MaxTokens = None,
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


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="0: any that is free.", min=0, max=65535)] = 8765,
    fault: Annotated[
        str | None, typer.Option(help='What goes wrong, such as "status=529; retry-after=1; times=2".')
    ] = None,
    pace: Annotated[float, typer.Option(help="Seconds before each event of a stream.", min=0)] = 0.05,
) -> None:
    """Serve the offline model on this machine, for any SDK and without a key, until Ctrl-C.

    A request may ask for its own fault, in the header x-claude-kit-fault: status=…, error=…, cut, stall=…, slow=…,
    garbage; with after=… and times=….
    """
    from claude_kit.offline import Fault
    from claude_kit.offline import serve as serving

    try:
        faults = Fault.parse(fault) if fault else None
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    with suppress(KeyboardInterrupt), serving(port, pace_s=pace, faults=faults) as address:
        print(_SERVED.format(address=address, root=address.removesuffix("/v1")), flush=True)
        threading.Event().wait()


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
    return shutil.get_terminal_size().columns if "COLUMNS" in os.environ else terminal_width()


def _refuse_both(as_json: bool, as_csv: bool) -> None:
    if as_json and as_csv:
        raise typer.BadParameter("--json and --csv: give one of them")


def _print_result(
    result: Estimate | Survey, data: Callable[[], Mapping[str, Any]], as_json: bool, as_csv: bool
) -> None:
    if as_json:
        _print_json(data())
    elif as_csv:
        print(result.to_frame().to_csv(index=False, lineterminator="\n"), end="")
    else:
        print(result.to_text(width=_width()))


def _budget(max_usd: str | None) -> Decimal | None:
    """Read --max-usd, before anything is counted."""
    from claude_kit.estimate.money import dollars

    try:
        return None if max_usd is None else dollars("--max-usd", max_usd)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _over(result: Estimate | Survey, budget: Decimal | None) -> str:
    """Say why a budget cannot be kept; nothing where it can."""
    try:
        if budget is not None:
            result.require(max_usd=budget)
    except BudgetExceeded as error:
        return str(error)
    return ""


def _fail_if(over: str) -> None:
    """End with exit code 1 and the reason on stderr, if there is one."""
    if over:
        print(f"claude-kit: {plain(over)}", file=sys.stderr)
        raise typer.Exit(1)


def _print_json(data: object) -> None:
    print(json.dumps(data, indent=2, ensure_ascii=False))


def _fail(error: ClaudeKitError) -> NoReturn:
    print(f"claude-kit: {plain(str(error))}", file=sys.stderr)
    sys.exit(2)


if __name__ == "__main__":
    main()
