import "./LongName.css";

/** Names that are no longer than this have room nearly everywhere. */
const SHORT = 24;
const TAIL = 14;

/** A name that, where it has no room, is cut in its middle: names that one program gave to many runs differ at their ends. */
export function LongName({ name }: { name: string }) {
  if (name.length <= SHORT) return name;
  const letters = Array.from(name);
  return (
    <span className="long-name">
      <span>{letters.slice(0, -TAIL).join("")}</span>
      <span>{letters.slice(-TAIL).join("")}</span>
    </span>
  );
}

/** What a pointer over a name tells: all of it, where some of it may not be shown. */
export function longNameHint(name: string, otherwise?: string): string | undefined {
  return name.length <= SHORT ? otherwise : otherwise ? `${name}\n${otherwise}` : name;
}
