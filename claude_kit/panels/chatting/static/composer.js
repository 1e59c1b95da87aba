// What is about to be sent: the words, the files, and what it is sent with.

/** How long a menu that was turned is let alone, in ms. */
const TURNED_MS = 600;

/** The composer's elements, and what can be shown in them. @param {Element} parent */
function composer(parent) {
  const element = make("div", "ck ck-composer", parent);
  const form = make("form", "", element);
  form.setAttribute("aria-label", "Ask Claude");
  const branches = make("div", "ck-branches", form);
  branches.setAttribute("role", "group");
  branches.setAttribute("aria-label", "Conversation and its forks");
  const message = make("div", "ck-message", form);
  message.setAttribute("role", "alert");
  const said = make("span", "", message);
  const dismiss = button("×", "ck-x", message);
  dismiss.setAttribute("aria-label", "Dismiss this message");
  const chips = make("ul", "ck-chips", form);
  chips.setAttribute("aria-label", "Attached files");
  const why = make("div", "ck-why", form);
  const box = make("div", "ck-box", form);
  const label = make("label", "ck-unseen", box);
  label.textContent = "Your question";
  const words = /** @type {HTMLTextAreaElement} */ (make("textarea", "ck-write", box));
  words.rows = 2;
  words.id = label.htmlFor = `ck-${Math.random().toString(36).slice(2)}`;
  words.placeholder = "Ask Claude, or drop files here";
  words.dir = "auto";
  const editing = make("div", "ck-editing", form);
  const unedit = button("Leave", "ck-quiet", editing);
  editing.prepend("Editing the last question. ");

  const row = make("div", "ck-row", form);
  const files = /** @type {HTMLInputElement} */ (make("input", "", row));
  files.type = "file";
  files.multiple = true;
  files.hidden = true; // the button stands for it
  const attaching = button("Attach", "ck-plain", row);
  attaching.title = "Attach images, PDFs or texts; or drop or paste them";
  const menus = { model: menu("Model", row), effort: menu("Effort", row), thinking: menu("Thinking", row) };
  const price = make("span", "ck-price", row);
  price.id = `${words.id}-price`;
  words.setAttribute("aria-describedby", price.id);
  const go = button("Send", "ck-go", row);
  go.type = "submit";

  const more = make("div", "ck-more", form);
  const offline = make("span", "ck-tag ck-is-offline", more);
  offline.textContent = "offline model, no Claude is asked";
  const prompt = make("details", "ck-system", more);
  const summary = make("summary", "", prompt);
  const system = /** @type {HTMLTextAreaElement} */ (make("textarea", "ck-write", prompt));
  system.rows = 3;
  system.setAttribute("aria-label", "System prompt");
  system.placeholder = "What Claude is told before the conversation";
  const exports = make("span", "ck-exports", more);
  exports.append("Export");
  const meter = make("div", "ck-budget", element);
  meter.setAttribute("role", "meter");
  meter.setAttribute("aria-label", "Spent of the budget");
  meter.setAttribute("aria-valuemin", "0");
  meter.setAttribute("aria-valuemax", "100");
  const spent = make("div", "", meter);

  /** @param {{attach(files: Iterable<File>): void, remove(id: string): void, fit(id: string): void,
   *   change(name: string, value: string): void, branch(at: number): void, download(form: string): void, leave(): void}} wishes */
  function on(wishes) {
    attaching.addEventListener("click", () => files.click());
    files.addEventListener("change", () => {
      wishes.attach([...(files.files ?? [])]);
      files.value = ""; // so that the same file can be chosen again
      words.focus({ preventScroll: true });
    });
    chips.addEventListener("click", (/** @type {Event} */ event) => {
      const pressed = /** @type {HTMLElement} */ (event.target).closest("button");
      const id = pressed?.closest("li")?.dataset.id;
      if (id && pressed?.dataset.does === "remove") wishes.remove(id);
      if (id && pressed?.dataset.does === "fit") wishes.fit(id);
    });
    for (const [name, select] of Object.entries(menus)) {
      select.addEventListener("change", () => {
        select.dataset.turned = String(performance.now());
        wishes.change(name, select.value);
      });
    }
    system.addEventListener("change", () => wishes.change("system", system.value));
    branches.addEventListener("click", (/** @type {Event} */ event) => {
      const at = /** @type {HTMLElement} */ (event.target).dataset.at;
      if (at) wishes.branch(Number(at));
    });
    for (const form of ["md", "html", "json"]) {
      const one = button(form, "ck-quiet", exports);
      one.setAttribute("aria-label", `Export the conversation as ${form}`);
      one.addEventListener("click", () => wishes.download(form));
    }
    unedit.addEventListener("click", () => { wishes.leave(); words.focus({ preventScroll: true }); });
    dismiss.addEventListener("click", () => { tell("", ""); words.focus({ preventScroll: true }); });
  }

  /** @param {string} level @param {string} text */
  function tell(level, text) {
    if (said.textContent !== text) said.textContent = text;
    message.hidden = !text;
    message.dataset.level = level;
  }

  /** @param {Chip[]} all @param {Set<string>} coming */
  function list(all, coming) {
    const kept = new Map([...chips.children].map((item) => [/** @type {HTMLElement} */ (item).dataset.id, item]));
    chips.replaceChildren(...all.map((chip) => {
      const item = kept.get(chip.id);
      return item && item.dataset.as === JSON.stringify(chip) ? item : chipped(chip, coming.has(chip.id));
    }));
    chips.hidden = !all.length;
    const refused = all.filter((chip) => chip.level === "error" && chip.more);
    why.replaceChildren(...refused.map((chip) => Object.assign(document.createElement("div"), { textContent: chip.more })));
    why.hidden = !refused.length;
  }

  /** @param {string} id @param {number} share */
  function progress(id, share) {
    const item = [...chips.children].find((one) => /** @type {HTMLElement} */ (one).dataset.id === id);
    if (item) /** @type {HTMLElement} */ (item).style.setProperty("--share", `${Math.round(share * 100)}%`);
    const told = item?.querySelector(".ck-arrived");
    if (told) told.textContent = ` ${Math.round(share * 100)} %`;
  }

  /** @param {{next: string, problem: string}} foreseen @param {{spent: string, share: number | null, offline: boolean}} money */
  function showPrice({ next, problem }, money) {
    price.replaceChildren(...[problem ? "" : next, money.spent].filter(Boolean).flatMap((each, at) => [at ? " · " : "", worded("", each)]));
    price.title = problem;
    if (problem && problem !== said.textContent) price.prepend(worded("ck-bad", `${problem} `));
    meter.hidden = money.share === null;
    const share = Math.round((money.share ?? 0) * 100);
    meter.setAttribute("aria-valuenow", String(share));
    meter.setAttribute("aria-valuetext", money.spent);
    meter.dataset.full = share >= 90 ? "yes" : "no";
    spent.style.width = `${share}%`;
    offline.hidden = !money.offline;
  }

  /** @param {{models: string[][], model: string, efforts: string[][], effort: string, thinkings: string[][], thinking: string,
   *   system: string, system_is_text: boolean}} state */
  function set(state) {
    fill(menus.model, state.models, state.model);
    fill(menus.effort, state.efforts, state.effort);
    fill(menus.thinking, state.thinkings, state.thinking);
    if (focusHolder() !== system) system.value = state.system;
    system.readOnly = !state.system_is_text;
    system.title = state.system_is_text ? "" : "Made of blocks: change it in code, as chat.system";
    summary.textContent = state.system ? "System prompt: set" : "System prompt";
  }

  /** @param {{names: string[], at: number}} state */
  function branch({ names, at }) {
    branches.hidden = names.length < 2;
    branches.replaceChildren(...names.map((name, number) => {
      const one = button(name, "ck-branch", branches);
      one.dataset.at = String(number);
      one.setAttribute("aria-pressed", String(number === at));
      return one;
    }));
  }

  /** @param {boolean} runs */
  function run(runs) {
    go.textContent = runs ? "Stop" : "Send";
    go.classList.toggle("ck-stops", runs);
  }

  /** Put words into the box. @param {string} text @param {boolean} focus */
  function write(text, focus) {
    words.value = text;
    words.setSelectionRange(text.length, text.length);
    if (focus && isFree()) words.focus({ preventScroll: true });
  }

  /** Whether the focus is nobody's, or on what was pressed to send. */
  function isFree() {
    return focusHolder() === document.body || focusHolder() === go;
  }

  /** Nothing can be sent any more. @param {string} why */
  function close(why) {
    for (const one of element.querySelectorAll("button, select, input")) one.disabled = true;
    words.readOnly = system.readOnly = true;
    price.textContent = "";
    tell("error", why);
  }

  tell("", "");
  const edits = (/** @type {boolean} */ yes) => { editing.hidden = !yes; };
  return { element, form, words, on, tell, list, progress, price: showPrice, set, branch, run, write, edits, isFree, close };
}

