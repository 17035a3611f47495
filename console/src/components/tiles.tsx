/** Figures that stand for a whole range. */
export function Tiles(
  { tiles }: {
    tiles: readonly {
      readonly name: string;
      readonly value: string;
      readonly note?: string;
    }[];
  },
) {
  return (
    <dl class="tiles">
      {tiles.map(({ name, value, note }) => (
        <div class="tile" key={name}>
          <dt>{name}</dt>
          <dd>
            {value}
            {note !== undefined && <span class="tile-note">{note}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
