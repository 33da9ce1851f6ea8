import * as Radix from "@radix-ui/react-dropdown-menu";

import { Icon } from "./Icon";
import type { MenuProps } from "./Menu";

/** The menu itself; it is first rendered by the click that opens it. */
export default function OpenMenu({ trigger, items, align = "end" }: MenuProps) {
  return (
    <Radix.Root defaultOpen>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
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
