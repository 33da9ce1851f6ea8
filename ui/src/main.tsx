import "./styles/tokens.css";
import "./styles/base.css";

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { ApiError } from "./api/http";
import { followChanges } from "./api/live";
import { HintLayer } from "./components/Hint";
import { NoticeRegion } from "./components/Notices";
import { copyWholeValues } from "./components/Values";
import { router } from "./router";

const cache = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 3000,
      // What the server has answered with an error it will answer again; a lost connection may come back.
      retry: (count, error) => count < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 502),
      retryDelay: (count) => 400 * 2 ** count,
    },
  },
});

followChanges(cache);
document.addEventListener("copy", copyWholeValues);

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no element with the id root.");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={cache}>
      <NoticeRegion>
        <RouterProvider router={router} />
      </NoticeRegion>
      <HintLayer />
    </QueryClientProvider>
  </StrictMode>,
);
