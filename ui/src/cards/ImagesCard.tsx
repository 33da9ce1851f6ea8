import { ChartCard } from "../charts/ChartCard";
import StepImages from "../pages/StepImages";
import type { CardProps } from "./CardView";
import { TitleField } from "./choices";

const HEIGHT = 160;

/** Pictures that were logged with a key and a step, with a slider of their own. */
export function ImagesCard({ card, data, onCard }: CardProps) {
  return (
    <ChartCard id={card.id} title={card.title ?? "Images"} height={HEIGHT} isPicture={false} rows={null} settings={<TitleField title={card.title} usual="Images" onChange={(title) => onCard({ title })} />}>
      {() =>
        data.pictures === undefined ? (
          <p className="chart-problem quiet">None of these runs has logged an image by key and step.</p>
        ) : data.pictures === null ? (
          <span className="skeleton-bar chart-waiting" role="status" aria-label="Loading images" />
        ) : (
          <StepImages runs={data.pictures} search={card.images ?? {}} onSearch={(change) => onCard({ images: { ...card.images, ...change } })} />
        )
      }
    </ChartCard>
  );
}
