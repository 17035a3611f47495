/**
 * Imports point one way, in every folder. A module imports from its own part and from lower parts,
 * never from a neighbour in its layer; between top-level folders, only as `mayImport` says.
 */
import { expect } from "@std/expect";
import { filesBelow, importsOf, readSource, withoutComments } from "./support/source_files.ts";

/** A top-level folder of the project. */
interface Room {
  /** Its parts, folders and files, lowest layer first. The longest name that fits counts. */
  readonly layers: readonly (readonly string[])[];
  /** Paths outside of it that its modules may import. */
  readonly mayImport: readonly string[];
}

const rooms: Readonly<Record<string, Room>> = {
  "supabase/functions": {
    layers: [
      // Generated.
      ["_shared/core", "_shared/database.types.ts"],
      ["_shared/runtime"],
      ["_shared/database"],
      ["_shared/media", "_shared/registry", "_shared/reports"],
      ["_shared/formats", "_shared/limits", "_shared/selection"],
      ["_shared/bedrock"],
      ["_shared/catalog", "_shared/runs"],
      [
        "_shared/alerts",
        "_shared/conversations",
        "_shared/dialects",
        "_shared/http",
        "_shared/keys",
        "_shared/people",
        "_shared/switching",
        "_shared/tick",
      ],
      ["_shared/calls"],
      ["_shared/contract"],
      // Handlers, each with its `index.ts`; see `isEntry`.
      ["anthropic", "chat", "manage-bedrock-models", "openai"],
    ],
    mayImport: [],
  },
  "stand-in": {
    layers: [
      ["clock.ts", "http", "operations.ts", "wire"],
      ["models"],
      ["answers", "catalog"],
      ["checks", "guardrails"],
      ["faults", "formats"],
      ["request_log.ts"],
      ["calls", "control", "control_client.ts"],
      ["server.ts"],
      ["main.ts"],
    ],
    mayImport: [],
  },
  "console/src": {
    layers: [
      ["api"],
      ["format"],
      ["state"],
      ["services.ts"],
      ["components"],
      ["charts", "chat"],
      ["switching"],
      ["views"],
      ["app.tsx", "restrict_connections.ts"],
      ["main.tsx"],
    ],
    mayImport: ["console/styles", "supabase/functions/_shared"],
  },
  "console": {
    layers: [["bundle"], ["build.ts"]],
    mayImport: ["console/src/api"],
  },
  "local": {
    layers: [
      ["config.ts", "describe_error.ts", "keys.ts", "processes.ts", "stack_error.ts"],
      ["client", "console", "ports.ts", "postgres"],
      ["database", "functions", "state.ts"],
      ["api", "gateway", "ticker.ts"],
      ["stack.ts"],
      ["banner.ts"],
      ["ask.ts", "demo.ts", "dev.ts", "sql.ts"],
    ],
    mayImport: [
      "console/bundle",
      "stand-in",
      "supabase/functions/_shared/contract",
      "supabase/functions/_shared/media",
    ],
  },
  "tools": {
    layers: [[
      "evals",
      "evidence_schema.ts",
      "function_locks.ts",
      "history",
      "install",
      "schema_fields.ts",
      "smoke",
    ], [
      "evals.ts",
      "field_tables.ts",
      "install_into.ts",
      "seed_history.ts",
      "smoke.ts",
    ]],
    mayImport: ["local", "supabase/functions/_shared"],
  },
  "bench": {
    layers: [
      ["baselines", "cold", "ours", "paths.ts", "plan.ts", "reports", "stats.ts"],
      ["load", "machine.ts", "processes"],
      ["comparison", "upstream", "users.ts"],
      ["results"],
      ["caching", "rollouts", "servers"],
      ["content", "scenarios"],
      ["main.ts"],
    ],
    mayImport: ["local", "stand-in", "supabase/functions", "tools"],
  },
  "examples": {
    layers: [["ask.ts"]],
    mayImport: ["supabase/functions/_shared/contract"],
  },
  ".ci": {
    layers: [["check_deployment.ts", "check_occupied.ts", "check_versions.ts"]],
    mayImport: ["tests/support", "tools"],
  },
  "tests": {
    layers: [
      ["support"],
      ["bench", "console", "docs", "examples", "local", "scripts", "soak", "stand-in", "supabase"],
      ["aws-deployment", "end_to_end", "imports_test.ts", "screenshots", "tools"],
      ["run.ts"],
    ],
    mayImport: [
      "bench",
      "console",
      "examples",
      "local",
      "stand-in",
      "supabase/functions",
      "tools",
    ],
  },
};

