/** Terms and what they are. */
export function Facts(
  { facts }: {
    facts: readonly { readonly term: string; readonly text: string }[];
  },
) {
  return (
    <dl class="facts">
      {facts.map(({ term, text }) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}
