import { type ReactNode, useState } from "react";

import type { Content } from "../api/artifacts";
import { Choice } from "../components/Field";
import { fileName } from "../lib/paths";
import { imageSize } from "../lib/imageSize";
import { wholeNumber } from "../lib/numbers";
import { SafeImage } from "./SafeImage";

interface ImagePreviewProps {
  content: Content;
  path: string;
  instead: (reason: string) => ReactNode;
}

type Zoom = "fit" | "1" | "4";

/** An image as large as there is room for, or with each of its points as one or more of the screen's. */
export function ImagePreview({ content, path, instead }: ImagePreviewProps) {
  const [zoom, setZoom] = useState<Zoom>("fit");
  if (!content.whole) return instead("This file is too large to be shown here.");
  const size = imageSize(content.bytes);
  return (
    <>
      <div className="file-switch">
        <Choice<Zoom>
          label="Size of the image"
          value={zoom}
          choices={[
            { value: "fit", text: "Fit" },
            { value: "1", text: "100 %" },
            { value: "4", text: "400 %" },
          ]}
          onChange={setZoom}
        />
        {size && (
          <span className="quiet">
            {wholeNumber(size[0])} × {wholeNumber(size[1])}
          </span>
        )}
      </div>
      {/* A region that scrolls must be reachable without a mouse. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={`file-body file-image file-image-${zoom}`} tabIndex={0} role="region" aria-label="Image" style={size && zoom === "4" ? { "--wide": `${size[0] * 4}px` } as React.CSSProperties : undefined}>
        <SafeImage content={content} path={path} alt={fileName(path)} instead={instead} />
      </div>
    </>
  );
}
