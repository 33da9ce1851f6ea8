import { expect, test } from "vitest";

import { cardsOf, lookOfCard, newCard, withCard } from "./cards";
import { sectionsOf, withDrop, withoutSection, withRenamedSection, withShift } from "./chartSections";

test("what an address holds is read with care", () => {
  const cards = cardsOf([
    { id: "//1", kind: "scatter", section: "mine", x: "params.lr", xscale: "log", yscale: "cubic", scales: { "params.lr": "symlog", "params.seed": "cubic" }, y: 3, colour: "", flip: "yes", axes: "params.lr" },
    { id: "//1", kind: "box" },
    { id: "loss", kind: "box" },
    { id: "//pinned", kind: "box" },
    { id: "//2", kind: "pie" },
    null,
    { id: "//3", kind: "lines", metrics: ["a", 1, "a"], look: { smooth: 2, axis: "metrics.epoch", log: false, points: "on", trim: 1 } },
    { id: "//4", kind: "images", images: { step: 1.5, overlay: "swipe", images: ["x"] } },
  ]);
  expect(cards).toEqual([
    { id: "//1", kind: "scatter", section: "mine", x: "params.lr", xscale: "log", scales: { "params.lr": "symlog" } },
    { id: "//3", kind: "lines", section: "Charts", metrics: ["a"], look: { axis: "metrics.epoch", log: false, points: "on" } },
    { id: "//4", kind: "images", section: "Charts", images: { overlay: "swipe", images: ["x"] } },
  ]);
  expect(cardsOf("cards")).toEqual([]);
  expect(newCard("box", "mine", cards)).toEqual({ id: "//5", kind: "box", section: "mine" });
});

test("a card is drawn as its page is, but for what was chosen for it", () => {
  const [card] = cardsOf([{ id: "//1", kind: "lines", look: { log: false } }]);
  expect(lookOfCard({ log: true, smooth: 0.5 }, card!)).toEqual({ log: false, smooth: 0.5 });
  expect(withCard([card!], "//1", { look: undefined, title: "mine" })).toEqual([{ id: "//1", kind: "lines", section: "Charts", title: "mine" }]);
});

const added = cardsOf([
  { id: "//1", kind: "box", section: "mine" },
  { id: "//2", kind: "scatter", section: "val" },
]);
const look = { own: ["mine", "empty"] };

test("added charts stand in their sections, before the metrics", () => {
  const shown = sectionsOf(["loss", "val/loss"], look, added);
  expect(shown).toEqual([
    { title: "mine", keys: ["//1"] },
    { title: "empty", keys: [] },
    { title: "", keys: ["loss"] },
    { title: "val", keys: ["//2", "val/loss"] },
  ]);
  expect(withShift(look, shown, "//2", 1e6, added)).toEqual({ order: ["val/loss", "//2"], cards: added });
  expect(withShift(look, shown, "//2", -1, added)).toBeNull();
  const moved = withDrop(look, shown, "//1", "loss", added);
  expect(moved?.cards).toEqual([{ ...added[0], section: "" }, added[1]]);
  expect(withDrop(look, shown, "loss", "//1", added)).toBeNull();
});

test("a section takes its charts along when it is renamed or removed", () => {
  expect(withRenamedSection({ ...look, closed: ["mine"] }, "mine", "ours", added)).toEqual({
    own: ["ours", "empty"],
    closed: ["ours"],
    cards: [{ ...added[0], section: "ours" }, added[1]],
  });
  expect(withoutSection(look, "mine", added)).toEqual({ own: ["empty"], cards: [added[1]] });
});
