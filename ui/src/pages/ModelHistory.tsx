import "../components/History.css";
import "../components/Table.css";
import "./ModelHistory.css";

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";

import { registryEvents, useChangeRegistry, versionAsOf } from "../api/registry";
import type { RegistryEvent, RegistryEventKind } from "../api/schema";
import { Button } from "../components/Button";
import { Field } from "../components/Field";
import { useNotices } from "../components/Notices";
import { RunLink } from "../components/RunLink";
import { ShowMore } from "../components/ShowMore";
import { Empty, Failure, messageOf, Skeleton } from "../components/States";
import { TimeText } from "../components/Values";
import { changeText } from "../lib/events";
import { plainLine } from "../lib/plainLine";
import { absoluteTime, momentOf } from "../lib/time";
import { CHANGE_KINDS } from "../lib/viewState";

const route = getRouteApi("/models/$name");

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
export default function ModelHistory({ name, aliases }: { name: string; aliases: Map<string, string> }) {
  const { kind = "" } = route.useSearch();
  const navigate = useNavigate();
  const log = useInfiniteQuery(registryEvents(name, kind));
  const events = log.data?.pages.flatMap((page) => page.events ?? []) ?? [];
  return (
    <div className="model-history">
      <AsOf name={name} aliases={[...aliases.keys()]} />
      <section className="section" aria-label="Changes">
        <div className="section-head">
          <h2>Changes</h2>
          <div className="section-end">
            <select aria-label="Which changes" value={kind} onChange={(event) => {
                const chosen = CHANGE_KINDS.find((each) => each === event.target.value);
                void navigate({ to: ".", search: (old: object) => ({ ...old, kind: chosen }), replace: true });
              }}>
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
              <Change key={event.event_id} name={name} event={event} now={event.key === undefined ? undefined : aliases.get(event.key)} />
            ))}
          </ol>
        )}
        <ShowMore list={log} />
      </section>
    </div>
  );
}

/** `now`: the version that the alias of the change points at today. */
function Change({ name, event, now }: { name: string; event: RegistryEvent; now: string | undefined }) {
  const change = useChangeRegistry();
  const { tell, tellFailure } = useNotices();
  const { before, after, key = "" } = event;
  const canGoBack = event.kind === "alias" && before !== undefined && before !== now && (after === undefined || after === now);
  const point = (version: string) => change.mutateAsync({ do: "alias", name, alias: key, version });
  const goBack = async () => {
    try {
      await point(before ?? "");
      tell(`@${key} points at version ${before} again.`, now === undefined ? undefined : { label: "Undo", run: () => void point(now).catch(tellFailure) });
    } catch (error) {
      tellFailure(error);
    }
  };
  return (
    <li>
      <span className="history-what">
        {changeText(event)}
        {event.kind === "description" && event.after && <q className="quiet">{plainLine(event.after, 160)}</q>}
        {event.kind === "version" && event.origin && <span className="quiet">from {event.origin.source}</span>}
        {canGoBack && (
          <Button kind="quiet" icon="restore" onClick={() => void goBack()} busy={change.isPending}>
            Move @{key} back to version {before}
          </Button>
        )}
      </span>
      <span className="quiet">{event.user || "somebody"}</span>
      <TimeText value={event.time} />
    </li>
  );
}

/** Which version an alias pointed at then: what production ran on a day of last month. */
function AsOf({ name, aliases }: { name: string; aliases: string[] }) {
  const { alias = aliases[0] ?? "", at: when = "" } = route.useSearch();
  const navigate = useNavigate();
  const look = (part: { alias?: string; at?: string }) => void navigate({ to: ".", search: (old: object) => ({ ...old, ...part }), replace: true });
  const moment = momentOf(when);
  const found = useQuery({ ...versionAsOf(name, alias.trim(), moment ?? 0), enabled: moment !== null && alias.trim() !== "" });
  return (
    <section className="section" aria-label="As of">
      <div className="section-head">
        <h2>As of</h2>
      </div>
      <div className="as-of-fields">
        <Field label="Alias">
          <input list="known-aliases" value={alias} onChange={(event) => look({ alias: event.target.value })} placeholder="champion" spellCheck={false} />
        </Field>
        <datalist id="known-aliases">
          {aliases.map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
        <Field label="At">
          <input type="datetime-local" value={when} onChange={(event) => look({ at: event.target.value })} />
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
                , from run <RunLink runId={found.data.run_id} />
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
