// What was found, in lines, and on which pages it is.

/**
 * @typedef {{level: string, rule: string, measured: string, fix: string, pages: number[]}} Finding
 * @typedef {{level: string, label: string, findings: Finding[]}} Verdict
 */

/** @param {string} words @param {string} level */
function label(words, level) {
  const made = make("span", `ck-tag${level ? ` ck-is-${level}` : ""}`);
  made.textContent = words;
  return made;
}

/** A finding in a line. @param {Finding} finding @param {Element=} parent */
function line(finding, parent) {
  const made = make("div", "ck-finding", parent);
  made.append(label(finding.level, finding.level));
  const words = make("span", "", made);
  words.textContent = `${finding.measured}. ${finding.fix}`;
  words.title = finding.rule;
  return made;
}

/** @param {Finding} finding */
function isLoud(finding) {
  return finding.level !== "note";
}

/** Whether it is of some pages, and not of all. @param {Finding} finding @param {number} count */
function isOfPages(finding, count) {
  return finding.pages.length > 0 && finding.pages.length < count;
}

/**
 * The pages to look at: those with an error or a warning, else those with a note; none where that is every page.
 * @param {Finding[]} found @param {number} count
 */
function pagesToLookAt(found, count) {
  const some = found.filter((finding) => isOfPages(finding, count));
  const loud = some.filter(isLoud);
  const pages = (loud.length ? loud : some).flatMap((finding) => finding.pages);
  const each = [...new Set(pages)].sort((a, b) => a - b);
  return each.length < count ? each : [];
}

/** All findings, the notes folded. @param {Element} parent @param {number} count @param {(finding: Finding) => void} see */
function findingsList(parent, count, see) {
  const root = make("div", "ck-found", parent);

  /** @param {Finding} finding @param {Element} place */
  function add(finding, place) {
    const made = line(finding, place);
    if (!isOfPages(finding, count)) return;
    button(`Show ${plural(finding.pages.length, "page")}`, "ck-button ck-quiet", made).addEventListener("click", () => see(finding));
  }
  /** @param {Finding[]} found */
  return (found) => {
    const quiet = found.filter((finding) => !isLoud(finding));
    const open = root.querySelector("details")?.open ?? false;
    root.replaceChildren();
    found.filter(isLoud).forEach((finding) => add(finding, root));
    if (!quiet.length) return;
    const notes = make("details", "", root);
    notes.open = open;
    make("summary", "", notes).textContent = plural(quiet.length, "note");
    quiet.forEach((finding) => add(finding, notes));
  };
}
