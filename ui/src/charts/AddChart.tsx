import { Button } from "../components/Button";
import { Menu, type MenuItem } from "../components/Menu";
import { type CardKind, KIND_NAMES } from "../lib/cards";

/** The kinds of charts that can be added, as the items of a menu. */
export function kindItems(kinds: readonly CardKind[], onAdd: (kind: CardKind) => void): MenuItem[] {
  return kinds.map((kind) => ({ label: KIND_NAMES[kind], icon: "chart", onSelect: () => onAdd(kind) }));
}

interface AddChartProps {
  kinds: readonly CardKind[];
  onAdd: (kind: CardKind) => void;
  onSection: () => void;
}

export function AddChart({ kinds, onAdd, onSection }: AddChartProps) {
  return (
    <Menu
      trigger={
        <Button icon="plus" className="add-chart">
          Add chart
        </Button>
      }
      items={[...kindItems(kinds, onAdd), { label: "A section", icon: "folder", onSelect: onSection }]}
    />
  );
}
