import { AppError } from "../core/app_error.ts";

/** A signal for the caller's leaving, which the server does not always tell by the request's own. */
export function whenGone(hungUp: AbortSignal) {
  const gone = new AbortController();
  const leave = () => gone.abort(new AppError("client_disconnected"));
  if (hungUp.aborted) leave();
  else hungUp.addEventListener("abort", leave, { once: true });
  return { signal: gone.signal, leave };
}