/** Folders without I/O, and what npm packages anything they import may use. */
const pureFolders = ["core", "formats", "selection", "contract"];
const purePackages = ["zod"];
/** The same, which use a room that is not pure for values alone. */
const quietFolders = [...pureFolders, "dialects"];
const impure =
  /\bDeno\b|\bfetch\b|\bDate\s*\.\s*now\b|\bnew\s+Date\b|\bMath\s*\.\s*random\b|\bcrypto\b|\bconsole\b|\bperformance\b(?![":])|\bset(?:Timeout|Interval)\b|\bprocess\b|\bglobalThis\b/;

const modulePaths = filesBelow().filter((path) => /\.(?:tsx?|mjs)$/.test(path));

interface Place {
  readonly room: string;
  readonly part: string;
  readonly layer: number;
}

const isWithin = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);

function roomOf(path: string): string | undefined {
  return Object.keys(rooms).filter((name) => isWithin(path, name))
    .toSorted((a, b) => b.length - a.length)[0];
}

/** The place of a module; throws for a module without one. */
function placeOf(path: string): Place {
  const room = roomOf(path);
  if (room === undefined) throw new Error(`${path}: give its folder a room in imports_test.ts.`);
  const inside = path.slice(room.length + 1);
  const [found] = rooms[room]!.layers
    .flatMap((parts, layer) => parts.map((part) => ({ room, part, layer })))
    .filter(({ part }) => isWithin(inside, part))
    .toSorted((a, b) => b.part.length - a.part.length);
  if (found === undefined) throw new Error(`${path}: give it a layer in imports_test.ts.`);
  return found;
}

/** The path that an import leads to; null for a package. */
function resolve(path: string, specifier: string): string | null {
  if (!specifier.startsWith(".")) return null;
  return new URL(specifier, `file:///${path}`).pathname.slice(1);
}

/** The entry of a function, which nothing imports. */
function isEntry(path: string): boolean {
  return /^supabase\/functions\/[^_/][^/]*\/index\.ts$/.test(path);
}

/** Why a module may not import another; null if it may. */
function violation(path: string, imported: string): string | null {
  const from = placeOf(path);
  const to = roomOf(imported) === from.room ? placeOf(imported) : null;
  const allowed = to === null
    ? rooms[from.room]!.mayImport.some((folder) => isWithin(imported, folder))
    : from.part === to.part || from.layer > to.layer;
  return allowed && !isEntry(imported) ? null : `${path} imports ${imported}`;
}

const files = new Set(filesBelow());

/** The project's files that each module imports; a sample in a test's string names no file. */
const importedBy = new Map(modulePaths.map((path) => [
  path,
  importsOf(readSource(path)).map((specifier) => resolve(path, specifier))
    .filter((imported) => imported !== null).filter((imported) => files.has(imported)),
]));

/** The module and every module that it imports, directly or not. */
function closureOf(path: string, seen: Set<string> = new Set()): Set<string> {
  if (seen.has(path)) return seen;
  seen.add(path);
  for (const imported of importedBy.get(path) ?? []) closureOf(imported, seen);
  return seen;
}

/** The modules from which a chain of imports leads back to them. */
function circlesIn(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const reaches = (path: string, target: string, seen: Set<string>): boolean =>
    (graph.get(path) ?? []).some((imported) => {
      if (imported === target) return true;
      if (seen.has(imported)) return false;
      seen.add(imported);
      return reaches(imported, target, seen);
    });
  return [...graph.keys()].filter((path) => reaches(path, path, new Set()));
}

function modulesOf(folders: readonly string[]): string[] {
  return modulePaths.filter((path) =>
    folders.some((folder) => path.startsWith(`supabase/functions/_shared/${folder}/`))
  );
}

Deno.test("every module imports only from its part, from lower layers, and as its room may", () => {
  expect(modulePaths.length).toBeGreaterThan(500);
  const found = [...importedBy].flatMap(([path, all]) =>
    all.map((imported) => violation(path, imported)).filter((problem) => problem !== null)
  );
  expect(found).toEqual([]);
});

Deno.test("no modules import each other in a circle", () => {
  expect(circlesIn(importedBy)).toEqual([]);
});

Deno.test("every room and every part of one exists", () => {
  const missing = Object.entries(rooms).flatMap(([room, { layers }]) =>
    layers.flat().map((part) => `${room}/${part}`)
      .filter((part) => !modulePaths.some((path) => isWithin(path, part)))
  );
  expect(missing).toEqual([]);
});

Deno.test("the pure folders reach no package but zod, directly or through others", () => {
  const packages = new Set<string>();
  for (const path of new Set(modulesOf(pureFolders).flatMap((path) => [...closureOf(path)]))) {
    for (const specifier of importsOf(readSource(path))) {
      if (!specifier.startsWith(".")) packages.add(specifier);
    }
  }
  expect([...packages]).toEqual(purePackages);
});

Deno.test("the pure folders use no runtime, network, clock, chance or console", () => {
  const used = modulesOf(quietFolders).flatMap((path) => {
    const match = impure.exec(withoutComments(readSource(path)));
    return match === null ? [] : [`${path} uses ${match[0]}`];
  });
  expect(used).toEqual([]);
});

Deno.test("the functions import only packages that each function's deno.json maps", () => {
  const maps = filesBelow("supabase/functions").filter((path) => path.endsWith("/deno.json"));
  expect(maps.length).toBeGreaterThan(0);
  for (const map of maps) {
    const folder = map.slice(0, -"/deno.json".length);
    const mapped = Object.keys(JSON.parse(readSource(map)).imports);
    const reached = [...closureOf(`${folder}/index.ts`)].flatMap((path) =>
      importsOf(readSource(path)).filter((specifier) => !/^(\.|node:)/.test(specifier))
    );
    expect(reached.filter((specifier) => !mapped.includes(specifier))).toEqual([]);
  }
});

Deno.test("the functions' deno.json differ in their packages only", () => {
  const maps = filesBelow("supabase/functions").filter((path) => path.endsWith("/deno.json"));
  const [first, ...others] = maps.map((map) => ({ ...JSON.parse(readSource(map)), imports: {} }));
  for (const other of others) expect(other).toEqual(first);
});

/** What a function uses of its runtime beyond web-standard interfaces, as `path: use`. */
function runtimeUses(path: string, source: string): string[] {
  const code = withoutComments(source);
  const uses = [
    ...code.matchAll(/\bDeno\s*(?:\.\s*\w+)?|\bBun\b|\bprocess\s*\.|\bEdgeRuntime\b/g),
  ].map(([use]) => use);
  const modules = importsOf(source).filter((name) => /^(node|jsr|https?):/.test(name));
  return [...new Set([...uses, ...modules])].map((use) => `${path}: ${use}`);
}

Deno.test("the functions use no more of their runtime than its start and its environment", () => {
  const shared = "supabase/functions/_shared";
  const functions = modulePaths.filter((path) => path.startsWith("supabase/functions/"));
  const found = functions.flatMap((path) => runtimeUses(path, readSource(path)));
  expect(found.sort()).toEqual([
    // Node's, which other runtimes have as well.
    `${shared}/bedrock/json_body.ts: node:crypto`,
    `${shared}/calls/call_unit.ts: node:crypto`,
    `${shared}/http/key_ring.ts: node:crypto`,
    `${shared}/http/parse_json.ts: node:buffer`,
    `${shared}/http/proved_tokens.ts: node:crypto`,
    `${shared}/media/base64.ts: node:buffer`,
    `${shared}/runs/assign_rollout.ts: node:crypto`,
    `${shared}/runtime/api_key.ts: node:crypto`,
    // Used where it is there.
    `${shared}/runtime/background.ts: EdgeRuntime`,
    "supabase/functions/anthropic/index.ts: Deno.env",
    "supabase/functions/chat/index.ts: Deno.env",
    "supabase/functions/chat/read_content.ts: node:crypto",
    "supabase/functions/manage-bedrock-models/index.ts: Deno.env",
    "supabase/functions/openai/index.ts: Deno.env",
  ]);
  for (const entry of functions.filter(isEntry)) {
    expect([entry, /^export default\b/m.test(readSource(entry))]).toEqual([entry, true]);
  }
});

Deno.test("runtimeUses() finds what it is meant to find", () => {
  const uses = (source: string) => runtimeUses("a.ts", source);
  expect(uses('// Deno.env\nDeno.serve(f); Deno.env.get("A"); EdgeRuntime.waitUntil(p);'))
    .toEqual(["a.ts: Deno.serve", "a.ts: Deno.env", "a.ts: EdgeRuntime"]);
  expect(uses('import a from "node:fs"; import("jsr:@std/x"); process.env.A;'))
    .toEqual(["a.ts: process.", "a.ts: node:fs", "a.ts: jsr:@std/x"]);
  expect(uses('await fetch(url); "no denominator";')).toEqual([]);
});

Deno.test("violation() finds imports upward, sideways, between functions and between rooms", () => {
  const functions = "supabase/functions";
  const shared = `${functions}/_shared`;
  const wrong = [
    [`${shared}/core/a.ts`, `${shared}/registry/b.ts`],
    [`${shared}/formats/a.ts`, `${shared}/selection/b.ts`],
    [`${shared}/reports/a.ts`, `${shared}/registry/b.ts`],
    [`${shared}/selection/a.ts`, `${shared}/bedrock/b.ts`],
    [`${shared}/http/a.ts`, `${shared}/conversations/b.ts`],
    [`${shared}/http/a.ts`, `${functions}/chat/handler.ts`],
    [`${functions}/chat/handler.ts`, `${functions}/chat/index.ts`],
    [`${functions}/chat/index.ts`, `${functions}/manage-bedrock-models/handler.ts`],
    [`${functions}/chat/handler.ts`, "local/stack.ts"],
    ["stand-in/wire/a.ts", "stand-in/models/b.ts"],
    ["stand-in/faults/a.ts", "stand-in/formats/b.ts"],
    ["stand-in/server.ts", `${shared}/core/b.ts`],
    ["stand-in/server.ts", "stand-in/main.ts"],
    ["console/src/api/a.ts", "console/src/views/b.tsx"],
    ["console/src/api/a.ts", `${functions}/chat/handler.ts`],
    ["console/bundle/a.ts", "console/src/views/b.tsx"],
    ["local/stack.ts", "tools/seed_history.ts"],
    ["local/client/a.ts", `${shared}/registry/b.ts`],
    ["local/gateway/a.ts", "local/stack.ts"],
    ["bench/results/a.ts", "bench/scenarios/b.ts"],
    ["bench/main.ts", "tests/support/b.ts"],
    ["tools/history/a.ts", "bench/main.ts"],
    ["tests/support/a.ts", "tests/end_to_end/b.ts"],
    ["local/stack.ts", "scripts/b.ts"],
  ] as const;
  for (const [path, imported] of wrong) expect(violation(path, imported)).not.toBeNull();
  const right = [
    [`${shared}/formats/a.ts`, `${shared}/formats/b.ts`],
    [`${shared}/formats/a.ts`, `${shared}/core/b.ts`],
    [`${shared}/bedrock/a.ts`, `${shared}/formats/b.ts`],
    [`${functions}/chat/handler.ts`, `${shared}/http/b.ts`],
    [`${functions}/chat/index.ts`, `${functions}/chat/handler.ts`],
    ["stand-in/calls/a.ts", "stand-in/wire/b.ts"],
    ["console/src/api/a.ts", `${shared}/contract/b.ts`],
    ["local/stack.ts", "stand-in/server.ts"],
    ["local/client/a.ts", `${shared}/contract/b.ts`],
    ["bench/scenarios/a.ts", "bench/results/b.ts"],
    ["tests/end_to_end/a.ts", "tests/support/b.ts"],
    ["tests/end_to_end/a.ts", "stand-in/control_client.ts"],
  ] as const;
  for (const [path, imported] of right) expect([imported, violation(path, imported)][1]).toBeNull();
});

Deno.test("placeOf() refuses a module without a room or a layer", () => {
  expect(() => placeOf("elsewhere/a.ts")).toThrow("give its folder a room");
  expect(() => placeOf("local/elsewhere/a.ts")).toThrow("give it a layer");
});

Deno.test("circlesIn() finds modules that import each other, directly or not", () => {
  const graph = new Map([["a", ["b"]], ["b", ["c"]], ["c", ["a", "d"]], ["d", ["e"]], ["f", [
    "f",
  ]]]);
  expect(circlesIn(graph)).toEqual(["a", "b", "c", "f"]);
});

Deno.test("impure finds what it is meant to find", () => {
  for (
    const code of [
      'Deno.env.get("A")',
      "await fetch(url)",
      "Date.now()",
      "new Date()",
      "Math.random()",
      "crypto.randomUUID()",
      "console.log(1)",
    ]
  ) expect(impure.test(code)).toBe(true);
});
