import type { Colouring } from "../lib/plots";

/** What the colours of a plot say; nothing where each run has its own. */
export function ColourKey({ painted: { scale, legend } }: { painted: Colouring }) {
  if (scale) {
    return (
      <p className="colour-scale">
        <span className="colour-title">{scale.title}</span>
        {scale.low}
        <i style={{ background: `linear-gradient(90deg, ${scale.stops.join(", ")})` }} aria-hidden="true" />
        {scale.high}
      </p>
    );
  }
  if (!legend) return null;
  return (
    <ul className="colour-words" aria-label="Colours">
      {legend.map(({ name, colour }) => (
        <li key={`${colour} ${name}`}>
          <i className="run-dot" style={{ background: colour }} aria-hidden="true" />
          {name}
        </li>
      ))}
    </ul>
  );
}
