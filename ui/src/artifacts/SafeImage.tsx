import { type ReactNode, useEffect, useState } from "react";

import type { Content } from "../api/artifacts";
import { imageType } from "../lib/files";
import { imageSize, MOST_POINTS } from "../lib/imageSize";
import { wholeNumber } from "../lib/numbers";

interface SafeImageProps {
  content: Content;
  path: string;
  alt: string;
  /** Shown in its place, with the reason, when it cannot be drawn. */
  instead: (reason: string) => ReactNode;
}

/** An image as a blob of a fixed type: whatever the file holds, it is drawn and never run. */
export function SafeImage({ content, path, alt, instead }: SafeImageProps) {
  const [url, setUrl] = useState("");
  const [broken, setBroken] = useState("");
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([content.bytes], { type: imageType(path) }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [content, path]);
  const size = imageSize(content.bytes);
  if (size && size[0] * size[1] > MOST_POINTS) {
    return instead(`This image has ${wholeNumber(size[0])} × ${wholeNumber(size[1])} points, too many to be drawn here.`);
  }
  if (broken === url && url) return instead("The browser cannot draw this image.");
  return url && <img src={url} alt={alt} onError={() => setBroken(url)} />;
}
