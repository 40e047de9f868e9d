// Who did it, for the audit trail: taken from the request that did it.
import type { Context } from '../../platform/http/context.ts';
import type { NewEvent } from './event.ts';

/** The part of an event that the request tells. */
export function actorOf({
  state,
}: Context): Pick<NewEvent, 'userId' | 'username' | 'clientAddress' | 'requestId'> {
  const { viewer, clientAddress, requestId } = state;
  return { userId: viewer?.userId, username: viewer?.username, clientAddress, requestId };
}

export type ModelAction =
  | 'model_created'
  | 'model_updated'
  | 'model_deleted'
  | 'password_set'
  | 'secret_view'
  | 'secret_rotate';

/** What a `model_…` event is about, in authentik's form. */
export interface Model {
  readonly app: string;
  readonly model_name: string;
  readonly pk: string | number;
  readonly name: string;
}

/** An event about a record that the API created, changed, deleted, or gave the secret of. */
export function modelEvent(ctx: Context, action: ModelAction, model: Model): NewEvent {
  return { action, source: `${model.app}.api`, ...actorOf(ctx), context: { model: { ...model } } };
}
