// A flow is a row of stages, walked until none is due. What it knows is in the run; a stage never knows its neighbours.
import type { Page } from '../../platform/view/page.ts';
import type { Run } from './run.ts';

/** One step of a flow: one page, one form, one submit. */
export interface Stage {
  /** Posted along as `stage`, so that a page from the browser's history is not taken for the one that is due. */
  readonly name: string;
  /** Whether it may be done again from there, with the browser's back button, as long as the flow has not ended. */
  readonly isRepeatable?: boolean;
  isDue(run: Run): boolean | Promise<boolean>;
  /** Done once a form has led here, before its page is shown for the first time: what showing it may not do. */
  begin?(run: Run): Promise<void>;
  show(run: Run): Page | Promise<Page>;
  /** Notes what it has established in the run; throws InvalidInput, and changes nothing, when it has not. */
  submit(run: Run, input: unknown): Promise<void>;
}

export interface Flow {
  readonly slug: string;
  readonly stages: readonly Stage[];
  /** Where it leads when nobody has said otherwise: a path, or a last page of its own. */
  readonly end: string | ((run: Run) => Page);
  /** Key of a text that says there what has been done. */
  readonly notice?: string | undefined;
}

export type FlowTable = ReadonlyMap<string, Flow>;

/** The first stage that is due; undefined when the flow has reached its end. */
export async function findDueStage(flow: Flow, run: Run): Promise<Stage | undefined> {
  for (const stage of flow.stages) {
    if (await stage.isDue(run)) return stage;
  }
  return undefined;
}

/** The stage that a form was sent from, if it may be taken now: the one that is due, or a repeatable one before it. */
export function stageToSubmit(flow: Flow, due: Stage, name: string | undefined): Stage | undefined {
  if (name === undefined || name === due.name) return due;
  const passed = flow.stages.slice(0, flow.stages.indexOf(due));
  return passed.find((stage) => stage.name === name && stage.isRepeatable);
}

export function flowPath(slug: string): string {
  return `/if/flow/${slug}/`;
}
