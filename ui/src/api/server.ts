import { queryOptions } from "@tanstack/react-query";

import { send } from "./http";

export const serverInfo = queryOptions({
  queryKey: ["server"],
  queryFn: ({ signal }) => send("GET flowmill/1/server", {}, signal),
  staleTime: Number.POSITIVE_INFINITY,
  retry: false,
});
