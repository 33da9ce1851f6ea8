import type { ReactNode } from "react";

import { IconButton } from "../components/Button";
import { Icon } from "../components/Icon";
import { Menu, type MenuItem } from "../components/Menu";
import type { CardKind } from "../lib/cards";
import { type ChartSection, PINNED } from "../lib/chartSections";
import { kindItems } from "./AddChart";

interface ChartSectionViewProps {
  section: ChartSection;
  isOnly: boolean;
  isOpen: boolean;
  /** Whether somebody made it, and may name it otherwise or take it away. */
  isOwn: boolean;
  /** What can be added to it, if anything can. */
  kinds: readonly CardKind[] | undefined;
  onAdd: (kind: CardKind) => void;
  onFold: () => void;
  onShift: (by: number) => void;
  onRename: () => void;
  onRemove: () => void;
  children: ReactNode;
}

const FAR = 1e6;

/** Charts below a heading that folds them. */
export function ChartSectionView({ section: { title, keys }, isOnly, isOpen, isOwn, kinds, onAdd, onFold, onShift, onRename, onRemove, children }: ChartSectionViewProps) {
  const name = title === PINNED ? "Pinned" : title || "Metrics";
  const moves: MenuItem[] = isOnly
    ? []
    : [
        { label: "Move to the top", icon: "up", onSelect: () => onShift(-FAR) },
        { label: "Move up", icon: "up", onSelect: () => onShift(-1) },
        { label: "Move down", icon: "down", onSelect: () => onShift(1) },
        { label: "Move to the bottom", icon: "down", onSelect: () => onShift(FAR) },
      ];
  const owned: MenuItem[] = isOwn
    ? [
        { label: "Rename", icon: "pencil", onSelect: onRename },
        { label: "Remove", icon: "close", onSelect: onRemove },
      ]
    : [];
  const items = title === PINNED ? [] : [...moves, ...owned];
  return (
    <section className="section" aria-label={name}>
      {!(isOnly && title === "") && (
        <div className="chart-section-head">
          <h2 className="chart-section-title">
            <button type="button" aria-expanded={isOpen} onClick={onFold}>
              <Icon name={isOpen ? "down" : "right"} size={13} />
              {name} <span className="quiet">{keys.length}</span>
            </button>
          </h2>
          {kinds && title !== PINNED && (
            <Menu trigger={<IconButton icon="plus" size={14} label={`Add a chart to ${name}`} />} align="start" items={kindItems(kinds, onAdd)} />
          )}
          {items.length > 0 && <Menu trigger={<IconButton icon="more" size={14} label={`Move the section ${name}`} />} align="start" items={items} />}
        </div>
      )}
      {isOpen && keys.length === 0 && <p className="quiet chart-note">Nothing stands here yet: add a chart, or move one here.</p>}
      {isOpen && keys.length > 0 && <div className="chart-grid">{children}</div>}
    </section>
  );
}
