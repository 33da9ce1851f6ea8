import { drawnText, largerChoices, type MostDrawn } from "../lib/drawnRuns";

interface HowManyProps {
  drawn: number;
  total: number;
  /** How many are drawn if nobody asks for more. */
  usual: number;
  isTicked: boolean;
  onMost: (most: MostDrawn | undefined) => void;
}

/** Of how many runs there are curves, and the way to more, to fewer or to others; nothing where all are drawn as usual. */
export function HowMany({ drawn, total, usual, isTicked, onMost }: HowManyProps) {
  const larger = drawn < total ? largerChoices(drawn, total) : [];
  if (drawn >= total && drawn <= usual) return null;
  return (
    <p className="quiet">
      {drawnText(drawn, total, isTicked)}
      {(larger.length > 0 || drawn > usual) && " Draw"}
      {drawn > usual && (
        <>
          {" "}
          <button type="button" className="link-button" aria-label={`Draw ${usual}`} onClick={() => onMost(undefined)}>
            {usual}
          </button>
        </>
      )}
      {larger.map((each, at) => {
        const text = each >= total ? `all ${total.toLocaleString("en-US")}` : each.toLocaleString("en-US");
        return (
          <span key={each}>
            {at > 0 || drawn > usual ? " · " : " "}
            <button type="button" className="link-button" aria-label={`Draw ${text}`} onClick={() => onMost(each)}>
              {text}
            </button>
          </span>
        );
      })}
      {drawn < total && !isTicked && " – or tick runs in the table to choose them."}
    </p>
  );
}
