import * as Radix from "@radix-ui/react-dropdown-menu";
import { cloneElement, type MouseEvent, useState } from "react";

import { Icon } from "./Icon";
import type { MenuProps } from "./Menu";

/** The menu itself; it is first rendered by the click that opens it. */
export default function OpenMenu({ trigger, items, align = "end" }: MenuProps) {
  const [open, setOpen] = useState(true);
  // A pointer opens it when it is pressed, keys when they are; what clicks without either, as a right click on the head of
  // a column or a voice does, is told by having no count.
  const onClick = (event: MouseEvent) => event.detail === 0 && setOpen(true);
  return (
    <Radix.Root open={open} onOpenChange={setOpen}>
      <Radix.Trigger asChild>{cloneElement(trigger, { onClick })}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className="menu" align={align} sideOffset={4} collisionPadding={8}>
          {items.map((item) => (
            <Radix.Item
              key={item.label}
              className={item.danger ? "menu-item menu-danger" : "menu-item"}
              disabled={item.disabled ?? false}
              onSelect={item.onSelect}
            >
              {item.icon && <Icon name={item.icon} size={15} />}
              <span>{item.label}</span>
              {item.checked && <Icon name="check" size={14} />}
            </Radix.Item>
          ))}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
