/** How long a tick of the kernel's process accounting is, in milliseconds. */
const tickMs = 10;

/**
 * The processor time that a process has used, in milliseconds: what it would take at least on a
 * machine that has nothing else to do. Undefined where the system does not tell.
 */
export async function processorTime(pid: number): Promise<number | undefined> {
  try {
    const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
    // The name, in brackets, may hold spaces; user and system time are the 12th and 13th after it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * tickMs;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
