import "../charts/charts.css";
import "./StepImages.css";

import { keepPreviousData, useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";

import { fileContent, folder, type Place } from "../api/artifacts";
import { SafeImage } from "../artifacts/SafeImage";
import { useDrawing } from "../charts/drawing";
import type { ChartRun } from "../charts/MetricPicture";
import { useSeen } from "../charts/useSeen";
import { IconButton } from "../components/Button";
import { Empty, Failure, messageOf, Skeleton } from "../components/States";
import { ImagePair, OverlayControls } from "./ImagePair";
import { IMAGE_FOLDER, imageAt, imageKeys, imageSteps, MOST_BYTES, type StepImage, stepImages } from "../lib/stepImages";
import type { ImageSearch } from "../lib/viewState";
import type { ShownPicture } from "./picturesDrawn";

const LargeChart = lazy(() => import("../charts/LargeChart"));

/** The folders of more runs than this are not read at once. */
const MOST_RUNS = 50;
const SHOWN_FIRST = 4;
const PLAY_EVERY = 700;

interface StepImagesProps {
  runs: ChartRun[];
  search: ImageSearch;
  onSearch: (change: ImageSearch) => void;
  /** Told which pictures are shown. */
  onShown?: (shown: ShownPicture[]) => void;
}

const NOTHING: ShownPicture[] = [];

/** Pictures that were logged with a key and a step: one slider for all runs and keys. */
export default function StepImages({ runs: all, search, onSearch, onShown }: StepImagesProps) {
  const runs = useMemo(() => all.slice(0, MOST_RUNS), [all]);
  const listed = useQueries({
    queries: runs.map((run) => folder({ kind: "run", runId: run.id }, IMAGE_FOLDER)),
    combine: (answers) => ({
      images: answers.map((answer) => stepImages((answer.data ?? []).map((file) => file.path))),
      isPending: answers.some((answer) => answer.isPending),
      error: answers.find((answer) => answer.error)?.error ?? null,
      refetch: () => answers.filter((answer) => answer.error).forEach((answer) => void answer.refetch()),
    }),
  });
  const every = useMemo(() => listed.images.flat(), [listed.images]);
  const keys = useMemo(() => imageKeys(every), [every]);
  const [share, setShare] = useState(0.5);
  const [large, setLarge] = useState<string | null>(null);
  const chosen = useMemo(() => search.images?.filter((key) => keys.includes(key)) ?? keys.slice(0, SHOWN_FIRST), [search.images, keys]);
  const steps = useMemo(() => imageSteps(every, chosen), [every, chosen]);
  const step = search.step ?? steps.at(-1) ?? 0;
  const withImages = useMemo(() => runs.filter((_, at) => listed.images[at]!.length > 0), [runs, listed.images]);
  const base = withImages.find((run) => run.id === search.against) ?? withImages[0];
  const how = withImages.length > 1 ? search.overlay : undefined;
  const shown = useMemo(() => {
    if (keys.length === 0) return NOTHING;
    const imagesOf = new Map(runs.map((run, at) => [run.id, listed.images[at]!]));
    return chosen.flatMap((key) =>
      runs.flatMap((run): ShownPicture[] => {
        const images = imagesOf.get(run.id) ?? [];
        if (!images.some((image) => image.key === key)) return [];
        const below = how && base && run.id !== base.id ? imageAt(imagesOf.get(base.id) ?? [], key, step) : undefined;
        return [{ run, key, image: imageAt(images, key, step), below: how && base && below ? { run: base, image: below, how, share } : null }];
      }),
    );
  }, [runs, listed.images, keys, chosen, step, how, base, share]);
  const cache = useQueryClient();
  useDrawing(shown.length > 0 ? () => import("./picturesDrawn").then(({ drawnPictures }) => drawnPictures(cache, shown)) : null);
  useEffect(() => onShown?.(shown), [onShown, shown]);
  if (listed.error && every.length === 0) return <Failure error={listed.error} what="list the images" onRetry={listed.refetch} />;
  if (listed.isPending && every.length === 0) return <Skeleton lines={5} />;
  if (keys.length === 0) return <Empty icon="chart" title="No image was logged by key and step" />;
  const toStep = (next: number) => onSearch({ step: next });
  const enlarged = shown.find((each) => nameOf(each) === large);
  const toOther = (by: -1 | 1) => {
    const other = enlarged && shown[(shown.indexOf(enlarged) + by + shown.length) % shown.length];
    if (other) setLarge(nameOf(other));
  };
  const toggle = (key: string) => onSearch({ images: chosen.includes(key) ? chosen.filter((each) => each !== key) : [...chosen, key] });
  return (
    <div className="section">
      {listed.error && <Failure error={listed.error} what="list the images of every run" onRetry={listed.refetch} />}
      <div className="step-controls">
        {keys.length > 1 && (
          <div className="step-keys" role="group" aria-label="Keys">
            {keys.map((key) => (
              <button key={key} type="button" className="step-key" aria-pressed={chosen.includes(key)} onClick={() => toggle(key)}>
                {key}
              </button>
            ))}
          </div>
        )}
        <StepSlider steps={steps} step={step} onStep={toStep} />
      </div>
      {withImages.length > 1 && (
        <div className="step-controls">
          <OverlayControls how={how} share={share} onShare={setShare} onHow={(overlay) => onSearch({ overlay })} />
          {how && (
            <label className="chart-choice">
              Over
              <select value={base?.id} onChange={(event) => onSearch({ against: event.target.value })}>
                {withImages.map((run) => (
                  <option key={run.id} value={run.id}>
                    {run.name}
                  </option>
                ))}
              </select>
            </label>
          )}
          {how === "difference" && <span className="quiet step-note">black where the two are the same</span>}
        </div>
      )}
      {all.length > runs.length && <p className="quiet">The images of the first {runs.length} runs are shown.</p>}
      {chosen.map((key) => (
        <section key={key} className="section" aria-label={key}>
          {(runs.length > 1 || keys.length > 1) && <h2 className="chart-section-title">{key}</h2>}
          <div className="step-grid">
            {shown
              .filter((each) => each.key === key)
              .map((each) => (
                <Picture key={each.run.id} shown={each} isOnly={runs.length === 1} onShare={setShare} onEnlarge={() => setLarge(nameOf(each))} />
              ))}
          </div>
        </section>
      ))}
      {enlarged && (
        <LargePicture shown={enlarged} steps={steps} step={step} onShare={setShare} onStep={toStep} onOther={toOther} onClose={() => setLarge(null)} />
      )}
    </div>
  );
}

function nameOf({ run, key }: ShownPicture): string {
  return `${run.id} ${key}`;
}

function StepSlider({ steps, step, onStep }: { steps: number[]; step: number; onStep: (step: number) => void }) {
  const [plays, setPlays] = useState(false);
  const at = Math.max(0, steps.findLastIndex((each) => each <= step));
  const isEnd = at >= steps.length - 1;
  useEffect(() => {
    if (!plays) return;
    if (isEnd) {
      setPlays(false);
      return;
    }
    const timer = window.setTimeout(() => onStep(steps[at + 1]!), PLAY_EVERY);
    return () => window.clearTimeout(timer);
  }, [plays, isEnd, at, steps, onStep]);
  const play = () => {
    if (!plays && isEnd && steps.length > 1) onStep(steps[0]!);
    setPlays(!plays);
  };
  return (
    <div className="step-slider">
      <IconButton icon={plays ? "pause" : "play"} label={plays ? "Stop" : "Play the steps"} disabled={steps.length < 2} onClick={play} />
      <IconButton icon="left" label="Step before" disabled={at === 0} onClick={() => onStep(steps[at - 1]!)} />
      <input
        type="range"
        aria-label="Step"
        aria-valuetext={`step ${steps[at] ?? 0}`}
        min={0}
        max={Math.max(0, steps.length - 1)}
        value={at}
        onChange={(event) => onStep(steps[Number(event.target.value)]!)}
      />
      <IconButton icon="right" label="Next step" disabled={isEnd} onClick={() => onStep(steps[at + 1]!)} />
      <span className="number">step {steps[at] ?? 0}</span>
    </div>
  );
}

interface DrawnProps {
  shown: ShownPicture;
  size: "small" | "path";
  onShare: (share: number) => void;
}

/** The picture of a run, over that of another one if they are compared. */
function Drawn({ shown: { run, key: label, image, below }, size, onShare }: DrawnProps) {
  if (!image) return null;
  const picture = (of: ChartRun, which: StepImage) => <StoredImage run={of} path={which[size]} alt={`${label} of ${of.name} at step ${which.step}`} />;
  if (!below) return picture(run, image);
  return (
    <ImagePair how={below.how} share={below.share} onShare={onShare} below={picture(below.run, below.image)} above={picture(run, image)} />
  );
}

interface PictureProps extends Omit<DrawnProps, "size"> {
  isOnly: boolean;
  onEnlarge: () => void;
}

function Picture({ shown, isOnly, onShare, onEnlarge }: PictureProps) {
  const { run, key: label, image } = shown;
  const { element, seen } = useSeen();
  const name = isOnly ? label : run.name;
  return (
    <figure className="card step-card" ref={element}>
      {image ? (
        <button type="button" className="step-picture" aria-label={`Enlarge ${label} of ${run.name} at step ${image.step}`} onClick={onEnlarge}>
          {seen && <Drawn shown={shown} size="small" onShare={onShare} />}
        </button>
      ) : (
        <div className="step-picture">nothing until this step</div>
      )}
      <figcaption>
        {!isOnly && <i className="run-dot" style={{ background: run.colour }} aria-hidden="true" />}
        <span className="chart-title" data-hint={name}>
          {name}
        </span>
        <span className="quiet number">{image ? image.step : "–"}</span>
      </figcaption>
    </figure>
  );
}

interface LargePictureProps extends Omit<DrawnProps, "size"> {
  steps: number[];
  step: number;
  onStep: (step: number) => void;
  /** Goes to the picture before or after it on the page. */
  onOther: (by: -1 | 1) => void;
  onClose: () => void;
}

/** A picture with the window to itself: left and right are the steps, up and down the other runs and keys. */
function LargePicture({ shown, steps, step, onShare, onStep, onOther, onClose }: LargePictureProps) {
  useEffect(() => {
    const go = (event: KeyboardEvent) => {
      // A slider moves by these keys itself.
      if (event.target instanceof HTMLInputElement) return;
      const at = Math.max(0, steps.findLastIndex((each) => each <= step));
      const to = event.key === "ArrowLeft" ? steps[at - 1] : event.key === "ArrowRight" ? steps[at + 1] : undefined;
      if (to !== undefined) onStep(to);
      else if (event.key === "ArrowUp") onOther(-1);
      else if (event.key === "ArrowDown") onOther(1);
      else return;
      event.preventDefault();
    };
    window.addEventListener("keydown", go);
    return () => window.removeEventListener("keydown", go);
  }, [steps, step, onStep, onOther]);
  const { run, key: label, image } = shown;
  return (
    <Suspense>
      <LargeChart title={`${label}, ${run.name}, ${image ? `step ${image.step}` : "nothing until this step"}`} onClose={onClose}>
        <div className="step-whole">
          <Drawn shown={shown} size="path" onShare={onShare} />
        </div>
        {steps.length > 1 && (
          <div className="step-controls">
            <StepSlider steps={steps} step={step} onStep={onStep} />
          </div>
        )}
      </LargeChart>
    </Suspense>
  );
}

/** While the picture of another step is on its way, the one before stays. */
function StoredImage({ run, path, alt }: { run: ChartRun; path: string; alt: string }) {
  const place: Place = { kind: "run", runId: run.id };
  const file = useQuery({ ...fileContent(place, path, MOST_BYTES), placeholderData: keepPreviousData, staleTime: Number.POSITIVE_INFINITY });
  if (file.error) return <span role="alert">{messageOf(file.error)}</span>;
  if (!file.data) return <span className="skeleton-bar chart-waiting" role="status" aria-label={`Loading ${alt}`} />;
  if (!file.data.whole) return <span>The image is larger than 20 MB.</span>;
  return <SafeImage content={file.data} path={path} alt={alt} instead={(reason) => <span>{reason}</span>} />;
}
