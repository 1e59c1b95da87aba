// How files get into the kernel: in chunks, of which few are on their way; each is confirmed.

/** How many chunks of a file may be on their way. */
const AHEAD = 2;

/**
 * @typedef {{file: File, name: string, sent: number, got: number}} Coming
 * @typedef {{limits: () => {chunk: number, file: number}, wish: (wanted: Record<string, unknown>, buffers?: ArrayBuffer[]) => void,
 *   progress: (id: string, share: number) => void, fail: (why: string) => void}} Way
 */

/** @param {Way} way */
function fileUploads({ limits, wish, progress, fail }) {
  /** @type {Map<string, Coming>} */
  const uploads = new Map();
  let pasted = 0;
  let over = false;

  /** @param {Iterable<File>} files @param {boolean=} fromClipboard */
  function attach(files, fromClipboard) {
    if (over) return;
    for (const file of files) {
      const id = [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      const name = fromClipboard && file.name === "image.png" ? `pasted ${++pasted}.png` : file.name;
      wish({ k: "file", id, name, size: file.size });
      if (file.size > limits().file) continue; // the kernel says so
      uploads.set(id, { file, name, sent: 0, got: 0 });
      more(id);
    }
  }

  /** Send what may be on its way. @param {string} id */
  async function more(id) {
    const coming = uploads.get(id);
    const { chunk } = limits();
    while (coming && uploads.has(id) && (coming.sent < coming.file.size || !coming.file.size) && coming.sent - coming.got < AHEAD * chunk) {
      const at = coming.sent;
      coming.sent = Math.min(at + chunk, coming.file.size);
      try {
        const bytes = await coming.file.slice(at, coming.sent).arrayBuffer();
        wish({ k: "chunk", id, at, name: coming.name, size: coming.file.size }, [bytes]);
      } catch { // a folder, or a file that has gone
        remove(id);
        fail(`${coming.file.name}: cannot be read here. Folders cannot be attached; give the files in it.`);
      }
      if (!coming.file.size) break;
    }
  }

  /** @param {{id: string, bytes: number}} told */
  function got({ id, bytes }) {
    const coming = uploads.get(id);
    if (!coming) return;
    coming.got = Math.max(coming.got, bytes);
    const all = bytes >= coming.file.size;
    if (all) uploads.delete(id);
    progress(id, bytes / (coming.file.size || 1));
    if (!all) more(id);
  }

  /** @param {string} id */
  function remove(id) {
    uploads.delete(id);
    wish({ k: "remove", id });
  }

  function end() {
    over = true;
    uploads.clear();
  }

  return { attach, got, remove, coming: () => new Set(uploads.keys()), end };
}
