import "./Copy.css";

import { highlight } from "../lib/highlight";
import { CopyButton } from "./Copy";

/** Coloured source text. */
export function CodeText({ text, language }: { text: string; language: string }) {
  return (
    <code>
      {highlight(text, language).map((token, at) =>
        token.kind === "plain" ? (
          token.text
        ) : (
          // oxlint-disable-next-line react/no-array-index-key -- pieces of one text have no identity but their place
          <span key={at} className={`code-${token.kind}`}>
            {token.text}
          </span>
        ),
      )}
    </code>
  );
}

export function Snippet({ code, language = "python", label }: { code: string; language?: string; label: string }) {
  return (
    <div className="snippet">
      {/* A region that scrolls must be reachable without a mouse. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0} role="region" aria-label={label}>
        <CodeText text={code} language={language} />
      </pre>
      <CopyButton text={code} label={`Copy: ${label}`} />
    </div>
  );
}
