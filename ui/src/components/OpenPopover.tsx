import * as Radix from "@radix-ui/react-popover";

import type { PopoverProps } from "./Popover";

/** The panel itself; it is first rendered by the click that opens it. */
export default function OpenPopover({ trigger, label, align = "end", children }: PopoverProps) {
  return (
    <Radix.Root defaultOpen>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className="popover" aria-label={label} align={align} sideOffset={4} collisionPadding={8}>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
