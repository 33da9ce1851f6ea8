import type { KeyValue } from "../api/schema";
import { isOwnTag } from "../lib/columns";

interface TagBadgesProps {
  tags: KeyValue[] | undefined;
  /** What is listed; a tag that is pressed narrows the list to those that have it. */
  things: string;
  onTag: (tag: KeyValue) => void;
}

/** The tags of a line of a list. */
export function TagBadges({ tags, things, onTag }: TagBadgesProps) {
  return (tags ?? [])
    .filter((tag) => isOwnTag(tag.key))
    .map((tag) => (
      <button
        key={tag.key}
        type="button"
        className="badge badge-button"
        data-hint={`${tag.key}: ${tag.value}\nClick to see only ${things} with it`}
        onClick={() => onTag(tag)}
      >
        <span>{tag.value ? `${tag.key}: ${tag.value}` : tag.key}</span>
      </button>
    ));
}
