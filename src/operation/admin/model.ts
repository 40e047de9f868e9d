// What an event is about, in authentik's form: the same whether a page or a command did it (the API says the same).
import type { Model } from '../../identity/event/actor.ts';

export const userModel = ({ id, username }: { id: number; username: string }): Model => ({
  app: 'identity.user',
  model_name: 'user',
  pk: id,
  name: username,
});

export const groupModel = ({ id, name }: { id: string; name: string }): Model => ({
  app: 'identity.group',
  model_name: 'group',
  pk: id,
  name,
});

export const applicationModel = ({ id, name }: { id: string; name: string }): Model => ({
  app: 'identity.application',
  model_name: 'application',
  pk: id,
  name,
});

export const signingKeyModel = (kid: string, algorithm: string): Model => ({
  app: 'protocol.oidc',
  model_name: 'signingkey',
  pk: kid,
  name: algorithm,
});

export const tokenModel = ({ id, identifier }: { id: string; identifier: string }): Model => ({
  app: 'identity.token',
  model_name: 'token',
  pk: id,
  name: identifier,
});
