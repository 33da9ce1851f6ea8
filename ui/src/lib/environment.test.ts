import { expect, test } from "vitest";

import { environmentOf } from "./environment";

test("packages are told with their versions, however they are written", () => {
  const text = "scikit_learn==1.5.0\nnumpy<2,>=1.26  # for now\nray[tune]==2.9 \\\n    --hash=sha256:00\n\n# no package\n--index-url https://x\nmine @ file:///a.whl\nscipy\n";
  expect(environmentOf(text, "python: 3.11.9\nbuild_dependencies:\n- pip")).toEqual({
    Python: "3.11.9",
    "scikit-learn": "1.5.0",
    numpy: "<2,>=1.26",
    "ray[tune]": "2.9",
    mine: "@ file:///a.whl",
    scipy: "any",
  });
  expect(environmentOf("", "")).toEqual({});
});
