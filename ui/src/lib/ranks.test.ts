import { describe, expect, it } from "vitest";

import type { RunRank } from "../api/schema";
import { asRanks, byMetric, lastLogged, rankedKey, rankOf, rankState, rankSummary } from "./ranks";

const rank = (status: RunRank["status"]): RunRank => ({ job: "j", rank: 1, size: 2, opened_at: 1, status });

describe("ranks", () => {
  it("knows whose a metric is by its name", () => {
    expect(rankOf("rank_3/val/loss")).toEqual({ rank: 3, metric: "val/loss" });
    expect(rankOf("rank_x/loss")).toEqual({ rank: 0, metric: "rank_x/loss" });
    expect(rankOf("rank_3")).toEqual({ rank: 0, metric: "rank_3" });
    expect(rankedKey("val/loss", 3)).toBe("rank_3/val/loss");
    expect(rankedKey("val/loss", 0)).toBe("val/loss");
  });
  it("joins the names of one metric", () => {
    expect([...byMetric(["rank_10/loss", "loss", "rank_2/loss", "rank_2/gap"])]).toEqual([
      ["loss", [0, 2, 10]],
      ["gap", [2]],
    ]);
  });
  it("tells when each was last heard of", () => {
    const at = (key: string, timestamp: number) => ({ key, value: 1, step: 0, timestamp });
    const found = lastLogged([at("loss", 5), at("gap", 9), at("rank_1/loss", 7), at("system/cpu", 99), at("rank_1/system/x", 99)]);
    expect([...found]).toEqual([[0, 9], [1, 7]]);
  });
  it("names a rank whose end nobody told", () => {
    expect(rankState(rank("RUNNING"), { status: "RUNNING" })).toBe("RUNNING");
    expect(rankState(rank("RUNNING"), { status: "FINISHED" })).toBe("SILENT");
    expect(rankState(rank("RUNNING"), { status: "RUNNING", lost: true })).toBe("SILENT");
    expect(rankState(rank("FAILED"), { status: "FAILED" })).toBe("FAILED");
    expect(rankSummary(["FINISHED", "SILENT", "FINISHED", "FAILED"])).toBe("1 failed, 1 without an end, 2 finished");
  });
  it("lets histories be told apart by rank", () => {
    const points = { runId: "r", branch: "", count: 1, steps: Float64Array.of(0), timestamps: Float64Array.of(0), values: Float64Array.of(1) };
    expect(asRanks([{ ...points, key: "rank_2/loss" }], String).map(({ runId, key }) => [runId, key])).toEqual([["2", "loss"]]);
  });
});
