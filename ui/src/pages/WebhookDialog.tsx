import { useState } from "react";

import type { EventName, WebhookInfo } from "../api/schema";
import { useChangeWebhooks } from "../api/webhooks";
import { FormDialog } from "../components/LazyDialogs";
import { Field } from "../components/Field";
import { eventText, sameEvent, WEBHOOK_EVENTS } from "../lib/events";

/** Makes a webhook, or changes one. A secret is never shown again. */
export function WebhookDialog({ webhook, onClose }: { webhook?: WebhookInfo; onClose: () => void }) {
  const [name, setName] = useState(webhook?.name ?? "");
  const [url, setUrl] = useState(webhook?.url ?? "https://");
  const [description, setDescription] = useState(webhook?.description ?? "");
  const [secret, setSecret] = useState("");
  const [events, setEvents] = useState<EventName[]>(webhook?.events ?? [WEBHOOK_EVENTS[1]!.event]);
  const change = useChangeWebhooks();
  const offered = [
    ...WEBHOOK_EVENTS.map(({ event }) => event),
    ...(webhook?.events ?? []).filter((event) => !WEBHOOK_EVENTS.some((each) => sameEvent(each.event, event))),
  ];
  const fields = { name: name.trim(), url: url.trim(), description, secret, events };
  return (
    <FormDialog
      title={webhook ? `Edit ${webhook.name}` : "New webhook"}
      submit={webhook ? "Save" : "Create"}
      disabled={fields.name === "" || fields.url === "" || fields.url === "https://" || events.length === 0}
      onClose={onClose}
      onSubmit={() => change.mutateAsync(webhook ? { do: "update", id: webhook.webhook_id, fields } : { do: "create", fields })}
    >
      <Field label="Name">
        <input value={name} onChange={(event) => setName(event.target.value)} autoFocus maxLength={200} />
      </Field>
      <Field label="Address" hint="Gets a POST with JSON for each event.">
        <input type="url" value={url} onChange={(event) => setUrl(event.target.value)} spellCheck={false} />
      </Field>
      <Field label="Secret" hint={webhook ? "Leave it empty to keep the present one." : "If there is one, each message is signed with it."}>
        <input type="password" autoComplete="new-password" value={secret} onChange={(event) => setSecret(event.target.value)} />
      </Field>
      <Field label="Note">
        <input value={description} onChange={(event) => setDescription(event.target.value)} />
      </Field>
      <fieldset className="webhook-events">
        <legend>Told when</legend>
        {offered.map((event) => (
          <label key={`${event.entity}.${event.action}`}>
            <input
              type="checkbox"
              checked={events.some((each) => sameEvent(each, event))}
              onChange={(input) => setEvents(input.target.checked ? [...events, event] : events.filter((each) => !sameEvent(each, event)))}
            />
            {eventText(event)}
          </label>
        ))}
      </fieldset>
    </FormDialog>
  );
}
