interface TickAllProps {
  label?: string;
  all: boolean;
  some: boolean;
  onChange: (all: boolean) => void;
}

/** A box that ticks all rows or none, and shows when it is some. */
export function TickAll({ label, all, some, onChange }: TickAllProps) {
  return (
    <input
      type="checkbox"
      aria-label={label}
      checked={all}
      ref={(box) => {
        if (box) box.indeterminate = some && !all;
      }}
      onChange={() => onChange(!all)}
    />
  );
}
