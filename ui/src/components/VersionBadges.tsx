import { Link } from "@tanstack/react-router";

interface VersionBadgesProps {
  versions: { name: string; version: string }[];
}

/** Registered versions, each a link to its page. */
export function VersionBadges({ versions }: VersionBadgesProps) {
  if (versions.length === 0) return <span className="quiet">–</span>;
  return (
    <span className="badges">
      {versions.map(({ name, version }) => (
        <Link key={`${name} ${version}`} to="/models/$name/versions/$version" params={{ name, version }} className="badge badge-accent">
          <span>{name}</span> v{version}
        </Link>
      ))}
    </span>
  );
}
