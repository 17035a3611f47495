/**
 * What the page may do. Its script narrows `connect-src` to the project of config.json before it
 * does anything else, so that one build serves every project; see src/restrict_connections.ts.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self' https: http://127.0.0.1:* http://localhost:*",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** The page that loads a bundle, by the bundle's file names. */
export function renderPage(names: readonly string[]): string {
  const named = (extension: string) => {
    const name = names.find((name) => name.endsWith(extension));
    if (name === undefined) {
      throw new Error(`The bundle has no ${extension} file.`);
    }
    return `./${name}`;
  };
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${policy}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta name="referrer" content="no-referrer">
    <meta name="robots" content="noindex">
    <title>Bedrock Switchboard</title>
    <link rel="icon" href="data:image/svg+xml,${encodeURIComponent(icon)}">
    <link rel="stylesheet" href="${named(".css")}">
    <script type="module" src="${named(".js")}"></script>
  </head>
  <body>
    <div id="console">
      <main class="starting"><h1>Bedrock Switchboard</h1><p>Loading …</p></main>
    </div>
    <noscript><p class="starting">The console needs JavaScript.</p></noscript>
  </body>
</html>
`;
}

/** A switch, half up. */
const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect width="32" height="32" rx="7" fill="#1f5fbf"/>
<rect x="6" y="11" width="20" height="10" rx="5" fill="#fff"/>
<circle cx="21" cy="16" r="3.4" fill="#1f5fbf"/></svg>`.replaceAll("\n", "");
