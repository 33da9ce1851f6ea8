import "./Copy.css";

import { useState } from "react";

import { IconButton } from "./Button";
import { useNotices } from "./Notices";

/** Puts text on the clipboard, also where the page is served over plain http and the browser has no clipboard API. */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard && window.isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("The browser did not let this page write to the clipboard; select the text and copy it.");
}

export function CopyButton({ text, label = "Copy" }: { text: string; label?: string }) {
  const [done, setDone] = useState(false);
  const { tellFailure } = useNotices();
  const copy = () =>
    copyText(text).then(() => {
      setDone(true);
      window.setTimeout(() => setDone(false), 1500);
    }, tellFailure);
  return (
    <IconButton
      icon={done ? "check" : "copy"}
      size={14}
      label={done ? "Copied" : label}
      className="copy-button"
      onClick={(event) => {
        event.preventDefault();
        event.stopPropagation();
        void copy();
      }}
    />
  );
}

/** An identifier that can be taken along. */
export function CopyableText({ text, label }: { text: string; label: string }) {
  return (
    <span className="copyable">
      <code>{text}</code>
      <CopyButton text={text} label={label} />
    </span>
  );
}
