"""What does the page want, and what is done then? Each message by its kind, its ``k``; see ``static/chat.js``.

They are heard in whichever thread the kernel has for them, and others wait meanwhile: what takes long is done later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from claude_kit.chat.exporting.digest import asked as said_in
from claude_kit.content import Text
from claude_kit.errors import ClaudeKitError
from claude_kit.panels.chatting import controls
from claude_kit.panels.chatting.answering import Pending, told
from claude_kit.panels.chatting.files import given
from claude_kit.wire import order

if TYPE_CHECKING:
    from claude_kit.panels.chatting.panel import ChatPanel

__all__ = ["hear"]

#: What a message says besides its kind, with what it brings as ``bytes``.
Said = Mapping[str, Any]

_TYPES: Final = {"md": "text/markdown", "html": "text/html", "json": "application/json"}


def hear(panel: ChatPanel, said: object, buffers: Sequence[Any]) -> None:
    """Do what the page wants; what goes wrong is said in the panel, for nobody else is there to be told."""
    if not isinstance(said, Mapping) or said.get("k") not in _DONE:
        return
    try:
        _DONE[said["k"]](panel, {**said, "bytes": buffers[0] if buffers else b""})
    except Exception as error:
        panel.say("error", told(error))


# ---- writing ----------------------------------------------------------------------------------------------------


def _hello(panel: ChatPanel, said: Said) -> None:
    """Tell a page that was loaded just now what has come of an answer."""
    asked = panel._answering.pending
    if asked is not None and asked.view is not None:
        panel.send({"k": "whole", "number": asked.number, "whole": asked.view.whole()})
    panel._later(panel._show_transcript if said.get("transcript") else panel._look)


def _draft(panel: ChatPanel, said: Said) -> None:
    with panel._lock:
        if not panel._is_newest("words", said.get("n", 0)):
            return
        panel._take_words(str(said["text"]))
    panel._later(panel._look)
    panel._foresee()


def _set(panel: ChatPanel, said: Said) -> None:
    name = str(said["name"])
    with panel._lock:
        if panel._is_newest(name, said.get("n", 0)):
            controls.change(panel.chat, name, str(said["value"]))
    panel._later(panel._look)
    panel._foresee()


# ---- files ------------------------------------------------------------------------------------------------------


def _file(panel: ChatPanel, said: Said) -> None:
    panel._composer.begin(str(said["id"]), str(said["name"]), int(said["size"]))
    panel._show_chips()


def _chunk(panel: ChatPanel, said: Said) -> None:
    file_id, size = str(said["id"]), int(said["size"])
    panel._composer.begin(file_id, str(said["name"]), size)  # should this be the first that is heard of it
    come = panel._composer.take_chunk(file_id, int(said["at"]), said["bytes"])
    panel.send({"k": "got", "id": file_id, "bytes": come})
    if come >= size:
        panel._examine(file_id)


def _remove(panel: ChatPanel, said: Said) -> None:
    panel._composer.remove(str(said["id"]))
    panel._show_chips()
    panel._foresee()


def _fit(panel: ChatPanel, said: Said) -> None:
    def fit() -> None:
        panel._composer.fit(str(said["id"]), panel.chat.model)
        panel._show_chips()
        panel._foresee()

    panel._later(fit)


# ---- asking -----------------------------------------------------------------------------------------------------


def _ask(panel: ChatPanel, said: Said) -> None:
    panel._is_newest("words", said.get("n", 0))
    panel._take_words(str(said["text"]))
    panel._later(partial(_ask_what_is_written, panel))


def _ask_what_is_written(panel: ChatPanel) -> None:
    composer, chat = panel._composer, panel.chat
    refused = [file for file in composer.files if file.refused]
    if refused:
        facts = f"{refused[0].name}: {refused[0].chip()['facts']}"
        way_out = "Fit it or take it out" if refused[0].chip()["fit"] else "Take it out"
        raise ClaudeKitError(f"{facts}. {way_out}; nothing was sent.")
    if composer.coming:
        raise ClaudeKitError("a file is still on its way: send again when it is there")
    words, parts = composer.words.strip(), composer.parts()
    content = order.best_order(order.items([*parts, *([Text(words)] if words else [])]))
    if not content:
        raise ClaudeKitError("nothing to ask: write a question")
    replaces = len(chat.turns) - (1 if composer.editing and chat.turns else 0)
    asked = Pending(chat, panel._number(), tuple(content), composer.files, composer.words, replaces)
    asked.undoes = composer.editing and replaces < len(chat.turns)
    composer.clear()
    panel._put_draft()
    panel._foresee()
    panel._ask(asked)


def _retry(panel: ChatPanel, said: Said) -> None:
    def retry() -> None:
        chat = panel.chat
        last = chat.course.last()
        asked = Pending(chat, panel._number(), last.content, replaces=len(last.before))
        panel._ask(asked, lambda: chat.retry(background=True))

    panel._later(retry)


def _stop(panel: ChatPanel, said: Said) -> None:
    panel._answering.stop(said.get("number"))


# ---- going back, and going on beside ----------------------------------------------------------------------------


def _edit(panel: ChatPanel, said: Said) -> None:
    """Put the last question into the composer; it is asked again from before it was asked."""
    if panel._answering.pending is not None or panel._composer.editing or not panel.chat.turns:
        return
    panel._is_newest("words", said.get("n", 0))
    panel._take_words(str(said["text"]))
    words, attached = said_in(panel.chat.turns[-1].content)
    panel._composer.edit(words, (given(part) for part in attached if not isinstance(part, str)))
    panel._put_draft()
    panel._examine()


def _leave(panel: ChatPanel, said: Said) -> None:
    """Go back to what was being written before the last question was edited."""
    if panel._composer.editing:
        panel._is_newest("words", said.get("n", 0))  # what is heard late of the edit is over
        panel._composer.clear()
        panel._put_draft()
        panel._examine()


def _fork(panel: ChatPanel, said: Said) -> None:
    _refuse_while_answering(panel)
    panel._listen(panel._branches.fork(int(said["at"])))
    _leave(panel, said)
    panel._later(panel._look)


def _branch(panel: ChatPanel, said: Said) -> None:
    _refuse_while_answering(panel)
    panel._branches.go_to(int(said["at"]))
    _leave(panel, said)
    panel._later(panel._look)


def _refuse_while_answering(panel: ChatPanel) -> None:
    if panel._answering.pending is not None:
        raise ClaudeKitError("an answer is coming: wait for it, or stop it")


def _export(panel: ChatPanel, said: Said) -> None:
    form = str(said["form"])

    def export() -> None:
        document = panel.chat.export(form)  # type: ignore[arg-type]
        file = {"k": "export", "name": f"conversation.{form}", "type": _TYPES[form]}
        panel.send(file, [document.encode("utf-8", "replace")])

    panel._later(export)


_DONE: Final[Mapping[str, Callable[[ChatPanel, Said], None]]] = {
    "hello": _hello,
    "draft": _draft,
    "set": _set,
    "file": _file,
    "chunk": _chunk,
    "remove": _remove,
    "fit": _fit,
    "ask": _ask,
    "retry": _retry,
    "stop": _stop,
    "edit": _edit,
    "leave": _leave,
    "fork": _fork,
    "branch": _branch,
    "export": _export,
}
