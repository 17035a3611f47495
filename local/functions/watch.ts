/** How long files must be still before they count as saved, in milliseconds. */
const settleMs = 150;

/**
 * Calls back when files in a folder change: once for a burst of changes.
 *
 * @returns ends the watch
 */
export function watchFolder(dir: string, onChange: () => void): () => void {
  const watcher = Deno.watchFs(dir, { recursive: true });
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ended = false;
  (async () => {
    for await (const event of watcher) {
      // A change that was on its way when the watch ended.
      if (ended) return;
      if (event.kind === "access" || !event.paths.some(isSource)) continue;
      clearTimeout(timer);
      timer = setTimeout(onChange, settleMs);
    }
  })();
  return () => {
    ended = true;
    clearTimeout(timer);
    watcher.close();
  };
}

/** Editors write backups and swap files next to what they edit. */
function isSource(path: string): boolean {
  return /\.(tsx?|json|css)$/.test(path);
}
