/** The machine and the versions, as lines of a list. */
export async function describeMachine(): Promise<string[]> {
  const cpu = /^model name\s*: (.*)$/m.exec(await Deno.readTextFile("/proc/cpuinfo"))?.[1];
  const { total } = Deno.systemMemoryInfo();
  const node = await new Deno.Command("node", { args: ["--version"] }).output();
  return [
    `- Date: ${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC`,
    `- Machine: ${navigator.hardwareConcurrency} cores (${cpu ?? "unknown"}), ${
      Math.round(total / 2 ** 30)
    } GiB of memory, Linux ${/^\d+\.\d+/.exec(Deno.osRelease())?.[0]}`,
    `- Deno ${Deno.version.deno} (V8 ${Deno.version.v8}), Node ${
      new TextDecoder().decode(node.stdout).trim()
    } (Portkey only), PostgreSQL 17`,
    ...await describePackages(),
  ];
}

async function describePackages(): Promise<string[]> {
  const { imports } = JSON.parse(
    await Deno.readTextFile(new URL("baselines/deno.json", import.meta.url)),
  );
  const packages = Object.values(imports).map((target) => String(target).replace("npm:", ""));
  return [`- Packages of the baselines: ${packages.map((name) => `\`${name}\``).join(", ")}`];
}

/** The load average of the last minute. */
export function loadAverage(): number {
  return Deno.loadavg()[0] ?? 0;
}
