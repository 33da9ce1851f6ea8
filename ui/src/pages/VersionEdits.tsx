import { useChangeRegistry } from "../api/registry";
import type { ModelVersion } from "../api/schema";
import { Aliases } from "../components/Aliases";
import { Tags } from "../components/Tags";
import { isOwnTag } from "../lib/columns";

interface VersionAliasesProps {
  name: string;
  version: string;
  /** Those of each version of the model. */
  aliases: Map<string, string[]>;
}

/** What a version is called; an alias of another one can be moved here. */
export function VersionAliases({ name, version, aliases }: VersionAliasesProps) {
  const change = useChangeRegistry();
  const others = [...aliases].filter(([each]) => each !== version);
  return (
    <Aliases
      aliases={aliases.get(version) ?? []}
      takenBy={new Map(others.flatMap(([each, named]) => named.map((alias): [string, string] => [alias, each])))}
      onAdd={(alias) => change.mutateAsync({ do: "alias", name, version, alias })}
      onRemove={(alias) => change.mutateAsync({ do: "unalias", name, alias })}
    />
  );
}

export function VersionTags({ version: { name, version, tags } }: { version: ModelVersion }) {
  const change = useChangeRegistry();
  return (
    <Tags
      tags={(tags ?? []).filter((tag) => isOwnTag(tag.key))}
      onSet={(key, value) => change.mutateAsync({ do: "tag version", name, version, key, value })}
      onRemove={(key) => change.mutateAsync({ do: "untag version", name, version, key })}
    />
  );
}
