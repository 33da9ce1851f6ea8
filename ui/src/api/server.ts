import { queryOptions } from "@tanstack/react-query";

import { askForServer } from "./http";
import type { ServerInfo } from "./schema";

export const serverInfo = queryOptions({
  queryKey: ["server"],
  queryFn: ({ signal }) => askForServer<ServerInfo>(signal),
  staleTime: Number.POSITIVE_INFINITY,
  retry: false,
});
