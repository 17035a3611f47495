/**
 * Writes the lock file of each function from the project's own: the same tree, as far as the function
 * needs it, in version 4, which Deno 2.1.4, the hosted runtime's, reads. It is uploaded with the
 * function, so that a deployment gets the packages that the tests ran.
 *
 * deno task lock:functions
 */

/** A package in a lock file. Ids are `name@version`, in version 5 with peers after an underscore. */
interface LockedPackage {
  readonly integrity: string;
  /** Names or, where a name has several versions, ids. */
  readonly dependencies?: readonly string[];
  readonly optionalDependencies?: readonly string[];
  /** Which of the dependencies are there for another package's sake. */
  readonly optionalPeers?: readonly string[];
}

/** The parts of a lock file of version 5 that are read here. */
export interface ProjectLock {
  readonly version: string;
  readonly specifiers: Readonly<Record<string, string>>;
  readonly npm: Readonly<Record<string, LockedPackage>>;
}

/** A function's lock file, of version 4. */
export interface FunctionLock {
  readonly version: "4";
  readonly specifiers: Readonly<Record<string, string>>;
  readonly npm: Readonly<Record<string, LockedPackage>>;
  readonly workspace: { readonly dependencies: readonly string[] };
}

/**
 * The lock file for a function that maps these imports.
 *
 * @throws {RangeError} for a package that the project's lock file does not hold
 */
export function lockOf(imports: Readonly<Record<string, string>>, lock: ProjectLock): FunctionLock {
  if (lock.version !== "5") throw new RangeError(`A lock file of version ${lock.version}, not 5.`);
  const wanted = [...new Set(Object.values(imports).map(withoutPath))].sort();
  const found = new Map<string, LockedPackage>();
  const visit = (id: string) => {
    const locked = lock.npm[id];
    if (locked === undefined) throw new RangeError(`deno.lock has no ${id}.`);
    if (found.has(id)) return;
    found.set(id, locked);
    for (const dependency of dependenciesOf(locked)) visit(idOf(dependency, lock));
  };
  const versions = wanted.map((specifier) => {
    const version = lock.specifiers[specifier];
    if (version === undefined) throw new RangeError(`deno.lock has no ${specifier}.`);
    const name = nameOf(specifier.slice("npm:".length));
    const id = `${name}@${version}`;
    visit(id);
    return [specifier, withoutPeers(id).slice(name.length + 1)] as const;
  });

  const ids = [...found.keys()].map(withoutPeers);
  const reference = (dependency: string) => {
    const id = withoutPeers(idOf(dependency, lock));
    const isOnlyOne = ids.filter((each) => nameOf(each) === nameOf(id)).length === 1;
    return isOnlyOne ? nameOf(id) : id;
  };
  const packages = [...found].map(([id, locked]) => {
    const dependencies = dependenciesOf(locked).map(reference).sort();
    return [withoutPeers(id), {
      integrity: locked.integrity,
      ...(dependencies.length > 0 && { dependencies }),
    }] as const;
  });
  return {
    version: "4",
    specifiers: Object.fromEntries(versions),
    npm: Object.fromEntries(packages.toSorted(([a], [b]) => a < b ? -1 : 1)),
    workspace: { dependencies: wanted },
  };
}

/** `npm:zod@4.6.7` of `npm:zod@4.6.7/mini`. */
function withoutPath(specifier: string): string {
  const match = /^npm:(?:@[^/]+\/)?[^/@]+@[^/]+/.exec(specifier);
  if (match === null) throw new RangeError(`${specifier} is not an npm package with a version.`);
  return match[0];
}

/** What a package needs by itself, without the peers that others brought. */
function dependenciesOf(locked: LockedPackage): readonly string[] {
  const { dependencies = [], optionalDependencies = [], optionalPeers = [] } = locked;
  return [...dependencies, ...optionalDependencies]
    .filter((dependency) => !optionalPeers.includes(dependency));
}

/** The id that a dependency stands for: a name alone has one version in the whole lock file. */
function idOf(dependency: string, { npm }: ProjectLock): string {
  if (npm[dependency] !== undefined) return dependency;
  const ids = Object.keys(npm).filter((id) => nameOf(id) === dependency);
  const [id] = ids;
  if (id === undefined || ids.length > 1) {
    throw new RangeError(`deno.lock has ${ids.length} packages for ${dependency}.`);
  }
  return id;
}

/** `@scope/name` of `@scope/name@1.2.3_peer@4.5.6`. */
function nameOf(id: string): string {
  return id.slice(0, id.indexOf("@", 1));
}

/** Peers of a package follow its version; those of the functions have none that they need. */
function withoutPeers(id: string): string {
  const version = id.indexOf("@", 1) + 1;
  return id.slice(0, version) + id.slice(version).replace(/_.*$/, "");
}

/** The functions' folders, relative to the project. */
export function functionFolders(root: string): string[] {
  return [...Deno.readDirSync(`${root}/supabase/functions`)]
    .filter(({ name, isDirectory }) => isDirectory && !name.startsWith("_"))
    .map(({ name }) => `supabase/functions/${name}`).sort();
}

/** The text that a function's lock file must have. */
export function lockTextOf(root: string, folder: string): string {
  const read = (path: string) => JSON.parse(Deno.readTextFileSync(`${root}/${path}`));
  const lock = lockOf(read(`${folder}/deno.json`).imports, read("deno.lock"));
  return `${JSON.stringify(lock, null, 2)}\n`;
}

if (import.meta.main) {
  for (const folder of functionFolders(".")) {
    await Deno.writeTextFile(`${folder}/deno.lock`, lockTextOf(".", folder));
  }
}
