import "./FilterHelp.css";

interface FilterHelpProps {
  /** Puts an example into the filter. */
  onTake: (filter: string) => void;
}

const EXAMPLES: [filter: string, what: string][] = [
  ["metrics.accuracy > 0.9", "the last value of a metric"],
  ["minimum.loss < 0.1", "the least, or maximum, that it ever was"],
  ["metrics.`val/loss` <= 0.1", "a name with signs or spaces"],
  ["params.optimizer = 'adam'", "a parameter, as a text"],
  ["params.lr < 0.01", "a parameter, as a number"],
  ["tags.team != 'vision'", "a tag"],
  ["tags.reviewed IS NULL", "what is missing"],
  ["attributes.run_name ILIKE '%baseline%'", "a part of the name, in any case"],
  ["attributes.status IN ('FAILED', 'KILLED')", "how a run ended"],
  ["attributes.user_id = 'ada'", "whose runs"],
  ["datasets.name = 'iris'", "the data that was used"],
  ["versions(name = 'churn')", "what was registered"],
  ["(params.model = 'cnn' OR params.model = 'vit') AND NOT tags.kind = 'test'", "several of them at once"],
];

/** What a filter can say, by examples. */
export default function FilterHelp({ onTake }: FilterHelpProps) {
  return (
    <div className="filter-help">
      <h2>Filters</h2>
      <p className="quiet">
        As in <code>search_runs</code>. A click puts an example into the filter.
      </p>
      <dl>
        {EXAMPLES.map(([filter, what]) => (
          <div key={filter}>
            <dt>
              <button type="button" onClick={() => onTake(filter)}>
                <code>{filter}</code>
              </button>
            </dt>
            <dd className="quiet">{what}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
