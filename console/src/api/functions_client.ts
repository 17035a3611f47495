import { ApiError, parseApiError } from "./api_error.ts";

export interface FunctionsClientOptions {
  readonly supabaseUrl: string;
  readonly publishableKey: string;
  /** What the function `chat` is called there, if it has another name. */
  readonly chatName?: string;
  /** The AWS region that the functions are to run in; default: near the browser. */
  readonly functionRegion?: string;
  /** The signed-in user's access token, not expired; null without one. */
  readonly token: () => Promise<string | null>;
  /** Called when the project no longer accepts the token. */
  readonly onRejected: () => void;
  readonly fetch: typeof fetch;
}

/** Calls the project's functions as the signed-in user. */
export class FunctionsClient {
  readonly #options: FunctionsClientOptions;

  constructor(options: FunctionsClientOptions) {
    this.#options = options;
  }

  /**
   * @returns an answer that is a success
   * @throws {ApiError} what the project refused with
   */
  async call(
    name: string,
    body: unknown,
    signal?: AbortSignal,
  ): Promise<Response> {
    const { supabaseUrl, publishableKey, chatName = "chat", functionRegion, onRejected, fetch } =
      this.#options;
    const token = await this.#options.token();
    if (token === null) {
      onRejected();
      throw new ApiError(
        "invalid_credentials",
        "You are no longer signed in.",
        { status: 401 },
      );
    }
    const response = await fetch(
      `${supabaseUrl}/functions/v1/${name === "chat" ? chatName : name}`,
      {
        method: "POST",
        headers: {
          authorization: `Bearer ${token}`,
          apikey: publishableKey,
          "content-type": "application/json",
          ...(functionRegion !== undefined && { "x-region": functionRegion }),
        },
        body: JSON.stringify(body),
        ...(signal !== undefined && { signal }),
      },
    );
    if (response.ok) return response;
    const error = parseApiError(
      response.status,
      await response.text(),
      response.headers.get("retry-after"),
    );
    if (response.status === 401) onRejected();
    throw error;
  }
}