/** @param {Chip} chip @param {boolean} coming */
function chipped(chip, coming) {
  const item = make("li", `ck-chip ck-tag${chip.level === "error" ? " ck-is-error" : chip.level === "warning" ? " ck-is-warning" : ""}`);
  item.dataset.id = chip.id;
  item.dataset.as = JSON.stringify(chip);
  item.title = chip.more || chip.name;
  const lost = chip.level === "coming" && !coming;
  item.append(worded("ck-called", chip.name), worded("", ` · ${lost ? "did not arrive; attach it again" : chip.facts}`));
  if (chip.level === "coming" && coming) {
    item.classList.add("ck-coming");
    item.append(worded("ck-arrived", " 0 %"));
  }
  if (chip.fit) {
    const fit = button("Fit", "ck-fit", item);
    fit.dataset.does = "fit";
    fit.title = "Make it acceptable, as ck.fit does";
    fit.setAttribute("aria-label", `Fit ${chip.name}`);
  }
  const remove = button("×", "ck-x", item);
  remove.dataset.does = "remove";
  remove.setAttribute("aria-label", `Remove ${chip.name}`);
  return item;
}

/** @param {string} name @param {Element} parent @returns {HTMLSelectElement} */
function menu(name, parent) {
  const select = make("select", "ck-menu", parent);
  select.setAttribute("aria-label", name);
  return select;
}

/** @param {HTMLSelectElement} select @param {string[][]} choices @param {string} chosen */
function fill(select, choices, chosen) {
  const now = JSON.stringify(choices);
  const isNew = select.dataset.choices !== now;
  if (isNew) {
    select.replaceChildren(...choices.map(([value, words]) => new Option(words, value)));
    select.dataset.choices = now;
  }
  select.dataset.chosen = chosen;
  // What the kernel says may be older than what was chosen here just now.
  const left = TURNED_MS - (performance.now() - Number(select.dataset.turned ?? -Infinity));
  if (isNew || left <= 0) select.value = chosen;
  else setTimeout(() => { select.value = select.dataset.chosen ?? ""; }, left);
  select.hidden = !choices.length;
}
