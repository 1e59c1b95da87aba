// The live view of one answer: a streamed answer, told by messages, by snapshots for a page that comes late, and after
// the end by the HTML that stays.

/**
 * Say stop while another cell runs: the kernel hears a widget when its cells are done, but what is opened anew it hears
 * at once, in a thread that JupyterLab asks it for. Where there is none this comes late, and does nothing.
 * @param {any} model
 */
async function stopBeside(model) {
  const comm = model.widget_manager?.kernel?.createComm?.("claude_kit.stop");
  if (!comm?.subshellStarted) return;
  await comm.subshellStarted;
  comm.open({ island: model.get("island") });
}

export default island(({ model, el }) => {
  const ended = model.get("ended");
  if (ended) {
    // The page was loaded again in mid-stream, and was not told of what stays.
    el.append(fragment(ended["text/html"]));
    rewrite(model, ended["text/html"], ended["text/plain"]);
    return;
  }

  let asked = 0;
  const answer = streamedAnswer(el, {
    onStop() {
      // While its cell waits the kernel reads no messages: only an interrupt gets through. Never both, nor for an answer
      // that no cell waits for: what comes second would end another cell. Not every host promises `widget_manager`.
      const kernel = model.get("blocking") && model.widget_manager?.kernel;
      if (kernel?.interrupt) return void kernel.interrupt();
      model.send({ k: "stop" });
      stopBeside(model);
    },
    onGap() {
      if (performance.now() - asked < 1000) return;
      asked = performance.now();
      model.send({ k: "whole" }); // answered where the kernel is free; where it is not, the next snapshot comes
    },
  });

  /** @param {any} message */
  function told(message) {
    if (message.whole) answer.restore(message.whole);
    else if (message.n) answer.apply(message);
  }
  const restore = () => answer.restore(model.get("snapshot"));

  model.on("msg:custom", told);
  model.on("change:snapshot", restore);
  restore();
  return () => {
    answer.end();
    model.off("msg:custom", told);
    model.off("change:snapshot", restore);
  };
});
