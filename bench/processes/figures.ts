/** Figures of a process, as Linux keeps them. */

/**
 * Processor time of all threads so far, in nanoseconds. Threads that have ended are not counted.
 */
export function processorTime(pid: number): number {
  let nanoseconds = 0;
  for (const { name } of Deno.readDirSync(`/proc/${pid}/task`)) {
    try {
      const text = Deno.readTextFileSync(`/proc/${pid}/task/${name}/schedstat`);
      nanoseconds += Number(text.split(" ")[0]);
    } catch {
      // The thread ended meanwhile.
    }
  }
  return nanoseconds;
}

/** Resident memory in bytes: the most that it ever was, and what it is now. */
export function memoryOf(pid: number): { readonly peak: number; readonly now: number } {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const kilobytes = (field: string) =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) * 1024;
  return { peak: kilobytes("VmHWM"), now: kilobytes("VmRSS") };
}
