import { expect, test } from "vitest";

import { SvgPen } from "./pen";

const pen = () => new SvgPen((text) => text.length * 6);

test("lines, circles and texts become elements, where they were drawn", () => {
  const drawn = pen();
  drawn.strokeStyle = "#0072b255";
  drawn.setLineDash([5, 3]);
  drawn.beginPath();
  drawn.moveTo(1, 2);
  drawn.lineTo(3.456, 4);
  drawn.stroke();
  drawn.font = "600 14px Arial, sans-serif";
  drawn.textAlign = "right";
  drawn.fillText("loss", 10, 20);
  expect(drawn.svg(100, 50, "loss")).toBe(
    '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="50" viewBox="0 0 100 50" role="img"><title>loss</title>' +
      '<path d="M1 2L3.46 4" fill="none" stroke="#0072b2" stroke-opacity="0.33" stroke-width="1" stroke-dasharray="5 3"/>' +
      '<text x="10" y="20" font-family="Arial, sans-serif" font-size="14" font-weight="600" text-anchor="end" fill="#000000">loss</text></svg>',
  );
});

test("a name is a text whatever it holds", () => {
  const drawn = pen();
  drawn.fillText('</text><script>alert("1")</script>\u0000\u0008 & more', 0, 0);
  const svg = drawn.svg(10, 10, "<title>");
  expect(svg).toContain("&lt;/text&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;\uFFFD\uFFFD &amp; more");
  expect(svg).toContain("<title>&lt;title&gt;</title>");
});

test("what was saved comes back, and a clip ends there", () => {
  const drawn = pen();
  drawn.save();
  drawn.beginPath();
  drawn.rect(0, 0, 5, 5);
  drawn.clip();
  drawn.translate(3, 4);
  drawn.rotate(-Math.PI / 2);
  drawn.globalAlpha = 0.5;
  drawn.fillRect(0, 0, 1, 1);
  drawn.restore();
  drawn.fillRect(0, 0, 2, 2);
  expect(drawn.svg(10, 10, "").replace(/^.*?<\/title>/, "")).toBe(
    '<clipPath id="clip1"><path d="M0 0h5v5h-5Z"/></clipPath><g clip-path="url(#clip1)">' +
      '<rect x="0" y="0" width="1" height="1" fill="#000000" fill-opacity="0.5" transform="translate(3 4)rotate(-90)"/></g>' +
      '<rect x="0" y="0" width="2" height="2" fill="#000000"/></svg>',
  );
});
