// The live view of one answer: a streamed answer, told by messages, by snapshots for a page that comes late, and after
// the end by the HTML that stays.
//
// A page that was loaded again shows what its file holds. The state that it is given then tells in `home` where the
// answer belongs and what stands there, and in `ended` that it is complete. So what the file does not hold is put there.
//
// The kernel says {ended: home} when it has put what stays in place. A page says {k: "final"} when that did not come,
// is given {final: ...}, and says {k: "kept"} when it is saved, or the reader has cleared it: then nobody needs it more.

/** @typedef {{cell: string, count: number, at: number}} Home `count`: of which run; `at`: which of all answers */

/** @param {Model} model */
function known(model) {
  const home = /** @type {Home | null} */ (model.get("home"));
  const data = /** @type {Bundle | null} */ (model.get("data"));
  if (model.get("ended") && data) {
    if (!rewrite(model, data) && home) putBack(model, home, data);
    if (home) watchOver(model, home);
  } else if (home && data && !places(model).length) {
    putBack(model, home, data);
  }

  model.on("msg:custom", (/** @type {any} */ message) => {
    if (message.final) rewrite(model, message.final);
    if (message.ended) setTimeout(() => {
      if (places(model).length) model.send({ k: "final" }); // a page that was loaded again is not told what stays
      watchOver(model, message.ended);
    }, SOON_MS);
  });
}

/** Tell the kernel when the answer is saved with the notebook, or cleared. @param {Model} model @param {Home} home */
function watchOver(model, { cell: id }) {
  const { outputs } = cellOf(model, id) ?? {};
  const { saveState } = model.widget_manager?.context ?? {};
  if (!outputs || !saveState) return;
  function kept() {
    saveState.disconnect(saved);
    outputs.changed.disconnect(changed);
    model.send({ k: "kept" });
  }
  const saved = (/** @type {unknown} */ _, /** @type {string} */ state) => {
    if (state.startsWith("completed") && !places(model).length) kept();
  };
  const changed = () => { if (!outputs.length) kept(); };
  saveState.connect(saved);
  outputs.changed.connect(changed);
  changed();
}

/** @param {Model} model @param {string} id @returns {any} */
function cellOf(model, id) {
  return cells(model).find((cell) => cell.id === id);
}

/** Put an answer into its cell, if it is not there, among others of the same run. @param {Model} model @param {Home} home @param {Bundle} data */
function putBack(model, { cell: id, count, at }, data) {
  const cell = cellOf(model, id);
  if (!cell) return;
  if (cell.executionCount !== count || !cell.trusted) {
    // As the run did: what stands there is of another run, or of one that nobody vouches for.
    cell.outputs.clear();
    cell.executionCount = count;
    cell.trusted = true;
  }
  const there = Array.from({ length: cell.outputs.length }, (_, index) => cell.outputs.get(index).toJSON());
  if (there.some((other) => htmlOf(other) === data["text/html"])) return;
  const output = { output_type: "display_data", data, metadata: { claude_kit: { at } } };
  const next = there.findIndex((other) => other.metadata?.claude_kit?.at > at);
  if (next < 0) return void cell.outputs.add(output);
  there.splice(next, 0, output);
  cell.outputs.fromJSON(there);
}

export default island(({ model, el }) => {
  if (model.get("ended")) {
    el.append(fragment(model.get("data")["text/html"])); // where there is no notebook to put it into
    return;
  }

  const answer = streamedAnswer(el, {
    onStop() {
      // While its cell waits the kernel reads no messages: only an interrupt gets through. Never both, nor for an answer
      // that no cell waits for: what comes second would end another cell. Not every host promises `widget_manager`.
      const kernel = model.get("blocking") && model.widget_manager?.kernel;
      if (kernel?.interrupt) return void kernel.interrupt();
      model.send({ k: "stop" });
      stopBeside(model);
    },
    onGap: () => model.send({ k: "whole" }), // answered where the kernel is free; where it is not, the next snapshot comes
  });

  /** @param {any} message */
  function told(message) {
    if (message.whole) answer.restore(message.whole);
    else if (message.n) answer.apply(message);
  }
  const restore = () => answer.restore(model.get("snapshot"));

  /** What has come is more than what was saved of it, so it stays. @param {Event} event */
  function lost(event) {
    event.preventDefault();
    answer.lose();
  }

  model.on("msg:custom", told);
  model.on("change:snapshot", restore);
  el.addEventListener("ck-dead", lost);
  restore();
  return () => {
    answer.end();
    model.off("msg:custom", told);
    model.off("change:snapshot", restore);
    el.removeEventListener("ck-dead", lost);
  };
}, known);
