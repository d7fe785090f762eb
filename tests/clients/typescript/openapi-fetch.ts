// A small app on the types by openapi-typescript: `URL NAME` registers, `URL NAME TOKEN` does the rest.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { argv } from "node:process";

import createClient, { type Client } from "openapi-fetch";

import type { components, paths } from "./contacts";
import { SignedOut, connect, pull, verify } from "./react-native";

type TokenPair = components["schemas"]["TokenPair"];

const PASSWORD = "notes on the analytical engine";

async function register(client: Client<paths>, username: string): Promise<void> {
  const person = { username, email: `${username}@example.org`, password: PASSWORD };
  const { data: user, error } = await client.POST("/api/v1/auth/register", { body: person });
  assert(user, error?.detail);
  assert(!user.email_verified);
}

async function signIn(client: Client<paths>, username: string): Promise<TokenPair> {
  const { data: pair, error } = await client.POST("/api/v1/auth/login", { body: { username, password: PASSWORD } });
  assert(pair, error?.detail);
  return pair;
}

async function synchronise(client: Client<paths>): Promise<void> {
  const id = randomUUID();
  const { response: created } = await client.POST("/api/v1/contacts", { body: { id, first_name: "Mary" } });
  assert.equal(created.status, 201);
  const { data: first } = await client.GET("/api/v1/contacts/changes");
  assert.deepEqual(first?.changed.map((contact) => [contact.id, contact.first_name]), [[id, "Mary"]]);

  const deletion = { op: "delete", id, if_revision: first?.changed[0]?.revision } as const;
  const { data: done } = await client.POST("/api/v1/contacts/batch", { body: { operations: [deletion] } });
  assert.deepEqual(done?.results.map((result) => result.status), [204]);
  const query = { since: first?.sync_token };
  const { data: second } = await client.GET("/api/v1/contacts/changes", { params: { query } });
  assert.deepEqual([second?.changed, second?.deleted], [[], [id]]);

  const { error: gone } = await client.GET("/api/v1/contacts/{contact_id}", { params: { path: { contact_id: id } } });
  assert.equal(gone?.type, "/problems/not-found");
}

async function stay(baseUrl: string, signedIn: TokenPair): Promise<void> {
  let pair = { ...signedIn, access_token: "one that the server does not know" };
  let saved = 0;
  const tokens = { load: async () => pair, save: async (next: TokenPair) => { pair = next; saved += 1; } };
  const client = connect(baseUrl, tokens);
  const answers = await Promise.all([1, 2, 3].map(() => client.GET("/api/v1/users/me")));
  assert.deepEqual(answers.map(({ response }) => response.status), [200, 200, 200]);
  assert.equal(saved, 1);
  await synchronise(client);
  const book = { syncToken: undefined, apply: async (changed: unknown[], deleted: string[]) => {
    assert.deepEqual([changed, deleted.length], [[], 0]);
  } };
  await pull(client, book);
  await client.POST("/api/v1/auth/logout", { body: { refresh_token: pair.refresh_token } });
  await assert.rejects(client.GET("/api/v1/users/me"), SignedOut);
}

async function main(baseUrl = "", name = "", token = ""): Promise<void> {
  const stranger = createClient<paths>({ baseUrl });
  if (!token) return await register(stranger, name);
  assert(await verify(stranger, `${baseUrl}/verify-email?token=${token}`, name));
  await stay(baseUrl, await signIn(stranger, name));
}

void main(...argv.slice(2));
