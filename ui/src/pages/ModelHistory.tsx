import "../components/Table.css";
import "./ModelHistory.css";

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { registryEvents, versionAsOf } from "../api/registry";
import type { RegistryEvent, RegistryEventKind } from "../api/schema";
import { Field } from "../components/Field";
import { ShowMore } from "../components/ShowMore";
import { Empty, Failure, messageOf, Skeleton } from "../components/States";
import { TimeText } from "../components/Values";
import { changeText, momentOf } from "../lib/events";
import { absoluteTime } from "../lib/time";

const KINDS: { value: RegistryEventKind | ""; text: string }[] = [
  { value: "", text: "All changes" },
  { value: "alias", text: "Aliases" },
  { value: "version", text: "Versions" },
  { value: "tag", text: "Tags" },
  { value: "description", text: "Descriptions" },
  { value: "stage", text: "Stages" },
  { value: "name", text: "Names" },
];

/** Everything that happened to a model, and what an alias meant at a moment of the past. */
export default function ModelHistory({ name, aliases }: { name: string; aliases: string[] }) {
  const [kind, setKind] = useState<RegistryEventKind | "">("");
  const log = useInfiniteQuery(registryEvents(name, kind));
  const events = log.data?.pages.flatMap((page) => page.events ?? []) ?? [];
  return (
    <div className="model-history">
      <AsOf name={name} aliases={aliases} />
      <section className="section" aria-label="Changes">
        <div className="section-head">
          <h2>Changes</h2>
          <div className="section-end">
            <select aria-label="Which changes" value={kind} onChange={(event) => setKind(event.target.value as RegistryEventKind | "")}>
              {KINDS.map((each) => (
                <option key={each.value} value={each.value}>
                  {each.text}
                </option>
              ))}
            </select>
          </div>
        </div>
        {log.error && <Failure error={log.error} what="read the history" onRetry={() => void log.refetch()} />}
        {log.isPending && <Skeleton lines={5} />}
        {log.data && events.length === 0 && <Empty icon="refresh" title={kind ? "No such change" : "Nothing has changed yet"} />}
        {events.length > 0 && (
          <ol className="card history-list">
            {events.map((event) => (
              <Change key={event.event_id} event={event} />
            ))}
          </ol>
        )}
        <ShowMore list={log} />
      </section>
    </div>
  );
}

function Change({ event }: { event: RegistryEvent }) {
  return (
    <li>
      <span className="history-what">
        {changeText(event)}
        {event.kind === "description" && event.after && <q className="quiet">{event.after}</q>}
        {event.kind === "version" && event.origin && <span className="quiet">from {event.origin.source}</span>}
      </span>
      <span className="quiet">{event.user || "somebody"}</span>
      <TimeText value={event.time} />
    </li>
  );
}

/** Which version an alias pointed at then: what production ran on a day of last month. */
function AsOf({ name, aliases }: { name: string; aliases: string[] }) {
  const [alias, setAlias] = useState(aliases[0] ?? "");
  const [when, setWhen] = useState("");
  const moment = momentOf(when);
  const found = useQuery({ ...versionAsOf(name, alias.trim(), moment ?? 0), enabled: moment !== null && alias.trim() !== "" });
  return (
    <section className="section" aria-label="As of">
      <div className="section-head">
        <h2>As of</h2>
      </div>
      <div className="as-of-fields">
        <Field label="Alias">
          <input list="known-aliases" value={alias} onChange={(event) => setAlias(event.target.value)} placeholder="champion" spellCheck={false} />
        </Field>
        <datalist id="known-aliases">
          {aliases.map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
        <Field label="At">
          <input type="datetime-local" value={when} onChange={(event) => setWhen(event.target.value)} />
        </Field>
      </div>
      <div role="status">
        {moment === null || alias.trim() === "" ? (
          <p className="quiet">Name an alias and a moment to see which version it pointed at then.</p>
        ) : found.error ? (
          <p className="as-of-none">{messageOf(found.error)}</p>
        ) : found.data ? (
          <p>
            On {absoluteTime(moment)} <strong>@{alias.trim()}</strong> pointed at{" "}
            <Link to="/models/$name/versions/$version" params={{ name, version: found.data.version }}>
              version {found.data.version}
            </Link>
            {found.data.run_id && (
              <>
                , from run <code>{found.data.run_id}</code>
              </>
            )}
            .
          </p>
        ) : (
          <p className="quiet">Reading…</p>
        )}
      </div>
    </section>
  );
}
