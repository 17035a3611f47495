import { join } from "node:path";
import { LocalServer } from "./local_server.ts";

/** Any reference of this shape will do: the one that the pages print. */
export const projectRef = "abcdefghijklmnopqrst";

/** Any token of this shape will do. */
export const accessToken = `sbp_${"0".repeat(40)}`;

/** What the CLI uploads of a function. */
export interface Upload {
  readonly files: string[];
  readonly metadata: Record<string, unknown>;
}

/** What Supabase's Management API answers to the CLI, for one project; anything else is refused. */
export class ManagementApi implements AsyncDisposable {
  /** Every request with the token, as method and path, in order. */
  readonly requests: string[] = [];
  readonly secrets = new Map<string, string>();
  /** The deployed functions, by name. */
  readonly deployed = new Map<string, Upload>();
  readonly #server = new LocalServer((request) => this.#answer(request));

  /**
   * Writes a profile that points the CLI here, and returns its path.
   *
   * @param folder Where it is written.
   */
  async writeProfile(folder: string): Promise<string> {
    const path = join(folder, "profile.yaml");
    const url = this.#server.url;
    const lines = [
      "name: stand-in",
      ...["api_url", "dashboard_url", "docs_url"].map((key) => `${key}: ${url}`),
      "project_host: localhost",
    ];
    await Deno.writeTextFile(path, lines.join("\n"));
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const call = `${request.method} ${pathname.replace(`/v1/projects/${projectRef}`, "")}`;
    if (request.headers.get("authorization") !== `Bearer ${accessToken}`) {
      return Response.json({ message: "Unauthorized" }, { status: 401 });
    }
    this.requests.push(call);
    switch (call) {
      case "GET ":
        return Response.json(project);
      case "GET /api-keys":
        return Response.json([
          { id: "1", type: "publishable", name: "default", api_key: "sb_publishable_x" },
        ]);
      case "POST /secrets":
        for (const { name, value } of await request.json()) this.secrets.set(name, value);
        return new Response(null, { status: 201 });
      case "DELETE /secrets":
        for (const name of await request.json()) this.secrets.delete(name);
        return Response.json({});
      case "GET /functions":
        return Response.json([]);
      case "POST /functions/deploy": {
        const slug = searchParams.get("slug") ?? "";
        const form = await request.formData();
        this.deployed.set(slug, {
          files: form.getAll("file").map((file) => (file as File).name),
          metadata: JSON.parse(String(form.get("metadata"))),
        });
        return Response.json(deployedFunction(slug), { status: 201 });
      }
      case "PUT /functions":
        return Response.json({ functions: await request.json() });
      default:
        return Response.json({ message: "Not found" }, { status: 404 });
    }
  }
}

/** @see https://api.supabase.com/api/v1 `GET /v1/projects/{ref}` */
const project = {
  id: projectRef,
  ref: projectRef,
  name: "stand-in",
  organization_id: "organization",
  organization_slug: "organization",
  region: "eu-central-1",
  status: "ACTIVE_HEALTHY",
  created_at: "2026-01-01T00:00:00Z",
  database: {
    host: `db.${projectRef}.localhost`,
    version: "17.6.1",
    postgres_engine: "17",
    release_channel: "ga",
  },
};

/** @see https://api.supabase.com/api/v1 `POST /v1/projects/{ref}/functions/deploy` */
function deployedFunction(slug: string) {
  return {
    id: crypto.randomUUID(),
    slug,
    name: slug,
    status: "ACTIVE",
    version: 1,
    created_at: 0,
    updated_at: 0,
    verify_jwt: false,
    import_map: true,
    entrypoint_path: "index.ts",
    ezbr_sha256: "0".repeat(64),
  };
}
