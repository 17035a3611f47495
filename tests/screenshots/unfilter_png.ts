/**
 * Takes back the filters of a PNG, by which each row is written as its difference from what is
 * beside and above it.
 *
 * @param filtered Each row after a byte that names its filter.
 * @param rowBytes Bytes of a row, without that one.
 * @param pixelBytes Bytes of a pixel.
 * @see https://www.w3.org/TR/png-3/#9Filters
 */
export function unfilter(filtered: Uint8Array, rowBytes: number, pixelBytes: number): Uint8Array {
  const height = filtered.length / (rowBytes + 1);
  const rows = new Uint8Array(height * rowBytes);
  for (let row = 0; row < height; row++) {
    const filter = filtered[row * (rowBytes + 1)]!;
    for (let column = 0; column < rowBytes; column++) {
      const place = row * rowBytes + column;
      const left = column < pixelBytes ? 0 : rows[place - pixelBytes]!;
      const above = row === 0 ? 0 : rows[place - rowBytes]!;
      const corner = row === 0 || column < pixelBytes ? 0 : rows[place - rowBytes - pixelBytes]!;
      const difference = filtered[row * (rowBytes + 1) + 1 + column]!;
      rows[place] = difference + predict(filter, left, above, corner);
    }
  }
  return rows;
}

function predict(filter: number, left: number, above: number, corner: number): number {
  switch (filter) {
    case 0:
      return 0;
    case 1:
      return left;
    case 2:
      return above;
    case 3:
      return (left + above) >> 1;
    case 4:
      return paeth(left, above, corner);
    default:
      throw new RangeError(`There is no filter ${filter}.`);
  }
}

/** Whichever of the three is nearest to their gradient. */
function paeth(left: number, above: number, corner: number): number {
  const gradient = left + above - corner;
  const fromLeft = Math.abs(gradient - left);
  const fromAbove = Math.abs(gradient - above);
  const fromCorner = Math.abs(gradient - corner);
  if (fromLeft <= fromAbove && fromLeft <= fromCorner) return left;
  return fromAbove <= fromCorner ? above : corner;
}
