import { StackError } from "./stack_error.ts";

/**
 * Below the ports that systems give to outgoing connections: Linux from 32768 on, others higher.
 */
const firstPort = 15_000;
const endOfPorts = 32_000;

/** The port tried last; the first is random, so that stacks side by side try others. */
let lastTried = firstPort + Math.floor(Math.random() * (endOfPorts - firstPort));

/**
 * A port of 127.0.0.1 that nothing listens on at the moment, and another one at each call. Not one
 * of those that the system gives by itself: until it is listened on, an outgoing connection could
 * take such a one.
 */
export function freePort(): number {
  for (;;) {
    const port = lastTried = lastTried + 1 < endOfPorts ? lastTried + 1 : firstPort;
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}

/**
 * Checks that something can listen on a port.
 *
 * @throws {StackError} if not; the message names the port and the variable that moves it.
 */
export function assertPortIsFree(port: number, what: string, variable: string): void {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      throw new StackError(
        `Port ${port}, for ${what}, is in use: stop what listens there, or set ${variable} to another port.`,
      );
    }
    if (error instanceof Deno.errors.PermissionDenied) {
      throw new StackError(
        `Port ${port}, for ${what}, may not be used by this user: set ${variable} to one above 1023.`,
      );
    }
    throw error;
  }
}

/** Whether something accepts connections on a port of 127.0.0.1. */
export async function acceptsConnections(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}
