import "../components/Table.css";

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import type { DeliveryState, WebhookDelivery, WebhookInfo } from "../api/schema";
import { deliveries, useChangeWebhooks, webhookList } from "../api/webhooks";
import { Button, IconButton } from "../components/Button";
import { Choice, Switch } from "../components/Field";
import { FormDialog } from "../components/LazyDialogs";
import { Menu } from "../components/Menu";
import { useNotices } from "../components/Notices";
import { ShowMore } from "../components/ShowMore";
import { Empty, Failure, Skeleton } from "../components/States";
import { TimeText } from "../components/Values";
import { eventText } from "../lib/events";
import { WebhookDialog } from "./WebhookDialog";

type Open = { dialog: "new" } | { dialog: "edit" | "delete"; webhook: WebhookInfo } | null;

/** Addresses that are told of changes in the registry, and what became of each message. */
export function Webhooks() {
  const list = useQuery(webhookList);
  const change = useChangeWebhooks();
  const { tell, tellFailure } = useNotices();
  const [open, setOpen] = useState<Open>(null);
  const [logOf, setLogOf] = useState<WebhookInfo | null>(null);

  // What was just wished is shown while the server is told.
  const wish = change.variables;
  const isOn = (webhook: WebhookInfo) =>
    change.isPending && wish && (wish.do === "enable" || wish.do === "disable") && wish.id === webhook.webhook_id
      ? wish.do === "enable"
      : webhook.status === "ACTIVE";
  const test = async (webhook: WebhookInfo) => {
    try {
      const result = await change.mutateAsync({ do: "test", id: webhook.webhook_id });
      if (result?.success) tell(`${webhook.name} answered ${result.response_status ?? "well"}.`);
      else tellFailure(new Error(`${webhook.name} could not be told: ${result?.error_message || `it answered ${result?.response_status ?? "nothing"}`}.`));
    } catch (error) {
      tellFailure(error);
    }
  };
  return (
    <section className="section" aria-labelledby="settings-webhooks">
      <div className="section-head">
        <h2 id="settings-webhooks">Webhooks</h2>
        <div className="section-end">
          <Button icon="plus" onClick={() => setOpen({ dialog: "new" })}>
            New webhook
          </Button>
        </div>
      </div>
      {list.error && <Failure error={list.error} what="read the webhooks" onRetry={() => void list.refetch()} />}
      {list.isPending && <Skeleton lines={2} />}
      {list.data?.length === 0 && (
        <Empty icon="external" title="No webhook yet">
          <p>A webhook tells another service when a version is registered or an alias moves: to start a deployment, or to post in a chat.</p>
        </Empty>
      )}
      {list.data && list.data.length > 0 && (
        <div className="table-wrap">
          <table className="table table-rows">
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Address</th>
                <th scope="col">Told of</th>
                <th scope="col">Enabled</th>
                <th scope="col">
                  <span className="visually-hidden">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {list.data.map((webhook) => (
                <tr key={webhook.webhook_id}>
                  <th scope="row" className="cell-name">
                    {webhook.name}
                    {webhook.description && <p className="quiet">{webhook.description}</p>}
                  </th>
                  <td className="cell-wide">
                    <code>{webhook.url}</code>
                  </td>
                  <td>{webhook.events.map(eventText).join(", ")}</td>
                  <td className="cell-tight">
                    <Switch
                      label={isOn(webhook) ? "On" : "Off"}
                      checked={isOn(webhook)}
                      onChange={(on) => void change.mutateAsync({ do: on ? "enable" : "disable", id: webhook.webhook_id }).catch(tellFailure)}
                    />
                  </td>
                  <td className="cell-tight">
                    <Button kind="quiet" onClick={() => setLogOf(webhook)}>
                      Deliveries
                    </Button>
                    <Menu
                      trigger={<IconButton icon="more" label={`Actions for ${webhook.name}`} />}
                      items={[
                        { label: "Send a test", icon: "external", onSelect: () => void test(webhook) },
                        { label: "Edit", icon: "pencil", onSelect: () => setOpen({ dialog: "edit", webhook }) },
                        { label: "Delete", icon: "trash", danger: true, onSelect: () => setOpen({ dialog: "delete", webhook }) },
                      ]}
                    />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {logOf && <Deliveries key={logOf.webhook_id} webhook={logOf} onClose={() => setLogOf(null)} />}
      {open?.dialog === "new" && <WebhookDialog onClose={() => setOpen(null)} />}
      {open?.dialog === "edit" && <WebhookDialog webhook={open.webhook} onClose={() => setOpen(null)} />}
      {open?.dialog === "delete" && (
        <FormDialog
          title={`Delete the webhook ${open.webhook.name}?`}
          description="Its secret goes with it, and what was still to be sent to it is not sent."
          submit="Delete"
          danger
          onClose={() => setOpen(null)}
          onSubmit={async () => {
            await change.mutateAsync({ do: "delete", id: open.webhook.webhook_id });
            setLogOf(null);
          }}
        />
      )}
    </section>
  );
}

const STATES: Record<DeliveryState, { text: string; kind: string }> = {
  waiting: { text: "Waiting", kind: "running" },
  delivered: { text: "Delivered", kind: "finished" },
  dead: { text: "Given up", kind: "failed" },
};

function Deliveries({ webhook, onClose }: { webhook: WebhookInfo; onClose: () => void }) {
  const [state, setState] = useState<DeliveryState | "">("");
  const log = useInfiniteQuery(deliveries(webhook.webhook_id, state));
  const change = useChangeWebhooks();
  const { tellFailure } = useNotices();
  const rows = log.data?.pages.flatMap((page) => page.deliveries ?? []) ?? [];
  return (
    <section className="section" aria-label={`Deliveries of ${webhook.name}`}>
      <div className="section-head">
        <h3>Deliveries of {webhook.name}</h3>
        <Choice<DeliveryState | "">
          label="Which deliveries"
          value={state}
          choices={[
            { value: "", text: "All" },
            { value: "waiting", text: "Waiting" },
            { value: "delivered", text: "Delivered" },
            { value: "dead", text: "Given up" },
          ]}
          onChange={setState}
        />
        <div className="section-end">
          <IconButton icon="refresh" label="Read the deliveries again" onClick={() => void log.refetch()} />
          <IconButton icon="close" label="Close the deliveries" onClick={onClose} />
        </div>
      </div>
      {log.error && <Failure error={log.error} what="read the deliveries" onRetry={() => void log.refetch()} />}
      {log.isPending && <Skeleton lines={2} />}
      {log.data && rows.length === 0 && <p className="quiet">{state ? "None." : "Nothing was sent yet. A test is not kept here."}</p>}
      {rows.length > 0 && (
        <div className="table-wrap">
          <table className="table table-rows">
            <thead>
              <tr>
                <th scope="col">Event</th>
                <th scope="col">State</th>
                <th scope="col" className="cell-number">
                  Tries
                </th>
                <th scope="col">Answer</th>
                <th scope="col">Created</th>
                <th scope="col">
                  <span className="visually-hidden">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.delivery_id}>
                  <th scope="row">
                    <code>{row.event}</code>
                  </th>
                  <td className="cell-tight">
                    <span className={`status status-${STATES[row.state].kind}`}>
                      <i aria-hidden="true" />
                      {STATES[row.state].text}
                    </span>
                  </td>
                  <td className="cell-number">{row.tries}</td>
                  <td className="cell-wide">
                    <Answer row={row} />
                  </td>
                  <td className="cell-tight">
                    <TimeText value={row.created} />
                  </td>
                  <td className="cell-tight">
                    <Button kind="quiet" icon="refresh" onClick={() => void change.mutateAsync({ do: "retry", deliveryId: row.delivery_id }).catch(tellFailure)}>
                      Send again
                    </Button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <ShowMore list={log} />
    </section>
  );
}

function Answer({ row }: { row: WebhookDelivery }) {
  if (row.error) {
    return (
      <span className="delivery-error">
        {row.error}
        {row.next_try !== undefined && (
          <span className="quiet">
            {" "}
            Tried again <TimeText value={row.next_try} />.
          </span>
        )}
      </span>
    );
  }
  return row.response_status === undefined ? <span className="quiet">–</span> : <>{row.response_status}</>;
}
