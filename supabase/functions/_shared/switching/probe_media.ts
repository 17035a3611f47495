/** The image and the documents that a probe sends. */

/** A red square of 64 by 64 pixels, since some models refuse a smaller picture. */
export const redSquare =
  "iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAMAAACdt4HsAAAAA1BMVEXcHh4Np/MyAAAAG0lEQVR42u3BgQAAAADDoPlT3+AEVQEAAAB8AxBAAAG9PLePAAAAAElFTkSuQmCC";

/** What the documents say. No question has the word. */
export const documentWord = "osprey";

export const textDocument = btoa(`${documentWord}\n`);

const written = `BT /F1 24 Tf 20 40 Td (${documentWord}) Tj ET`;

/** A PDF of one page. */
export const onePage = btoa(pdfOf([
  "<</Type/Catalog/Pages 2 0 R>>",
  "<</Type/Pages/Kids[3 0 R]/Count 1>>",
  "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R" +
  "/Resources<</Font<</F1 5 0 R>>>>>>",
  `<</Length ${written.length}>>stream\n${written}\nendstream`,
  "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
]));

/** Writes a PDF: its objects, of which the first is the catalog, and the table of where each begins. */
function pdfOf(objects: readonly string[]): string {
  let file = "%PDF-1.4\n";
  const places = objects.map((object, index) => {
    const place = String(file.length).padStart(10, "0");
    file += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return `${place} 00000 n \n`;
  });
  const count = objects.length + 1;
  return `${file}xref\n0 ${count}\n0000000000 65535 f \n${places.join("")}` +
    `trailer\n<</Size ${count}/Root 1 0 R>>\nstartxref\n${file.length}\n%%EOF\n`;
}
