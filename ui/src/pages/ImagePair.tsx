import "./ImagePair.css";

import type { CSSProperties, PointerEvent, ReactNode } from "react";

import { Choice } from "../components/Field";
import type { Overlay } from "../lib/viewState";

interface ImagePairProps {
  how: Overlay;
  /** How far the upper picture is drawn, or how much of it is seen: 0 to 1. */
  share: number;
  onShare: (share: number) => void;
  below: ReactNode;
  above: ReactNode;
}

/** Two pictures in one place: uncovered by a moving edge, faded into each other, or what they differ in. */
export function ImagePair({ how, share, onShare, below, above }: ImagePairProps) {
  const follow = (event: PointerEvent<HTMLElement>) => {
    if (how !== "swipe" || (event.pointerType !== "mouse" && event.buttons === 0)) return;
    const { left, width } = event.currentTarget.getBoundingClientRect();
    if (width > 0) onShare(Math.round(Math.min(1, Math.max(0, (event.clientX - left) / width)) * 100) / 100);
  };
  return (
    <span className={`image-pair image-pair-${how}`} style={{ "--share": share } as CSSProperties} onPointerMove={follow}>
      <span className="image-below">{below}</span>
      <span className="image-above">{above}</span>
    </span>
  );
}

interface OverlayControlsProps {
  how: Overlay | undefined;
  share: number;
  onHow: (how: Overlay | undefined) => void;
  onShare: (share: number) => void;
}

/** How pictures are laid over one another; the slider does with keys what a pointer does on a picture. */
export function OverlayControls({ how, share, onHow, onShare }: OverlayControlsProps) {
  return (
    <>
      <Choice<Overlay | "side">
        label="How to compare pictures"
        value={how ?? "side"}
        choices={[
          { value: "side", text: "Side by side" },
          { value: "swipe", text: "Swipe" },
          { value: "fade", text: "Fade" },
          { value: "difference", text: "Difference" },
        ]}
        onChange={(value) => onHow(value === "side" ? undefined : value)}
      />
      {(how === "swipe" || how === "fade") && (
        <label className="slider">
          {how === "swipe" ? "Edge" : "Fade"}
          <input type="range" min={0} max={1} step={0.01} value={share} onChange={(event) => onShare(Number(event.target.value))} />
        </label>
      )}
    </>
  );
}
