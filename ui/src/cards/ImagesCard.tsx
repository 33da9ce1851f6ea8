import { type ReactNode, useCallback, useRef } from "react";

import { ChartCard } from "../charts/ChartCard";
import StepImages from "../pages/StepImages";
import type { ShownPicture } from "../pages/picturesDrawn";
import type { CardProps } from "./CardView";
import { OfAll } from "./OfAll";
import { TitleField } from "./choices";

const HEIGHT = 160;

/** Pictures that were logged with a key and a step, with a slider of their own. */
export function ImagesCard({ card, data, onCard }: CardProps) {
  const shown = useRef<ShownPicture[]>([]);
  const onShown = useCallback((pictures: ShownPicture[]) => {
    shown.current = pictures;
  }, []);
  const hasImages = (data.pictures?.length ?? 0) > 0;
  return (
    <ChartCard id={card.id} title={card.title ?? "Images"} height={HEIGHT} grows beside={<OfAll shown={data.pictures?.length ?? 0} total={data.pictures ? data.picturesOf : undefined} />} rows={hasImages ? () => shownRows(shown.current) : null} settings={<TitleField title={card.title} usual="Images" onChange={(title) => onCard({ title })} />}>
      {(height, isLarge, isChosen) =>
        data.pictures === undefined ? (
          <p className="chart-problem quiet">None of these runs has logged an image by key and step.</p>
        ) : data.pictures === null ? (
          <span className="skeleton-bar chart-waiting" role="status" aria-label="Loading images" />
        ) : (
          <Room height={isChosen && !isLarge ? height : null} title={card.title ?? "Images"}>
            <StepImages runs={data.pictures} onShown={onShown} search={card.images ?? {}} onSearch={(change) => onCard({ images: { ...card.images, ...change } })} />
          </Room>
        )
      }
    </ChartCard>
  );
}

/** Of a chosen height, and what does not fit is scrolled to; or else as high as what it holds. */
function Room({ height, title, children }: { height: number | null; title: string; children: ReactNode }) {
  return (
    // A region that scrolls must be reachable without a mouse.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="card-room" style={height === null ? undefined : { height }} {...(height === null ? {} : { tabIndex: 0, role: "region", "aria-label": title })}>
      {children}
    </div>
  );
}

/** Which pictures are shown, as the rows of a table. */
function shownRows(shown: ShownPicture[]): string[][] {
  return [["run", "run_id", "key", "step", "file"], ...shown.map(({ run, key, image }) => [run.name, run.id, key, image ? String(image.step) : "", image?.path ?? ""])];
}
