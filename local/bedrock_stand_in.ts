/** What the stack needs of the stand-in for Amazon Bedrock. */
export async function startBedrockStandIn(options: {
  port: number;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  log: (line: string) => void;
}): Promise<{ url: string; close(): Promise<void> }> {
  const specifier = new URL("./bedrock/server.ts", import.meta.url).href;
  try {
    const module = await import(specifier);
    return await module.startBedrockStandIn(options);
  } catch (error) {
    if (!String(error).includes("not found")) throw error;
    options.log("The stand-in is not part of this checkout yet.");
    return { url: "", close: () => Promise.resolve() };
  }
}
