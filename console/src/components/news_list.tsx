import { useServices } from "../services.ts";

/** What happened meanwhile. The region is always there, so that additions to it are read out. */
export function NewsList() {
  const { announcer } = useServices();
  return (
    <div role="status" aria-live="polite" aria-label="News">
      {announcer.news.value.map(({ id, text, detail }) => (
        <div class="news-item" key={id}>
          <p>
            {text} {detail !== null && <span class="muted">{detail}.</span>}
          </p>
          <button
            type="button"
            class="button button-quiet"
            onClick={() => announcer.dismiss(id)}
            aria-label={`Dismiss: ${text}`}
          >
            Dismiss
          </button>
        </div>
      ))}
    </div>
  );
}
