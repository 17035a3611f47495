/**
 * Imports point one way: `core ← runtime ← database ← {registry, reports} ← {formats, selection} ←
 * bedrock ← {catalog, runs} ← {conversations, switching, http} ← contract ← handlers ← index`. A
 * module imports from its own folder and from lower layers, never from a neighbour in its layer.
 */
import { expect } from "@std/expect";
import { filesBelow, importsOf, readSource, withoutComments } from "./source_files.ts";

const functionsFolder = "supabase/functions";

/** The folders of `_shared`, lowest first. `database.types.ts` is generated and lies below all. */
const sharedLayers: readonly (readonly string[])[] = [
  ["core", "database.types.ts"],
  ["runtime"],
  ["database"],
  ["registry", "reports"],
  ["formats", "selection"],
  ["bedrock"],
  ["catalog", "runs"],
  ["conversations", "switching", "http"],
  ["contract"],
];
const handlerLayer = sharedLayers.length;
const indexLayer = handlerLayer + 1;

/** Folders without I/O, and what npm packages anything they import may use. */
const pureFolders = ["core", "formats", "selection", "contract"];
const purePackages = ["zod"];
const impure =
  /\bDeno\b|\bfetch\b|\bDate\s*\.\s*now\b|\bnew\s+Date\b|\bMath\s*\.\s*random\b|\bcrypto\b|\bconsole\b|\bperformance\b(?![":])|\bset(?:Timeout|Interval)\b|\bprocess\b|\bglobalThis\b/;

interface Place {
  readonly folder: string;
  readonly layer: number;
}

/** Where a module stands; throws on a folder that has no place in the order yet. */
function placeOf(path: string): Place {
  const [first, second, ...rest] = path.slice(`${functionsFolder}/`.length).split("/");
  if (first !== "_shared") {
    const isIndex = second === "index.ts" && rest.length === 0;
    return { folder: first!, layer: isIndex ? indexLayer : handlerLayer };
  }
  const layer = sharedLayers.findIndex((folders) => folders.includes(second!));
  if (layer < 0) throw new Error(`${path}: give _shared/${second} a layer in imports_test.ts.`);
  return { folder: `_shared/${second}`, layer };
}

/** The path that an import leads to, or null where it leads to a package. */
function resolve(path: string, specifier: string): string | null {
  if (!specifier.startsWith(".")) return null;
  return new URL(specifier, `file:///${path}`).pathname.slice(1);
}

/** Why a module may not import another; null if it may. */
function violation(path: string, imported: string): string | null {
  if (!imported.startsWith(`${functionsFolder}/`)) return `${path} imports ${imported}, outside`;
  const from = placeOf(path);
  const to = placeOf(imported);
  const allowed = from.folder === to.folder ? from.layer >= to.layer : from.layer > to.layer &&
    to.layer < handlerLayer;
  return allowed ? null : `${path} imports ${imported}`;
}

function modules(): string[] {
  return filesBelow(functionsFolder).filter((path) => path.endsWith(".ts"));
}

/** The module and every module that it imports, directly or not. */
function closureOf(path: string, seen: Set<string> = new Set()): Set<string> {
  if (seen.has(path)) return seen;
  seen.add(path);
  for (const specifier of importsOf(readSource(path))) {
    const imported = resolve(path, specifier);
    if (imported !== null) closureOf(imported, seen);
  }
  return seen;
}

function pureModules(): string[] {
  return modules().filter((path) =>
    pureFolders.some((folder) => path.startsWith(`${functionsFolder}/_shared/${folder}/`))
  );
}

Deno.test("every module of the functions imports only from its folder and from lower layers", () => {
  const found = modules().flatMap((path) =>
    importsOf(readSource(path)).map((specifier) => {
      const imported = resolve(path, specifier);
      return imported === null ? null : violation(path, imported);
    })
  ).filter((problem) => problem !== null);
  expect(found).toEqual([]);
});

Deno.test("no modules of the functions import each other in a circle", () => {
  const circles = modules().filter((path) =>
    importsOf(readSource(path)).some((specifier) => {
      const imported = resolve(path, specifier);
      return imported !== null && closureOf(imported).has(path);
    })
  );
  expect(circles).toEqual([]);
});

Deno.test("the pure folders reach no package but zod, directly or through others", () => {
  const packages = new Set<string>();
  for (const path of new Set(pureModules().flatMap((path) => [...closureOf(path)]))) {
    for (const specifier of importsOf(readSource(path))) {
      if (!specifier.startsWith(".")) packages.add(specifier);
    }
  }
  expect([...packages]).toEqual(purePackages);
});

Deno.test("the pure folders use no runtime, network, clock, chance or console", () => {
  const used = pureModules().flatMap((path) => {
    const match = impure.exec(withoutComments(readSource(path)));
    return match === null ? [] : [`${path} uses ${match[0]}`];
  });
  expect(used).toEqual([]);
});

Deno.test("the functions import only packages that each function's deno.json maps", () => {
  const maps = filesBelow(functionsFolder).filter((path) => path.endsWith("/deno.json"));
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

Deno.test("violation() sees imports upward, sideways, between functions and outward", () => {
  const shared = `${functionsFolder}/_shared`;
  const wrong = [
    [`${shared}/core/a.ts`, `${shared}/registry/b.ts`],
    [`${shared}/formats/a.ts`, `${shared}/selection/b.ts`],
    [`${shared}/reports/a.ts`, `${shared}/registry/b.ts`],
    [`${shared}/selection/a.ts`, `${shared}/bedrock/b.ts`],
    [`${shared}/http/a.ts`, `${shared}/conversations/b.ts`],
    [`${shared}/http/a.ts`, `${functionsFolder}/chat/handler.ts`],
    [`${functionsFolder}/chat/handler.ts`, `${functionsFolder}/chat/index.ts`],
    [`${functionsFolder}/chat/index.ts`, `${functionsFolder}/manage-bedrock-models/handler.ts`],
    [`${functionsFolder}/chat/handler.ts`, "local/stack.ts"],
  ] as const;
  for (const [path, imported] of wrong) expect(violation(path, imported)).not.toBeNull();
  const right = [
    [`${shared}/formats/a.ts`, `${shared}/formats/b.ts`],
    [`${shared}/formats/a.ts`, `${shared}/core/b.ts`],
    [`${shared}/bedrock/a.ts`, `${shared}/formats/b.ts`],
    [`${functionsFolder}/chat/handler.ts`, `${shared}/http/b.ts`],
    [`${functionsFolder}/chat/index.ts`, `${functionsFolder}/chat/handler.ts`],
  ] as const;
  for (const [path, imported] of right) expect(violation(path, imported)).toBeNull();
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
