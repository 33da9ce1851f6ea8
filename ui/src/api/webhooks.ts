import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { send } from "./http";
import type { DeliveryState, EventName, WebhookInfo, WebhookTestResult } from "./schema";

const webhookKeys = { all: ["webhooks"] as const };

/** Every webhook, newest first. */
export const webhookList = queryOptions({
  queryKey: [...webhookKeys.all, "list"],
  queryFn: async ({ signal }) => {
    const webhooks: WebhookInfo[] = [];
    let token = "";
    do {
      const page = await send("GET 2.0/mlflow/webhooks", { max_results: 100, ...(token ? { page_token: token } : {}) }, signal);
      webhooks.push(...(page.webhooks ?? []));
      token = page.next_page_token ?? "";
    } while (token);
    return webhooks;
  },
});

/** What was sent, or is about to be, newest first. Read again while something still waits. */
export function deliveries(webhookId: string, state: DeliveryState | "") {
  return infiniteQueryOptions({
    queryKey: [...webhookKeys.all, "deliveries", webhookId, state],
    queryFn: ({ pageParam, signal }) =>
      send(
        "GET flowmill/1/webhook-deliveries",
        {
          max_results: 50,
          ...(webhookId ? { webhook_id: webhookId } : {}),
          ...(state ? { state } : {}),
          ...(pageParam ? { page_token: pageParam } : {}),
        },
        signal,
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_page_token,
    refetchInterval: (query) =>
      query.state.data?.pages.some((page) => page.deliveries?.some((each) => each.state === "waiting")) ? 3000 : false,
  });
}

export interface WebhookFields {
  name: string;
  url: string;
  description: string;
  /** Empty leaves the one that there is. */
  secret: string;
  events: EventName[];
}

export type WebhookChange =
  | { do: "create"; fields: WebhookFields }
  | { do: "update"; id: string; fields: WebhookFields }
  | { do: "enable" | "disable" | "delete" | "test"; id: string }
  | { do: "retry"; deliveryId: string };

async function change(wish: WebhookChange): Promise<WebhookTestResult | null> {
  switch (wish.do) {
    case "create":
      await send("POST 2.0/mlflow/webhooks", wish.fields);
      return null;
    case "update":
      await send("PATCH 2.0/mlflow/webhooks/{webhook_id}", { webhook_id: wish.id, ...wish.fields });
      return null;
    case "enable":
    case "disable":
      await send("PATCH 2.0/mlflow/webhooks/{webhook_id}", { webhook_id: wish.id, status: wish.do === "enable" ? "ACTIVE" : "DISABLED" });
      return null;
    case "delete":
      await send("DELETE 2.0/mlflow/webhooks/{webhook_id}", { webhook_id: wish.id });
      return null;
    case "test":
      return (await send("POST 2.0/mlflow/webhooks/{webhook_id}/test", { webhook_id: wish.id })).result;
    case "retry":
      await send("POST flowmill/1/webhook-deliveries/retry", { delivery_id: wish.deliveryId });
      return null;
  }
}

export function useChangeWebhooks() {
  const cache = useQueryClient();
  return useMutation({ mutationFn: change, onSettled: () => cache.invalidateQueries({ queryKey: webhookKeys.all }) });
}
