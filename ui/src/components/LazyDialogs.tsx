import { type ComponentProps, lazy, Suspense } from "react";

/** Dialogs open on a click, so what they need is not part of the first view. */
const LazyForm = lazy(() => import("./Dialog").then(({ FormDialog: component }) => ({ default: component })));
const LazyName = lazy(() => import("./Dialog").then(({ NameDialog: component }) => ({ default: component })));
const LazyRegister = lazy(() => import("./RegisterDialog"));

export function FormDialog(props: ComponentProps<typeof LazyForm>) {
  return (
    <Suspense>
      <LazyForm {...props} />
    </Suspense>
  );
}

export function NameDialog(props: ComponentProps<typeof LazyName>) {
  return (
    <Suspense>
      <LazyName {...props} />
    </Suspense>
  );
}

export function RegisterDialog(props: ComponentProps<typeof LazyRegister>) {
  return (
    <Suspense>
      <LazyRegister {...props} />
    </Suspense>
  );
}
