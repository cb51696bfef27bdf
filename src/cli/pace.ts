/** How fast a run of steps goes, and how long the rest of it takes at that speed. */
export interface Pace {
  readonly imagesPerSecond: number;
  readonly secondsLeft: number;
}

/**
 * The mean pace since a run began.
 *
 * @param done steps of `images` images each, done in `seconds`, which is above 0
 * @param left steps
 */
export function paceOf(done: number, left: number, images: number, seconds: number): Pace {
  return { imagesPerSecond: (done * images) / seconds, secondsLeft: done === 0 ? Infinity : (left * seconds) / done };
}

/** A pace for people: `34.1 images/s, 2 h 5 min left`. */
export function showPace({ imagesPerSecond, secondsLeft }: Pace): string {
  return `${Number(imagesPerSecond.toPrecision(3))} images/s, ${duration(secondsLeft)} left`;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A time in its two largest units. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'unknown time';
  if (seconds < MINUTE) return `${Math.ceil(seconds)} s`;
  if (seconds < HOUR) return `${Math.ceil(seconds / MINUTE)} min`;
  const [unit, name, part, partName] = seconds < DAY ? [HOUR, 'h', MINUTE, 'min'] : [DAY, 'd', HOUR, 'h'];
  const parts = Math.ceil(seconds / part);
  return `${Math.floor((parts * part) / unit)} ${name} ${parts % (unit / part)} ${partName}`;
}
