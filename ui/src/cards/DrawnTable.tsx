import { useDrawing } from "../charts/drawing";
import type { Pen } from "../charts/pen";
import { fitted, type Ink } from "../charts/useCanvas";
import { type ComparedSection, toldDifference } from "../lib/differences";

interface DrawnTableProps {
  columns: { name: string; colour: string }[];
  sections: ComparedSection[];
  baseAt: number;
}

/** px */
const [KEY, COLUMN, HEAD, ROW] = [200, 140, 24, 40];

/** A table of differences as a picture, for the menu of its card; on the page itself it is nothing. */
export function DrawnTable({ columns, sections, baseAt }: DrawnTableProps) {
  const filled = sections.filter((section) => section.rows.length > 0);
  const width = KEY + COLUMN * columns.length;
  useDrawing({
    width,
    height: HEAD * (1 + filled.length) + ROW * filled.reduce((sum, section) => sum + section.rows.length, 0),
    draw: (pen, ink) => {
      const bold = `600 ${ink.font}`;
      let y = HEAD;
      pen.textBaseline = "middle";
      pen.textAlign = "left";
      columns.forEach(({ name, colour }, at) => {
        pen.fillStyle = colour;
        pen.beginPath();
        pen.arc(KEY + at * COLUMN + 5, HEAD / 2, 4, 0, Math.PI * 2);
        pen.fill();
        write(pen, ink, name, KEY + at * COLUMN + 14, HEAD / 2, COLUMN - 22, ink.text, bold);
      });
      for (const section of filled) {
        write(pen, ink, section.title, 0, y + HEAD / 2, width, ink.text2, bold);
        y += HEAD;
        for (const row of section.rows) {
          rule(pen, ink, y, width);
          write(pen, ink, row.key, 0, y + ROW / 2, KEY - 12, ink.text2);
          row.cells.forEach((cell, at) => {
            const left = KEY + at * COLUMN;
            const told = toldDifference(row, at, baseAt);
            const aside = told === "" ? 0 : 8;
            write(pen, ink, cell ?? "–", left, y + ROW / 2 - aside, COLUMN - 12, cell === null ? ink.text3 : ink.text);
            if (told !== "") write(pen, ink, told, left, y + ROW / 2 + aside, COLUMN - 12, ink.text3);
          });
          y += ROW;
        }
      }
    },
  });
  return null;
}

/** A text no wider than its room. */
function write(pen: Pen, ink: Ink, text: string, x: number, y: number, room: number, colour: string, font = ink.font): void {
  pen.font = font;
  pen.fillStyle = colour;
  pen.fillText(fitted(pen, text, room), x, y);
}

function rule(pen: Pen, ink: Ink, y: number, width: number): void {
  pen.strokeStyle = ink.line;
  pen.lineWidth = 1;
  pen.beginPath();
  pen.moveTo(0, y);
  pen.lineTo(width, y);
  pen.stroke();
}
