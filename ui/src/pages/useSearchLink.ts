import { useRouter } from "@tanstack/react-router";
import { useCallback } from "react";

/** The whole address of the page with some fields changed, to be handed to others. */
export function useSearchLink(): (change: object) => string {
  const router = useRouter();
  return useCallback(
    (change) => {
      const { href } = router.buildLocation({ to: ".", search: (old: object) => ({ ...old, ...change }) });
      return new URL(router.history.createHref(href), window.location.href).href;
    },
    [router],
  );
}
