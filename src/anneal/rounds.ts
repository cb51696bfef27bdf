/**
 * A long computation as rounds of independent tasks: tasks are pure functions of what they carry and of what all share, so
 * that a round gives the same bytes wherever and in whatever order its tasks run, and everything that the next round needs
 * is plain data that can be written down.
 */
export interface RoundedRun<Task, Outcome> {
  /** The tasks of the next round; none when the run is over. */
  tasks(): Task[];
  /** Takes the outcomes of these tasks, in their order. */
  absorb(outcomes: readonly Outcome[]): void;
}

/** Runs to the end on this thread, telling of every round that has ended. */
export function runInPlace<Task, Outcome>(
  run: RoundedRun<Task, Outcome>,
  perform: (task: Task) => Outcome,
  onRound?: () => void,
): void {
  for (let tasks = run.tasks(); tasks.length > 0; tasks = run.tasks()) {
    run.absorb(tasks.map(perform));
    onRound?.();
  }
}
