import { useEffect, useRef } from "react";

import { address } from "../api/http";
import { Button } from "../components/Button";
import { keep, useStored } from "../lib/stored";

const STORED = "flowmill.scripts";

/** An HTML file: still, or with its scripts in a frame from which they reach nothing. */
export default function HtmlPreview({ text, name }: { text: string; name: string }) {
  const runs = useStored(STORED) === true;
  return (
    <>
      {runs ? (
        <Running key={text} text={text} name={name} />
      ) : (
        // No permission at all: no scripts, no forms, an origin of its own.
        <iframe className="file-frame" sandbox="" srcDoc={text} title={name} />
      )}
      <div className="file-note file-scripts">
        <span>
          {runs
            ? "Its scripts run apart: they reach nothing of this page or the server, only libraries on the web."
            : "Shown without its scripts, which figures of Plotly and many reports need."}
        </span>
        <Button onClick={() => keep(STORED, !runs)}>{runs ? "Show without scripts" : "Run scripts"}</Button>
      </div>
    </>
  );
}

function Running({ text, name }: { text: string; name: string }) {
  const frame = useRef<HTMLIFrameElement>(null);
  useEffect(() => {
    let isGiven = false;
    const give = ({ source, data }: MessageEvent) => {
      const inside = frame.current?.contentWindow;
      if (isGiven || !inside || source !== inside || data !== "flowmill frame") return;
      isGiven = true;
      // It has no origin that could be named here.
      inside.postMessage(text, "*");
    };
    window.addEventListener("message", give);
    return () => window.removeEventListener("message", give);
  }, [text]);
  return <iframe ref={frame} className="file-frame" sandbox="allow-scripts" src={address("frame.html")} title={name} />;
}
