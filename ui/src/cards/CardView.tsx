import type { Card } from "../lib/cards";
import { DifferenceCard } from "./DifferenceCard";
import { ImagesCard } from "./ImagesCard";
import type { PlotData } from "./PlotData";
import { PlotCard } from "./PlotCard";
import { BarsCard, LinesCard } from "./SeriesCards";

export interface CardProps {
  card: Card;
  data: PlotData;
  /** What is chosen anew; what is undefined is chosen no more. */
  onCard: (change: Partial<Record<keyof Card, unknown>>) => void;
  /** Alone on a page: in px, with its settings in sight and its name as a heading. */
  tall?: number;
}

/** A chart that was added, whatever its kind. */
export default function CardView(props: CardProps) {
  switch (props.card.kind) {
    case "lines":
      return <LinesCard {...props} />;
    case "bars":
      return <BarsCard {...props} />;
    case "difference":
      return <DifferenceCard {...props} />;
    case "images":
      return <ImagesCard {...props} />;
    default:
      return <PlotCard {...props} />;
  }
}
